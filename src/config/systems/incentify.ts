import { z } from 'zod';
import { incentifyFields, namesInJson } from '../../vendors/incentify/fields.ts';
import type { PrivatePath } from '../../vendors/privacy/path.ts';
import { baseUrlSchema } from '../base-url.ts';
import { privacyKeys, privacyMistakes } from '../privacy.ts';
import { type Schedule, scheduleSchema } from '../schedule.ts';
import type { SecretReference } from '../secrets.ts';
import { timeoutSchema } from '../timeout.ts';
import { missingOr, type Values } from '../values.ts';
import { clearTextMistake, isSafeOrAllowed, percent, wholeNumber } from './shared.ts';
import { incentifyStreams } from './streams.ts';

const streamsDefault: IncentifyStream[] = ['projects', 'credits', 'utilizations'];

export const incentifyDocumented = { fields: incentifyFields, inside: namesInJson };

export type IncentifyStream = (typeof incentifyStreams)[number];

export interface IncentifyConnection {
  readonly name: string;
  readonly system: 'incentify';
  /** Absolute http(s) URL without a slash at its end; stream names are appended to its path. */
  readonly baseUrl: string;
  /** Sent as `x-api-key`. */
  readonly apiKey: SecretReference;
  /** Pages of one stream that are requested at once, 1–16. */
  readonly concurrency: number;
  /** No limit where absent. */
  readonly requestsPerSecond?: number | undefined;
  /** Never empty, without doubles, in reading order. */
  readonly streams: readonly IncentifyStream[];
  readonly confirmDeletes: 'now' | 'next-run' | 'off';
  /** More deletes than this share of a stream's rows, and more than 10, wait for a person. */
  readonly maxDeletePercent: number;
  /** More records put aside than this share, and more than 10, make a run partial. */
  readonly maxQuarantinePercent: number;
  /** Milliseconds for one whole answer. */
  readonly timeout: number;
  /** Parts of records that are never kept. */
  readonly exclude: readonly PrivatePath[];
  /** Parts of records that are kept only as a keyed fingerprint. */
  readonly hash: readonly PrivatePath[];
  /** There whenever `hash` is not empty. */
  readonly hashKey?: SecretReference | undefined;
  readonly schedule?: Schedule | undefined;
  readonly allowInsecureHttp: boolean;
}

const rateError = { error: 'must be a number above 0 and at most 1000' };
const streamsError = { error: `must be a list of streams: ${incentifyStreams.join(', ')}` };

const streams = z
  .array(z.enum(incentifyStreams, { error: `must be one of ${incentifyStreams.join(', ')}` }), streamsError)
  .min(1, { error: 'is empty: name at least one stream, or leave it out for the portfolio' })
  .transform((named) => incentifyStreams.filter((stream) => named.includes(stream)));

export function incentifySchema(values: Values) {
  return z
    .strictObject({
      system: z.literal('incentify'),
      baseUrl: baseUrlSchema(values),
      apiKey: values.secret('apiKey'),
      concurrency: wholeNumber(1, 16).default(4),
      requestsPerSecond: z.number(rateError).positive(rateError).max(1000, rateError).optional(),
      streams: streams.default(streamsDefault),
      confirmDeletes: z.enum(['now', 'next-run', 'off'], { error: 'must be one of now, next-run, off' }).default('now'),
      maxDeletePercent: percent.default(20),
      maxQuarantinePercent: percent.default(1),
      timeout: timeoutSchema(values),
      ...privacyKeys(values),
      schedule: scheduleSchema(values).optional(),
      allowInsecureHttp: z.boolean({ error: missingOr('must be true or false') }).default(false),
    })
    .refine(isSafeOrAllowed, clearTextMistake('the API key'))
    .superRefine((connection, context) => privacyMistakes(connection, incentifyDocumented, context));
}
