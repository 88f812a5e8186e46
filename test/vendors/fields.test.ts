import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordTables } from '../../src/store/tables.ts';
import { type FieldType, fields, integerText, readFields } from '../../src/vendors/fields.ts';
import { incentifyFields } from '../../src/vendors/incentify/fields.ts';
import { parseExact } from '../../src/vendors/json/exact.ts';

/** What a field of a type makes of a JSON text: PostgreSQL's text, or why not. */
function read(type: FieldType, json: string): unknown {
  const outcome = readFields(parseExact(`{"a":${json}}`) as object, fields({ a: type }));
  return 'values' in outcome ? outcome.values[0] : outcome.reason;
}

describe.each(Object.keys(incentifyFields) as (keyof typeof incentifyFields)[])('fields of %s', (stream) => {
  it("are the table's typed columns, in its order", () => {
    expect(incentifyFields[stream].map(({ column }) => column)).toEqual(recordTables.incentify[stream].columns);
  });

  it('are JSON where the column is', () => {
    const json = incentifyFields[stream].filter(({ type }) => type === 'json').map(({ column }) => column);
    expect(json).toEqual([...recordTables.incentify[stream].jsonColumns]);
  });
});

describe('a documented field', () => {
  const types: FieldType[] = ['text', 'integer', 'exact', 'instant', 'date', 'json'];
  it.each(types)('of type %s may be null or missing', (type) => {
    expect(read(type, 'null')).toBeNull();
    expect(readFields({}, fields({ a: type }))).toEqual({ values: [null] });
  });

  it.each<[FieldType, string, string | null]>([
    ['text', '"Größe 𝒳"', 'Größe 𝒳'],
    ['text', '""', ''],
    ['integer', '0', '0'],
    ['integer', '-7', '-7'],
    ['integer', '9223372036854775807', '9223372036854775807'],
    ['integer', '-9223372036854775808', '-9223372036854775808'],
    ['integer', '5.0', '5'],
    ['exact', '12345678901234567.89', '12345678901234567.89'],
    ['exact', '-0.10', '-0.1'],
    ['exact', '1e131071', '1e131071'],
    ['date', '"2024-02-29"', '2024-02-29'],
    ['date', '"2000-02-29"', '2000-02-29'],
    ['date', '"9999-12-31"', '9999-12-31'],
    ['date', '""', null],
    ['instant', '"2022-05-03T17:13:44Z"', '2022-05-03T17:13:44Z'],
    ['instant', '"2022-05-03t17:13:44.123456+02:00"', '2022-05-03t17:13:44.123456+02:00'],
    ['instant', '"2022-05-03 17:13:44-0500"', '2022-05-03 17:13:44-0500'],
    ['instant', '""', null],
    ['json', '{"a":[9007199254740993,0.10000000000000000001]}', '{"a":[9007199254740993,0.10000000000000000001]}'],
    ['json', '[]', '[]'],
    ['json', 'false', 'false'],
  ])('of type %s takes %s', (type, json, text) => {
    expect(read(type, json)).toBe(text);
  });

  it.each<[FieldType, string]>([
    ['text', '5'],
    ['text', 'true'],
    ['text', '{}'],
    ['text', '9007199254740993'],
    ['integer', '"5"'],
    ['integer', '5.5'],
    ['integer', '9223372036854775808'],
    ['integer', '-9223372036854775809'],
    ['integer', '99999999999999999999999'],
    ['integer', '""'],
    ['integer', 'true'],
    ['integer', '[]'],
    ['exact', '"12.50"'],
    ['exact', '"about 5"'],
    ['exact', 'false'],
    ['exact', '{"rawJSON":"5"}'],
    ['date', '"2024-02-30"'],
    ['date', '"2023-02-29"'],
    ['date', '"1900-02-29"'],
    ['date', '"2024-13-01"'],
    ['date', '"2024-00-10"'],
    ['date', '"2024-04-31"'],
    ['date', '"0000-00-00"'],
    ['date', '"0000-01-01"'],
    ['date', '"01.02.2024"'],
    ['date', '"2024-02-03T00:00:00Z"'],
    ['date', '"infinity"'],
    ['date', '20240203'],
    ['instant', '"2022-05-03"'],
    ['instant', '"2022-05-03T17:13:44"'],
    ['instant', '"2022-02-30T17:13:44Z"'],
    ['instant', '"2022-05-03T24:00:00Z"'],
    ['instant', '"2022-05-03T17:61:00Z"'],
    ['instant', '"now"'],
    ['instant', '1651598024'],
  ])('of type %s refuses %s', (type, json) => {
    expect(read(type, json)).toMatch(/^must be /);
  });

  it('inside of another is found; what stands where an object belongs is refused, never read as nothing', () => {
    const nested = fields({ amount: { usd: { total: 'exact' } } });
    const values = (json: string) => readFields(parseExact(json) as object, nested);
    expect(values('{"amount":{"usd":{"total":1.5}}}')).toEqual({ values: ['1.5'] });
    for (const nothing of ['{}', '{"amount":null}', '{"amount":{}}', '{"amount":[]}', '{"amount":{"usd":[]}}']) {
      expect(values(nothing), nothing).toEqual({ values: [null] });
    }
    for (const wrong of ['5', '"text"', 'true', '[1]', '[{"usd":{"total":1}}]', '9007199254740993']) {
      expect(values(`{"amount":${wrong}}`), wrong).toEqual({ path: 'amount.usd.total', reason: 'must be a number' });
    }
  });

  it('names the first problem by the path in the vendor’s words', () => {
    const outcome = readFields({ created_by: { id: 'five' } }, incentifyFields.projects);
    expect(outcome).toEqual({ path: 'created_by.id', reason: 'must be a whole number that fits 64 bits' });
  });
});

describe('whole numbers', () => {
  it('are taken exactly where they fit 64 bits', () => {
    const around = (centre: bigint) => fc.bigInt(centre - 1000n, centre + 1000n);
    const any = fc.oneof(
      around(2n ** 63n),
      around(-(2n ** 63n)),
      around(2n ** 53n),
      fc.bigInt(-(2n ** 70n), 2n ** 70n),
    );
    fc.assert(
      fc.property(any, (number) => {
        const fits = BigInt.asIntN(64, number) === number;
        expect(integerText(parseExact(String(number)))).toBe(fits ? String(number) : null);
      }),
      { numRuns: 500 },
    );
  });
});

describe('dates', () => {
  it('of the calendar are taken, all others refused', () => {
    const part = (most: number) => fc.integer({ min: 0, max: most });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), part(14), part(33), (year, month, day) => {
        const digits = (number: number, width: number) => String(number).padStart(width, '0');
        const text = `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
        const real = new Date(0);
        real.setUTCFullYear(year, month - 1, day);
        const exists = real.getUTCMonth() === month - 1 && real.getUTCDate() === day;
        expect(read('date', JSON.stringify(text)), text).toBe(exists ? text : 'must be a date as YYYY-MM-DD');
      }),
      { numRuns: 1000 },
    );
  });
});
