import type { DueTick, RunUnderWay, TickEnd } from '../workflows/ticks.ts';

/** A run that read, or reads, everything of its connection. Times are ISO 8601, by Temporal's clock. */
export interface FullRun {
  runId: string;
  begunAt: string;
  status: string;
}

/** A tick that a worker has taken. */
export type JudgeableTick = DueTick & { untakenMs: number };

/** What is known when a tick is judged. */
export interface TickFacts {
  underWay: RunUnderWay | null;
  /** The newest that a schedule or a start has begun. */
  newestFull: FullRun | null;
}

export type Decision =
  | { next: 'start'; why: string | null }
  /** To wait for the run's end, which `cancel` asks for. `whyNot` where another tick is waiting for it already. */
  | { next: 'wait' | 'cancel'; runId: string; why: string; whyNot: string }
  | ({ next: 'end' } & TickEnd);

/** `untakenMs` is for whoever has the tick judged again. */
export type JudgedTick = Decision & { untakenMs: number };

/** Temporal was down, or somebody asked for a backfill: its time had passed by so much before it began. */
const lateMs = 5_000;
/** Ticks that come late come together: a run that began so long before one of them was begun by another. */
const togetherMs = 60_000;

/** The one place where it is decided what a tick of a schedule does. */
export function decideTick(tick: JudgeableTick, { underWay, newestFull }: TickFacts): Decision {
  if (newestFull !== null && serves(newestFull, tick)) return served(tick, newestFull);
  if (underWay === null) return { next: 'start', why: delayOf(tick) };
  const { runId } = underWay;
  const run = `the run ${runId}, under way since ${moment(underWay.begunAt)}`;
  if (tick.overlap === 'buffer_one') {
    const whyNot = told(tick, 'One is waiting already (overlap: buffer_one)');
    return { next: 'wait', runId, why: told(tick, `It waits for ${run}`), whyNot };
  }
  if (tick.overlap === 'skip') return ended(tick, 'skipped', runId, `It was left out for ${run} (overlap: skip)`);
  if (isAfter(underWay.begunAt, tick.begunAt)) {
    return ended(tick, 'skipped', runId, `It was left out for ${run}, which began after it and is not cancelled by it`);
  }
  const whyNot = told(tick, `One waits already until ${run}, is cancelled (overlap: cancel_other)`);
  return { next: 'cancel', runId, why: told(tick, `It cancelled ${run} (overlap: cancel_other)`), whyNot };
}

/** What began after the tick has read all that the tick wanted, whatever came of it: the next try is the next tick's. */
function serves({ begunAt }: FullRun, tick: JudgeableTick): boolean {
  if (isAfter(begunAt, tick.begunAt)) return true;
  const late = Date.parse(tick.begunAt) - Date.parse(tick.dueAt) > lateMs;
  return late && isAfter(begunAt, tick.dueAt) && Date.parse(tick.begunAt) - Date.parse(begunAt) < togetherMs;
}

function served(tick: JudgeableTick, { runId, begunAt, status }: FullRun): Decision {
  const how = status === 'running' || status === 'completed' ? '' : ` and is ${status}`;
  return ended(tick, 'served', runId, `The run ${runId}, which began at ${moment(begunAt)}${how}, served it`);
}

function ended(tick: JudgeableTick, outcome: 'skipped' | 'served', runId: string, what: string): Decision {
  return { next: 'end', outcome, runId, why: told(tick, what) };
}

const isAfter = (one: string, other: string): boolean => Date.parse(one) > Date.parse(other);

function told(tick: JudgeableTick, what: string): string {
  const delay = delayOf(tick);
  return delay === null ? `${what}.` : `${delay} ${what}.`;
}

/** Why a tick comes later than it was due; null where it does not. */
function delayOf({ dueAt, begunAt, untakenMs }: JudgeableTick): string | null {
  const beginMs = Date.parse(begunAt) - Date.parse(dueAt);
  const sentences = [
    ...(beginMs > lateMs ? [`Temporal began it ${inWords(beginMs)} after its time.`] : []),
    ...(untakenMs > lateMs ? [`No worker took it for ${inWords(untakenMs)}.`] : []),
  ];
  return sentences.length === 0 ? null : sentences.join(' ');
}

function inWords(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

const moment = (iso: string): string => `${iso.slice(0, 19).replace('T', ' ')} UTC`;
