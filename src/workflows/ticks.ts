/** What the workflows of a schedule, their activities and the client tell each other. Only types. */
import type { TickOutcome } from '../store/ticks.ts';
import type { Overlap } from './names.ts';

/** One time that a schedule was due. Times are ISO 8601, by Temporal's clock. */
export interface DueTick {
  /** Run id of the workflow that the schedule started. */
  tickId: string;
  connection: string;
  /** By the schedule. */
  dueAt: string;
  /** When Temporal started its workflow. */
  begunAt: string;
  /** Milliseconds that it lay until a worker took it; null until one has. */
  untakenMs: number | null;
  overlap: Overlap;
}

/** The run that a connection's workflow id holds. */
export interface RunUnderWay {
  /** First execution's run id. */
  runId: string;
  /** When Temporal began it; ISO 8601. */
  begunAt: string;
  /** Begun by its schedule or a start, with everything to read, by what it was started with. */
  full: boolean;
  /** Whose it is, where that is known. */
  installation: string | null;
}

/** `runId` is the run that it began, waits for or was left out for. */
export interface TickEnd {
  outcome: TickOutcome;
  runId: string | null;
  /** A sentence; null where there is nothing to say. */
  why: string | null;
}
