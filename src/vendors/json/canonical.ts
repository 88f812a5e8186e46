import { isObject, numberText } from './exact.ts';

/** Deeper than any record that means something, and less deep than PostgreSQL's `jsonb` and the stack allow. */
const deepest = 500;

/**
 * One text for all JSON values that are equal: without white space, members by name, every number in one spelling (1.50,
 * 1.5 and 15e-1 are equal, 1.5 and 1.50000000000000001 are not).
 *
 * @throws RangeError where `value` (as `parseExact` gives it) is nested too deep.
 */
export function canonicalText(value: unknown, depth = 0): string {
  if (depth > deepest) throw new RangeError('nested too deep');
  const number = numberText(value);
  if (number !== null) return canonicalNumber(number);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalText(item, depth + 1)).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalText(value[name], depth + 1)}`).join(',')}}`;
}

/** Significant digits and a power of ten: `15e-1`. */
function canonicalNumber(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${sign}${significant}e${power}`;
}
