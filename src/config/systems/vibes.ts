import { z } from 'zod';
import type { PrivatePath } from '../../vendors/privacy/path.ts';
import { vibesDocumented } from '../../vendors/vibes/fields.ts';
import { type Region, regions } from '../../vendors/vibes/pool.ts';
import { baseUrlSchema } from '../base-url.ts';
import { privacyKeys, privacyMistakes } from '../privacy.ts';
import { type Schedule, scheduleSchema } from '../schedule.ts';
import type { SecretReference } from '../secrets.ts';
import { timeoutSchema } from '../timeout.ts';
import { missingOr, type Values } from '../values.ts';
import { clearTextMistake, isSafeOrAllowed, percent } from './shared.ts';
import { type DeclaredPool, poolsSchema } from './vibes-pools.ts';

export interface VibesConnection {
  readonly name: string;
  readonly system: 'vibes';
  /** Absolute http(s) URL without a slash at its end, to whose path `/companies/…` is appended; the region's where left out. */
  readonly baseUrl: string;
  readonly region?: Region | undefined;
  /** One step of a path: letters, digits, `-`, `_` and `.`. */
  readonly companyKey: string;
  /** Never with a colon, at which HTTP Basic parts it from the password. */
  readonly username: SecretReference;
  readonly password: SecretReference;
  /** Pools that the file declares; undefined where it declares none. */
  readonly pools?: readonly DeclaredPool[] | undefined;
  /** A pool that runs out within so many days is told. */
  readonly lowWithinDays: number;
  readonly confirmDeletes: 'now' | 'next-run' | 'off';
  /** More deletes than this share of the pools, and more than 10, wait for a person. */
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

/** All that there is to read. */
export const vibesStreams = ['pools'] as const;

const companyKeyError = 'must be the key that Vibes gave your company, like Ab12Cd: letters, digits, `-`, `_` and `.`';
const usernameError = 'must be the user name that Vibes gave you, without a colon, as plain text or by reference';
const regionError = { error: `must be one of ${Object.keys(regions).join(', ')}` };
const daysError = { error: 'must be a number of days from 0 to 365' };
const lowWithinDaysDefault = 7;

export function vibesSchema(values: Values) {
  return z
    .strictObject({
      system: z.literal('vibes'),
      // Empty until the region has filled it in.
      baseUrl: baseUrlSchema(values).default(''),
      region: z.enum(['us', 'eu'], regionError).optional(),
      companyKey: values.text(companyKeyError).refine(isCompanyKey, { error: companyKeyError }),
      username: values.plainOrSecret('username', usernameError).refine(hasNoColon, { error: usernameError }),
      password: values.secret('password'),
      pools: poolsSchema(values).optional(),
      lowWithinDays: z.number(daysError).min(0, daysError).max(365, daysError).default(lowWithinDaysDefault),
      confirmDeletes: z.enum(['now', 'next-run', 'off'], { error: 'must be one of now, next-run, off' }).default('now'),
      maxDeletePercent: percent.default(20),
      maxQuarantinePercent: percent.default(1),
      timeout: timeoutSchema(values),
      ...privacyKeys(values),
      schedule: scheduleSchema(values).optional(),
      allowInsecureHttp: z.boolean({ error: missingOr('must be true or false') }).default(false),
    })
    .refine(hasPlace, placeMistake('baseUrl', noPlace))
    .refine(hasOnePlace, placeMistake('region', twoPlaces))
    .overwrite((connection) => ({ ...connection, baseUrl: addressOf(connection) }))
    .refine((connection) => connection.baseUrl === '' || isSafeOrAllowed(connection), clearTextMistake('the password'))
    .superRefine((connection, context) => privacyMistakes(connection, vibesDocumented, context))
    .meta({ oneOf: [{ required: ['baseUrl'] }, { required: ['region'] }] });
}

interface Place {
  baseUrl: string;
  region?: Region | undefined;
}

const noPlace =
  'is missing: give the address of the API, or `region: us` or `region: eu` for one of the documented ones';
const twoPlaces = 'says where the API is, and so does `baseUrl`: keep one of them';

const hasPlace = ({ baseUrl, region }: Place): boolean => baseUrl !== '' || region !== undefined;
const hasOnePlace = ({ baseUrl, region }: Place): boolean => baseUrl === '' || region === undefined;

const placeMistake = (key: string, error: string) => ({
  path: [key],
  error,
  // Also beside other mistakes, which by default would hide this one.
  when: ({ value, issues }: z.core.ParsePayload) =>
    z.object({ baseUrl: z.string() }).safeParse(value).success && !issues.some(({ path }) => path?.[0] === 'region'),
});

function addressOf({ baseUrl, region }: Place): string {
  return baseUrl === '' && region !== undefined ? regions[region] : baseUrl;
}

const isCompanyKey = (text: string): boolean => /^[A-Za-z0-9_.-]{1,100}$/.test(text) && !/^\.+$/.test(text);

/** The value is there: a reference that cannot be resolved is a mistake before this is asked. */
const hasNoColon = (username: SecretReference): boolean => !username.resolve().includes(':');
