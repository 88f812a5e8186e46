import { z } from 'zod';
import { neodayDocumented, otherNames } from '../../vendors/neoday/documented.ts';
import { isMeant, type PrivatePath } from '../../vendors/privacy/path.ts';
import { baseUrlSchema } from '../base-url.ts';
import { instantSchema } from '../instant.ts';
import { privacyKeys, privacyMistakes } from '../privacy.ts';
import { type Schedule, scheduleSchema } from '../schedule.ts';
import type { SecretReference } from '../secrets.ts';
import { sizeSchema } from '../size.ts';
import { timeZoneSchema } from '../time-zone.ts';
import { timeoutSchema } from '../timeout.ts';
import { missingOr, type Values } from '../values.ts';
import { clearTextMistake, isSafeOrAllowed, percent, wholeNumber } from './shared.ts';

export interface NeodayConnection {
  readonly name: string;
  readonly system: 'neoday';
  /** Absolute http(s) URL without a slash at its end: the gateway, to whose path `/api/1/…` is appended. */
  readonly baseUrl: string;
  /** No secret; kept like one so that it can stand beside the secret. */
  readonly clientId: SecretReference;
  readonly clientSecret: SecretReference;
  /** System names as the vendor writes them, in the order of the file, without doubles; every export where absent. */
  readonly exports?: readonly string[] | undefined;
  /** Sent as `?locale=`. */
  readonly locale?: string | undefined;
  /** The zone in which times without one are read. */
  readonly timeZone: string;
  /** Whether a row that the newest file does not show stays in the current views (`merge`) or leaves them (`snapshot`). */
  readonly mode: 'merge' | 'snapshot';
  /** Of a snapshot: a file that lacks more rows than this share, and more than 10, waits for a person before they go. */
  readonly maxDeletePercent: number;
  /** Exports that are loaded side by side, 1–8. */
  readonly concurrency: number;
  /** Largest file that is downloaded, counted before and after decompression. */
  readonly maxFileBytes: number;
  /** ISO 8601 in UTC: results that were made before are passed over. */
  readonly since?: string | undefined;
  /** More rows put aside than this share of a file, and more than 10, make a run partial. */
  readonly maxQuarantinePercent: number;
  /** Milliseconds for one whole answer of the gateway. Files may take longer. */
  readonly timeout: number;
  /** Parts of rows that are never kept. */
  readonly exclude: readonly PrivatePath[];
  /** Parts of rows that are kept only as a keyed fingerprint. */
  readonly hash: readonly PrivatePath[];
  /** There whenever `hash` is not empty. */
  readonly hashKey?: SecretReference | undefined;
  readonly schedule?: Schedule | undefined;
  readonly allowInsecureHttp: boolean;
}

const clientIdError = 'must be the id that NeoDay gave you, as plain text or by reference';
const localeError = 'must be a language and a country, like `en_GB`';
const exportError = 'must be an export’s system name, like win-info: letters, digits, `-`, `_` and `.`';
const exportsError = { error: 'must be a list of exports’ system names, like [win-info, all-coupons]' };
const maxFileBytesDefault = 20e9;

const exportNames = z
  .array(
    z.string({ error: exportError }).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, { error: exportError }),
    exportsError,
  )
  .min(1, { error: 'is empty: name at least one export, or leave it out for all of them' })
  .transform((named) => [...new Set(named)]);

export function neodaySchema(values: Values) {
  const { exclude, hash, hashKey } = privacyKeys(values);
  return z
    .strictObject({
      system: z.literal('neoday'),
      baseUrl: baseUrlSchema(values),
      clientId: values.plainOrSecret('clientId', clientIdError),
      clientSecret: values.secret('clientSecret'),
      exports: exportNames.optional(),
      locale: values.text(localeError).refine(isLocale, { error: localeError }).optional(),
      timeZone: timeZoneSchema(values).default('UTC'),
      mode: z.enum(['merge', 'snapshot'], { error: 'must be one of merge, snapshot' }).default('merge'),
      maxDeletePercent: percent.default(20),
      concurrency: wholeNumber(1, 8).default(2),
      maxFileBytes: sizeSchema.default(maxFileBytesDefault),
      since: instantSchema(values).optional(),
      maxQuarantinePercent: percent.default(1),
      timeout: timeoutSchema(values),
      exclude: exclude.transform(withOtherNames),
      hash: hash.transform(withOtherNames),
      hashKey,
      schedule: scheduleSchema(values).optional(),
      allowInsecureHttp: z.boolean({ error: missingOr('must be true or false') }).default(false),
    })
    .refine(isSafeOrAllowed, clearTextMistake('the client secret'))
    .superRefine((connection, context) => privacyMistakes(connection, neodayDocumented, context));
}

const isLocale = (text: string): boolean => /^[a-z]{2,3}_[A-Z]{2}$/.test(text);

/** The vendor's page gives one field two names: whoever keeps one out means the other as well. */
function withOtherNames(paths: readonly PrivatePath[]): PrivatePath[] {
  const others = paths.flatMap((path) => {
    const [name = '', more] = path.names;
    if (more !== undefined || !isMeant(path, 'user_base_connections')) return [];
    const names = otherNames.find((all) => all.includes(name)) ?? [];
    return names.filter((other) => other !== name).map((other) => ({ ...path, names: [other] }));
  });
  return [...paths, ...others];
}
