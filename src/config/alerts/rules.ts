import { z } from 'zod';
import { durationPattern, parseDuration } from '../duration.ts';
import { didYouMean } from '../suggest.ts';
import { wholeNumber } from '../systems/shared.ts';
import { missingOr } from '../values.ts';
import { alertKinds } from './settings.ts';

/** What a rule may name. */
export interface Known {
  readonly connections: readonly string[];
  readonly channels: readonly string[];
}

const day = 86_400_000;
const daysError = { error: 'must be a number of days above 0 and at most 365' };

/** Milliseconds of a duration within bounds that `bounds` names in words, like `from 1s to 1h`. */
export function durationWithin(fromMs: number, toMs: number, bounds: string) {
  const error = `must be a duration ${bounds}, like 30s, 15m, 2h or 1d`;
  return z
    .string({ error: missingOr(error) })
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms !== undefined && ms >= fromMs && ms <= toMs) return ms;
      context.addIssue({ code: 'custom', message: error });
      return z.NEVER;
    })
    .meta({ pattern: `^${durationPattern}$` });
}

/** A list of names, each one of those that there are. */
function namesOf(what: string, known: readonly string[]) {
  const listError = `must be a list of ${what}s: ${known.join(', ')}`;
  const error = ({ input }: { input?: unknown }) =>
    typeof input === 'string'
      ? `names no ${what} that is known${didYouMean(input, known)}; there are: ${known.join(', ')}`
      : listError;
  return z.array(
    z.string({ error }).refine((name) => known.includes(name), { error }),
    { error: listError },
  );
}

function textsOf(what: string) {
  const error = `must be a list of ${what}, never empty`;
  return z.array(z.string({ error }).min(1, { error }), { error }).min(1, { error });
}

const everyRule = (known: Known) => ({
  connections: namesOf('connection', known.connections).min(1, { error: 'is empty: leave it out for all' }).optional(),
  channels: namesOf('channel', known.channels).optional(),
});

const streams = textsOf('streams').optional();
const pools = textsOf('names of pools').optional();

const ofStreams = {
  stale: { streams, freshWithin: durationWithin(1000, 366 * day, 'from 1s to 366d').optional() },
  quarantine: { streams, moreThan: wholeNumber(0, 1_000_000_000).default(0) },
};

const ofPools = {
  'pool-low': { pools, threshold: wholeNumber(0, 1_000_000_000_000).optional() },
  'pool-dry': { pools, withinDays: z.number(daysError).positive(daysError).max(365, daysError).optional() },
};

const own: Readonly<Record<string, object>> = { ...ofStreams, ...ofPools };

/** Keys that a rule about `kind` may have, for "did you mean". */
export const ruleKeys = (kind: string): readonly string[] => [
  'on',
  'connections',
  'channels',
  ...Object.keys(own[kind] ?? {}),
];

export function ruleSchema(known: Known) {
  const shared = everyRule(known);
  return z.discriminatedUnion(
    'on',
    [
      z.strictObject({ on: z.enum(['failed', 'partial', 'parked', 'approval']), ...shared }),
      z.strictObject({ on: z.literal('stale'), ...shared, ...ofStreams.stale }),
      z.strictObject({ on: z.literal('quarantine'), ...shared, ...ofStreams.quarantine }),
      z.strictObject({ on: z.literal('pool-low'), ...shared, ...ofPools['pool-low'] }),
      z.strictObject({ on: z.literal('pool-dry'), ...shared, ...ofPools['pool-dry'] }),
    ],
    { error: ({ code, input }) => (code === 'invalid_union' ? kindError(input) : mappingError) },
  );
}

const mappingError = 'must be a mapping with at least `on`, like {on: stale, freshWithin: 2h}';

function kindError(rule: unknown): string {
  const on = z.object({ on: z.string() }).safeParse(rule).data?.on;
  const kinds = `one of ${alertKinds.join(', ')}`;
  return on === undefined
    ? `must say with \`on\` what it is about: ${kinds}`
    : `is about nothing that is known${didYouMean(on, alertKinds)}: \`on\` is ${kinds}`;
}
