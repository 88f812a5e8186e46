import { z } from 'zod';
import { cronProblem, shortestGap } from './cron.ts';
import { parseDuration, showDuration } from './duration.ts';
import { didYouMean } from './suggest.ts';
import { wholeNumber } from './systems/shared.ts';
import { timeZoneSchema } from './time-zone.ts';
import { missingOr, type Values } from './values.ts';

/** When a connection is due. `every` is counted from the epoch, so 15m means :00, :15, :30 and :45. */
export type Due =
  | { readonly kind: 'every'; readonly everyMs: number }
  | { readonly kind: 'cron'; readonly cron: string; readonly timezone: string };

const overlaps = ['skip', 'buffer_one', 'cancel_other'] as const;

/** What happens around the times at which it is due. */
export interface ScheduleRules {
  /** Each run begins up to so many milliseconds late, each time by another length; 0: on time. */
  readonly jitterMs: number;
  /** What a due time does while a run is under way. */
  readonly overlap: (typeof overlaps)[number];
  /** Due times that Temporal missed are taken when it is back, if they are no older than so many milliseconds. */
  readonly catchupMs: number;
  readonly paused: boolean;
  /** So many scheduled runs that failed in a row pause the schedule; 0: never. */
  readonly pauseAfterFailures: number;
}

/** When a connection is synced by itself. */
export type Schedule = Due & ScheduleRules;

export const scheduleDefaults: ScheduleRules = {
  jitterMs: 0,
  overlap: 'skip',
  catchupMs: 3_600_000,
  paused: false,
  pauseAfterFailures: 0,
};

export const scheduleKeys = [
  'every',
  'cron',
  'timezone',
  'jitter',
  'overlap',
  'catchup',
  'paused',
  'pauseAfterFailures',
];

const second = 1000;
const year = 366 * 86_400_000;
const everyError = 'must be a duration from 1s to 366d, like 30s, 15m, 2h or 1d';
const jitterError = 'must be a duration up to 366d, like 30s or 5m';
const catchupError = 'must be a duration from 10s, the least that Temporal knows, to 366d, like 10m or 1d';
const overlapError = `must be one of ${overlaps.join(', ')}`;

export function scheduleSchema(values: Values): z.ZodType<Schedule> {
  return z
    .strictObject(
      {
        every: durationOf(values, { from: second, error: everyError }).optional(),
        cron: values.text('must be a cron expression in quotes, like "0 6 * * *"').transform(toCron).optional(),
        timezone: timeZoneSchema(values).optional(),
        jitter: durationOf(values, { from: 0, error: jitterError }).default(scheduleDefaults.jitterMs),
        overlap: values.text(overlapError).transform(toOverlap).default(scheduleDefaults.overlap),
        catchup: durationOf(values, { from: 10 * second, error: catchupError }).default(scheduleDefaults.catchupMs),
        paused: z.boolean({ error: missingOr('must be true or false') }).default(scheduleDefaults.paused),
        pauseAfterFailures: wholeNumber(0, 1000).default(scheduleDefaults.pauseAfterFailures),
      },
      { error: 'must hold `every` (like 15m) or `cron` (like "0 6 * * *", with an optional `timezone`)' },
    )
    .transform(toSchedule);
}

interface Written {
  every?: number | undefined;
  cron?: string | undefined;
  timezone?: string | undefined;
  jitter: number;
  overlap: ScheduleRules['overlap'];
  catchup: number;
  paused: boolean;
  pauseAfterFailures: number;
}

function toSchedule(written: Written, context: z.core.$RefinementCtx<Written>): Schedule {
  const due = dueOf(written);
  if (typeof due === 'string') return wrong(context, due);
  const { jitter: jitterMs, overlap, catchup: catchupMs, paused, pauseAfterFailures } = written;
  if (jitterMs > leastBetween(due)) {
    context.addIssue({ code: 'custom', path: ['jitter'], message: longerThan(leastBetween(due)) });
  }
  return { ...due, jitterMs, overlap, catchupMs, paused, pauseAfterFailures };
}

/** Or what is wrong. */
function dueOf({ every, cron, timezone }: Written): Due | string {
  if (cron !== undefined && every === undefined) return { kind: 'cron', cron, timezone: timezone ?? 'UTC' };
  if (every !== undefined && cron === undefined && timezone === undefined) return { kind: 'every', everyMs: every };
  return every !== undefined && cron === undefined
    ? '`timezone` goes with `cron` only: take it away, or write a `cron` instead of `every`'
    : 'needs either `every` or `cron`: write exactly one of them';
}

/** Milliseconds between two due times, at the least. */
export function leastBetween(due: Due): number {
  return due.kind === 'every' ? due.everyMs : shortestGap(due.cron);
}

const longerThan = (gap: number) =>
  `is longer than the ${showDuration(gap)} between two runs: write less, so that a run begins before the next one is due`;

function durationOf(values: Values, { from, error }: { from: number; error: string }) {
  return values.text(error).transform((text, context: z.core.$RefinementCtx<string>): number => {
    const ms = parseDuration(text);
    return ms !== undefined && ms >= from && ms <= year ? ms : wrong(context, error);
  });
}

function toOverlap(text: string, context: z.core.$RefinementCtx<string>): ScheduleRules['overlap'] {
  const found = overlaps.find((overlap) => overlap === text.trim());
  return found ?? wrong(context, `${overlapError}${didYouMean(text.trim(), overlaps)}`);
}

function toCron(text: string, context: z.core.$RefinementCtx<string>): string {
  const problem = cronProblem(text);
  return problem === undefined ? text.trim() : wrong(context, problem);
}

function wrong<T>(context: z.core.$RefinementCtx<T>, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}
