import type { PastRun, PastTick } from '../store/past-runs.ts';
import { duration } from '../words.ts';
import type { Because, ExplainFacts } from './explain.ts';

/** A Temporal Schedule, as far as it explains anything. `next` is ISO 8601. */
export interface Schedule {
  next: string | null;
  paused: boolean;
  note: string | null;
  jitterMs: number;
}

/** Shorter than what a receipt tells. */
const worthTellingSeconds = 5;
const noticeableSeconds = 2;

const secondsBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;

/** How late a scheduled run began, and where the time went; null where it was not late, or no schedule began it. */
export function lateness(facts: ExplainFacts, run: PastRun): { seconds: number | null; because: Because[] } {
  if (run.dueAt === null) return { seconds: null, because: [] };
  const seconds = run.receipt?.late?.seconds ?? secondsBetween(run.dueAt, run.startedAt);
  if (seconds <= worthTellingSeconds) return { seconds: null, because: [] };
  const because = facts.tick === null ? [] : partsOf(facts, facts.tick, run);
  return {
    seconds,
    because: because.length > 0 ? because : [{ sentence: `It was due at ${moment(run.dueAt)}.`, seconds }],
  };
}

function partsOf({ ticks, temporal }: ExplainFacts, tick: PastTick, run: PastRun): Because[] {
  const untilBegun = secondsBetween(tick.dueAt, tick.begunAt);
  const untilJudged = secondsBetween(tick.begunAt, tick.judgedAt);
  const untilStarted = secondsBetween(tick.judgedAt, run.startedAt);
  const jitter = (temporal?.schedule?.jitterMs ?? 0) / 1000;
  return [
    { sentence: begunLate(tick, ticks, untilBegun, jitter), seconds: untilBegun },
    { sentence: `No worker took it for ${duration(untilJudged)}.`, seconds: untilJudged },
    { sentence: startedLate(tick, untilStarted), seconds: untilStarted },
  ].filter(({ seconds }) => seconds > noticeableSeconds);
}

/** Temporal was up where it had begun a later tick before: then somebody has asked for a time that was over. */
function begunLate(tick: PastTick, ticks: readonly PastTick[], seconds: number, jitter: number): string {
  const took = duration(seconds);
  if (seconds <= jitter) return `Its schedule has a jitter of ${duration(jitter)}, of which ${took} were used.`;
  const wasUp = ticks.some(({ dueAt, begunAt }) => dueAt > tick.dueAt && secondsBetween(begunAt, tick.begunAt) > 1);
  if (wasUp) return `It was a backfill: a person asked at ${moment(tick.begunAt)} for the time ${moment(tick.dueAt)}.`;
  return `Temporal was down when it was due (${moment(tick.dueAt)}), and caught up ${took} later.`;
}

function startedLate({ overlap }: PastTick, seconds: number): string {
  const took = duration(seconds);
  if (overlap === 'skip') return `No worker took its first step for ${took}.`;
  return `It waited ${took} for the end of the run before it (overlap: ${overlap}).`;
}

/** `2026-03-01 06:00:05 UTC`. */
export function moment(at: string): string {
  return `${at.slice(0, 19).replace('T', ' ')} UTC`;
}
