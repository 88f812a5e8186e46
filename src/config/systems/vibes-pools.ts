import { z } from 'zod';
import { distributionMethods, type WantedPool } from '../../vendors/vibes/pool.ts';
import type { Path } from '../document.ts';
import { missingOr, type Values } from '../values.ts';
import { wholeNumber } from './shared.ts';

/** A pool that the file declares: by its name, or by its id where the name does not tell it from others. */
export interface DeclaredPool extends WantedPool {
  /** The vendor's. */
  readonly id?: number | undefined;
}

const nameError = 'must be the pool’s name, from 1 to 255 characters';
const emailError = 'must be an e-mail address, like campaigns@example.com';
const poolsError = { error: 'must be a list of pools, each with at least `name`' };
const methodError = { error: `must be one of ${distributionMethods.join(', ')}` };
const largest = 1_000_000_000;

const trueOrFalse = z.boolean({ error: missingOr('must be true or false') });

export function poolsSchema(values: Values) {
  return z.array(poolSchema(values), poolsError).superRefine(refuseDoubles);
}

function poolSchema(values: Values) {
  return z.strictObject(
    {
      name: z.string({ error: missingOr(nameError) }).refine(isName, { error: nameError }),
      id: wholeNumber(1, Number.MAX_SAFE_INTEGER).optional(),
      issuance_allowed: trueOrFalse.optional(),
      redemption_allowed: trueOrFalse.optional(),
      incentive_codes: codes.optional(),
      distribution: distribution.optional(),
      notification_email_address: values.text(emailError).refine(isEmail, { error: emailError }).optional(),
    },
    { error: mappingError('must be a mapping that begins with `name`') },
  );
}

const codes = z.strictObject(
  { low_threshold: wholeNumber(0, largest).optional(), max_characters: wholeNumber(1, largest).optional() },
  { error: mappingError('must be a mapping of low_threshold and max_characters') },
);

const distribution = z.strictObject(
  { method: z.enum(distributionMethods, methodError) },
  { error: mappingError('must be a mapping like `{method: unique}`') },
);

/** Unknown keys are told in their own words. */
function mappingError(sentence: string) {
  return ({ code }: z.core.$ZodRawIssue) => (code === 'unrecognized_keys' ? undefined : sentence);
}

/** What may stand at a path below `pools`, for "did you mean". */
export function poolKeysAt(path: Path): readonly string[] {
  if (path[2] === 'incentive_codes') return Object.keys(codes.shape);
  if (path[2] === 'distribution') return Object.keys(distribution.shape);
  return poolKeys;
}

const poolKeys: readonly (keyof DeclaredPool)[] = [
  'name',
  'id',
  'issuance_allowed',
  'redemption_allowed',
  'incentive_codes',
  'distribution',
  'notification_email_address',
];

export const isName = (text: string): boolean => text.trim() !== '' && text.length <= 255 && !/\p{Cc}/u.test(text);

export const isEmail = (text: string): boolean => z.email().safeParse(text).success;

/** A pool is known by its name: of two with the same, each has to say which it is. */
function refuseDoubles(pools: readonly DeclaredPool[], context: z.core.$RefinementCtx<unknown>): void {
  pools.forEach(({ name, id }, index) => {
    const others = pools.filter((_, other) => other !== index);
    const complain = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [index, key], message });
    if (id === undefined && others.some((other) => other.name === name)) {
      complain(
        'name',
        `stands here more than once: give each of the pools \`${name}\` the \`id\` that it has at Vibes`,
      );
    }
    if (id !== undefined && others.some((other) => other.id === id)) {
      complain('id', 'stands here more than once: every pool has an id of its own');
    }
  });
}
