import { z } from 'zod';
import { cronProblem } from './cron.ts';
import { parseDuration } from './duration.ts';
import { timeZoneSchema } from './time-zone.ts';
import type { Values } from './values.ts';

/** When a connection is synced by itself. `every` is counted from the epoch, so 15m means :00, :15, :30 and :45. */
export type Schedule =
  | { readonly kind: 'every'; readonly everyMs: number }
  | { readonly kind: 'cron'; readonly cron: string; readonly timezone: string };

export const scheduleKeys = ['every', 'cron', 'timezone'];

const shortest = 1000;
const longest = 366 * 86_400_000;
const durationError = 'must be a duration from 1s to 366d, like 30s, 15m, 2h or 1d';

export function scheduleSchema(values: Values): z.ZodType<Schedule> {
  return z
    .strictObject(
      {
        every: values.text(durationError).transform(toMilliseconds).optional(),
        cron: values.text('must be a cron expression in quotes, like "0 6 * * *"').transform(toCron).optional(),
        timezone: timeZoneSchema(values).optional(),
      },
      { error: 'must hold `every` (like 15m) or `cron` (like "0 6 * * *", with an optional `timezone`)' },
    )
    .transform(toSchedule);
}

interface Written {
  every?: number | undefined;
  cron?: string | undefined;
  timezone?: string | undefined;
}

function toSchedule({ every, cron, timezone }: Written, context: z.core.$RefinementCtx<Written>): Schedule {
  if (cron !== undefined && every === undefined) return { kind: 'cron', cron, timezone: timezone ?? 'UTC' };
  if (every !== undefined && cron === undefined && timezone === undefined) return { kind: 'every', everyMs: every };
  return wrong(
    context,
    every !== undefined && cron === undefined
      ? '`timezone` goes with `cron` only: take it away, or write a `cron` instead of `every`'
      : 'needs either `every` or `cron`: write exactly one of them',
  );
}

function toMilliseconds(text: string, context: z.core.$RefinementCtx<string>): number {
  const everyMs = parseDuration(text);
  if (everyMs !== undefined && everyMs >= shortest && everyMs <= longest) return everyMs;
  return wrong(context, durationError);
}

function toCron(text: string, context: z.core.$RefinementCtx<string>): string {
  const problem = cronProblem(text);
  return problem === undefined ? text.trim() : wrong(context, problem);
}

function wrong<T>(context: z.core.$RefinementCtx<T>, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}
