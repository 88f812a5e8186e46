import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exceedsNumeric, jsonbProblem, numberText, parseExact } from '../../src/vendors/json/exact.ts';

const problem = (text: string) => jsonbProblem(text, parseExact(text));

/** A JSON number as somebody may write it: many digits, fractions, exponents. */
const numeral = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.constant('0'), fc.bigInt(1n, 10n ** 30n).map(String)),
    fc.option(fc.stringMatching(/^\d{1,25}$/), { nil: '' }),
    fc.option(fc.tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), fc.nat(400)), { nil: null }),
  )
  .map(([sign, whole, fraction, exponent]) =>
    [sign, whole, fraction === '' ? '' : `.${fraction}`, exponent === null ? '' : exponent.join('')].join(''),
  );

describe('numbers', () => {
  it.each([
    '9007199254740993',
    '9223372036854775807',
    '-9223372036854775808',
    '12345678901234567.89',
    '0.1000000000000000055511151231257827',
    '1e400',
    '1E-400',
    '100000000000000000000000000000000000001',
  ])('%s keeps every digit, as a value and inside of a record', (digits) => {
    expect(numberText(parseExact(digits))).toBe(digits);
    expect(JSON.stringify(parseExact(`{"a":[${digits}]}`))).toBe(`{"a":[${digits}]}`);
  });

  it('of any form mean the same number afterwards', () => {
    fc.assert(
      fc.property(fc.array(numeral, { minLength: 1, maxLength: 5 }), (numerals) => {
        const values = parseExact(`[${numerals.join(', ')}]`) as unknown[];
        expect(values.map((value) => decimal(numberText(value)!))).toEqual(numerals.map(decimal));
      }),
      { numRuns: 500 },
    );
  });

  it('are the only thing that is read otherwise than by JSON.parse', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.parse(JSON.stringify(parseExact(text)))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('are told from everything else', () => {
    for (const value of ['1', true, null, undefined, {}, [], { rawJSON: '1' }]) expect(numberText(value)).toBeNull();
  });
});

describe('what PostgreSQL cannot hold is named with its place', () => {
  it.each([
    ['{"a":{"notes":"x\\u0000y"}}', 'a.notes', 'U+0000'],
    ['{"a":[1,"\\ud800"]}', 'a.1', 'surrogate'],
    ['{"a":"\\uDC00\\uD800"}', 'a', 'surrogate'],
    ['{"a":{"b":1e200000}}', 'a.b', 'larger than PostgreSQL can hold'],
    ['{"a":-1e131072}', 'a', 'larger than PostgreSQL can hold'],
    [`{"a":0.${'1'.repeat(16_384)}}`, 'a', 'larger than PostgreSQL can hold'],
    [`{"a":1${'0'.repeat(131_072)}}`, 'a', 'larger than PostgreSQL can hold'],
  ])('%.40s', (text, path, reason) => {
    expect(problem(text)).toEqual({ path, reason: expect.stringContaining(reason) });
  });

  it('also where a key is the trouble, told in a form that can be stored', () => {
    expect(problem('{"a":{"b\\u0000c":1}}')).toMatchObject({ path: 'a.b\\u0000c' });
    const surrogate = problem('{"\\ud83d":1}');
    expect(surrogate?.path.isWellFormed()).toBe(true);
    expect(problem(`{"${'k'.repeat(5000)}":"\\u0000"}`)?.path).toHaveLength(100);
  });
});

describe('what PostgreSQL can hold is let through', () => {
  it.each([
    '{"a":"\\\\u0000 and \\\\ud800 as text"}',
    '{"a":"C:\\\\u0000"}',
    '{"a":"\\ud83d\\ude00 \\uD834\\uDD1E"}',
    '{"a":"1e200000","b":"9e9e9"}',
    '{"a":1e131071,"b":-1e131071,"c":1e-16383}',
    '{"a":0e200000}',
    '{"a":0.00001e131076}',
    `{"a":0.${'1'.repeat(16_383)}}`,
    `{"a":1${'0'.repeat(131_071)}}`,
    '{"a":5e-324,"b":1.7976931348623157e308}',
  ])('%.60s', (text) => {
    expect(problem(text)).toBeNull();
  });

  it('whatever an ordinary record holds', () => {
    const wellFormed = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(fc.dictionary(wellFormed, fc.oneof(wellFormed, fc.integer(), fc.double())), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes('\\u0000'));
        expect(problem(text)).toBeNull();
      }),
    );
  });

  it('exponents too long for any counting are refused rather than miscounted', () => {
    expect(exceedsNumeric('1e99999999999999999999')).toBe(true);
    expect(exceedsNumeric('1e-99999999999999999999')).toBe(true);
  });
});

/** Sign, digits without zeros at the ends, and the place of the point: equal for equal numbers. */
function decimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const stripped = digits.replace(/0+$/, '');
  if (stripped === '') return '0';
  return `${sign}${stripped}e${Number(exponent) - fraction.length + digits.length - stripped.length}`;
}
