import type { RunStatus, System } from '../receipt.ts';
import type { NotedCause } from '../store/causes.ts';
import type { CompletedRun, PastRun, PastTick } from '../store/past-runs.ts';
import { count, duration } from '../words.ts';
import { becauseOf } from './explain-causes.ts';
import { lateness, type Schedule } from './explain-late.ts';
import { sinceThen } from './explain-since.ts';
import { whatToType } from './explain-type.ts';

/** Why a run was as it was, and what there is to do. */
export interface Explanation {
  headline: string;
  /** What took longest first; `seconds` where it took any. */
  because: Because[];
  /** What has happened since. */
  since: string[];
  /** Commands, most useful first. */
  type: string[];
}

export interface Because {
  sentence: string;
  seconds?: number;
}

/** `lost`: it ended without a receipt, because it was terminated. */
export type RunState = RunStatus | 'running' | 'paused' | 'lost';

export interface ExplainFacts {
  connection: string;
  system: System;
  /** Whether the configuration names the connection. */
  configured: boolean;
  /** Null where nothing ran yet. */
  run: PastRun | null;
  /** No run of the connection is newer. */
  newest: boolean;
  /** Runs that came after it. */
  later: { runs: number; newest: { unique: string; status: string } } | null;
  causes: readonly NotedCause[];
  /** Completed runs before it that read the same streams. */
  alike: readonly CompletedRun[];
  /** The tick of the schedule that began it. */
  tick: PastTick | null;
  /** Due since some time before the run was. */
  ticks: readonly PastTick[];
  /** What Temporal knows; null while it does not answer. */
  temporal: {
    /** The run under way, this one or another. */
    under: { runId: string; status: string | null; waiting: string | null; answered: boolean } | null;
    schedule: Schedule | null;
    /** What became of the newest workflow of the connection, where it is this run and has left no receipt. */
    ended: string | null;
  } | null;
  /** ISO 8601. */
  now: string;
}

/** Pure. A run that was fine is said to be fine. */
export function explainRun(facts: ExplainFacts): Explanation {
  const { run } = facts;
  if (run === null) return neverRan(facts);
  const state = stateOf(facts, run);
  const late = lateness(facts, run);
  const slow = slowness(facts, run, state);
  return {
    headline: headline(facts, run, state, late.seconds, slow),
    because: [...late.because, ...becauseOf(facts, run, state, slow)],
    since: sinceThen(facts, run),
    type: whatToType(facts, state),
  };
}

function neverRan(facts: ExplainFacts): Explanation {
  return {
    headline: `${facts.connection} has not run yet.`,
    because: [],
    since: sinceThen(facts, null),
    type: facts.configured ? [`incentive-sync sync ${facts.connection} --watch`] : [],
  };
}

/** The run itself says most; that it was terminated only Temporal, or a run after it. */
function stateOf({ temporal }: ExplainFacts, run: PastRun): RunState {
  if (run.receipt !== null && run.finishedAt !== null) return run.receipt.status;
  if (run.finishedAt !== null) return 'lost';
  const under = temporal?.under;
  if (temporal !== null && under?.runId !== run.runId) return 'lost';
  const status = under?.status ?? run.status;
  return status === 'paused' || status === 'parked' ? status : 'running';
}

/** How long a run took against those that read the same streams. */
export interface Slowness {
  /** Median. */
  usualSeconds: number;
  usualRows: number;
  runs: number;
  slow: boolean;
}

const fewestRuns = 3;
const worthTellingSeconds = 2;

/** Null where there is too little to compare it with. */
function slowness({ alike }: ExplainFacts, { seconds }: PastRun, state: RunState): Slowness | null {
  if (alike.length < fewestRuns || state === 'lost') return null;
  const usualSeconds = median(alike.map((other) => other.seconds));
  const slow = isSlow(seconds, usualSeconds);
  return { usualSeconds, usualRows: median(alike.map(({ rows }) => rows)), runs: alike.length, slow };
}

export function isSlow(seconds: number, usualSeconds: number): boolean {
  return seconds > 2 * usualSeconds && seconds > usualSeconds + worthTellingSeconds;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = 0, high = 0] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

function headline(
  { connection, newest }: ExplainFacts,
  run: PastRun,
  state: RunState,
  lateSeconds: number | null,
  slow: Slowness | null,
): string {
  const which = newest
    ? `the last run (${run.runId.slice(0, run.unique)})`
    : `the run ${run.runId.slice(0, run.unique)}`;
  const took = duration(run.seconds);
  const usual =
    slow === null ? '' : `; ${duration(slow.usualSeconds)} is usual (median of ${slow.runs} runs of the same streams)`;
  const late = lateSeconds === null ? '' : `, and began ${duration(lateSeconds)} late`;
  const said: Record<RunState, string> = {
    completed: completed(took, usual, late, slow),
    partial: `${which} was partial: not all that the source has is stored. It took ${took}${usual}${late}.`,
    failed: `${which} failed after ${took}${late}.`,
    cancelled: `${which} was cancelled after ${took}${late}.`,
    parked: `${which} is parked and waits; it keeps its place${late}.`,
    paused: `${which} is paused and keeps its place${late}.`,
    running: `${which} is under way, for ${took}${usual}${late}.`,
    lost: `${which} ended without a receipt: it was terminated. What it had stored stays.`,
  };
  return `${connection}: ${state === 'completed' ? `${which} ${said.completed}` : said[state]}`;
}

function completed(took: string, usual: string, late: string, slow: Slowness | null): string {
  if (slow?.slow === true) return `completed, but slowly: in ${took}${usual}${late}.`;
  if (late !== '') return `completed in ${took}${usual}${late}.`;
  return `was fine: it completed in ${took}${usual}.`;
}

/** `1,200 rows`. */
export function rowsInWords(rows: number): string {
  return `${count(rows)} ${rows === 1 ? 'row' : 'rows'}`;
}
