import { type Client, ScheduleNotFoundError } from '@temporalio/client';
import { ConfigurationError } from '../errors.ts';
import type { Progress } from '../receipt.ts';
import { scheduleId } from '../workflows/names.ts';
import { type Situation, situationOf } from './control.ts';
import { describePending, withPending } from './pending.ts';
import { attach, type RunnableConnection } from './runs.ts';

/** What Temporal knows of a connection; needs no worker. */
export interface TemporalView {
  /** The run under way; null where there is none. */
  run: (Situation & { id: string; waiting: string | null }) | null;
  /** A sentence where another installation has a run of this name. */
  foreign: string | null;
  schedule: ScheduleView | null;
}

export interface ScheduleView {
  next: Date | null;
  /** Milliseconds between the next two runs; null where there are none. */
  intervalMs: number | null;
  paused: boolean;
  note: string | null;
  /** How much later than due it may start, at random. */
  jitterMs: number;
}

export async function viewConnection(
  client: Client,
  connection: RunnableConnection,
  installation: string,
): Promise<TemporalView> {
  const [run, schedule] = await Promise.all([
    viewRun(client, connection, installation),
    viewSchedule(client, connection.name, installation),
  ]);
  return { ...run, schedule };
}

async function viewRun(
  client: Client,
  connection: RunnableConnection,
  installation: string,
): Promise<Pick<TemporalView, 'run' | 'foreign'>> {
  try {
    const run = await attach(client, connection, installation);
    if (run === null) return { run: null, foreign: null };
    const [situation, pending] = await Promise.all([situationOf(run), describePending(run)]);
    const progress = live(situation.progress, pending);
    const waiting = progress?.waiting ?? pending?.waiting ?? null;
    return { run: { ...situation, progress, id: run.id, waiting }, foreign: null };
  } catch (error) {
    if (error instanceof ConfigurationError) return { run: null, foreign: error.message };
    throw error;
  }
}

function live(progress: Progress | null, pending: Awaited<ReturnType<typeof describePending>>): Progress | null {
  return progress && pending ? withPending(progress, pending) : progress;
}

async function viewSchedule(
  client: Client,
  connection: string,
  installation: string,
): Promise<TemporalView['schedule']> {
  try {
    const { state, info, memo, spec } = await client.schedule.getHandle(scheduleId(connection)).describe();
    if (memo?.installation !== installation) return null;
    const [first = null, second = null] = info.nextActionTimes;
    const intervalMs = first && second ? second.getTime() - first.getTime() : null;
    const next = state.paused ? null : first;
    return { next, intervalMs, paused: state.paused, note: state.note ?? null, jitterMs: spec.jitter ?? 0 };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}
