import fc from 'fast-check';
import postgres from 'postgres';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { clientOptions } from '../../src/store/connect.ts';
import { refusesValue } from '../../src/store/errors.ts';
import { exceedsNumeric } from '../../src/vendors/json/exact.ts';

const sql = postgres(inject('databaseUrl'), { ...clientOptions(inject('databaseUrl'), 'test'), max: 4 });
afterAll(() => sql.end({ timeout: 1 }));

/** What PostgreSQL itself says about a number in JSON. */
async function isRefused(numeral: string): Promise<boolean> {
  return sql.unsafe('SELECT $1::text::jsonb IS NULL', [numeral]).then(
    () => false,
    (error) => {
      if (refusesValue(error)) return true;
      throw error;
    },
  );
}

const digits = (most: number) => fc.integer({ min: 1, max: most }).map((count) => '7'.repeat(count));
const zeros = (most: number) => fc.nat(most).map((count) => '0'.repeat(count));
const exponent = fc.oneof(
  fc.integer({ min: 131_060, max: 131_080 }),
  fc.integer({ min: -16_400, max: -16_370 }),
  fc.integer({ min: -200_000, max: 200_000 }),
);

/** Numbers around the limits of `numeric`. */
const numeral = fc.oneof(
  fc
    .tuple(digits(30), fc.option(fc.tuple(zeros(20), digits(20)), { nil: null }), exponent)
    .map(([whole, fraction, power]) => `${whole}${fraction === null ? '' : `.${fraction.join('')}`}e${power}`),
  fc.tuple(zeros(20), fc.constantFrom('', '3'), exponent).map(([some, digit, power]) => `-0.0${some}${digit}e${power}`),
  fc.integer({ min: 131_065, max: 131_080 }).map((count) => '9'.repeat(count)),
  fc.integer({ min: 16_375, max: 16_390 }).map((count) => `0.${'9'.repeat(count)}`),
);

describe('the limits of numbers', () => {
  it('are PostgreSQL’s own: nothing is put aside that it would hold, nothing sent that it refuses', async () => {
    await fc.assert(
      fc.asyncProperty(numeral, async (text) => {
        expect(exceedsNumeric(text), text.slice(0, 80)).toBe(await isRefused(text));
      }),
      { numRuns: 400 },
    );
  });

  it.each(['1e131071', '1e131072', '1e200000', '1e-16383', '1e-16384', '0e200000', '0.1e-16383', '1e99999999999'])(
    '%s as PostgreSQL says',
    async (text) => {
      expect(exceedsNumeric(text)).toBe(await isRefused(text));
    },
  );
});
