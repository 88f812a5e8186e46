/**
 * JSON with every digit. `JSON.parse` turns 9007199254740993 into …992 and cuts 12345678901234567.89; numbers that a
 * JavaScript number cannot give back are kept as `JSON.rawJSON` objects, which `JSON.stringify` writes out unchanged.
 */

declare global {
  interface JSON {
    rawJSON(text: string): RawNumber;
    isRawJSON(value: unknown): value is RawNumber;
  }
}

/** A number as the vendor wrote it. */
export interface RawNumber {
  readonly rawJSON: string;
}

/** Fewer significant digits than this, and no exponent, survive a JavaScript number. */
const mayLoseDigits = /\d[\d.]{14,}|\d[eE]/;

/** @throws SyntaxError where `text` is not JSON. */
export function parseExact(text: string): unknown {
  if (!mayLoseDigits.test(text)) return JSON.parse(text);
  return JSON.parse(text, keepDigits);
}

/** Like `parseExact`, for a text that is written again: keeps also what is no digit of the value, as in 1.50 or 1e3. */
export function parseVerbatim(text: string): unknown {
  return JSON.parse(text, keepDigits);
}

function keepDigits(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  return String(value) === context.source ? value : JSON.rawJSON(context.source);
}

/** Digits of a JSON number in the form that PostgreSQL reads; null for anything else. */
export function numberText(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return JSON.isRawJSON(value) ? value.rawJSON : null;
}

/** An object with members: no list, and no number that is kept as an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);
}

/** PostgreSQL's `numeric`, and so `jsonb`: this many digits before and after the decimal point. */
const maxDigitsBefore = 131_072;
const maxDigitsAfter = 16_383;

/** True where a number is beyond what `jsonb` can hold. */
export function exceedsNumeric(text: string): boolean {
  const parts = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (parts === null) return true;
  const [, whole = '', fraction = '', exponentText = '0'] = parts;
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > 1_000_000) return true;
  const leadingZeros = /^0*/.exec(whole + fraction)?.[0].length ?? 0;
  const isZero = leadingZeros === whole.length + fraction.length;
  const digitsBefore = isZero ? 0 : whole.length - leadingZeros + exponent;
  return digitsBefore > maxDigitsBefore || fraction.length - exponent > maxDigitsAfter;
}

const suspicious = /\\u0000|\\u[dD][89a-fA-F]|\d[eE]|\d{1000}/;

/**
 * Why PostgreSQL's `jsonb` cannot hold a record, in words; null where it can. `text` is the record's JSON and `value`
 * what `parseExact` made of it.
 */
export function jsonbProblem(text: string, value: unknown): FieldProblem | null {
  return suspicious.test(text) ? firstProblem(value, '') : null;
}

/** Where in a record (the vendor's names joined by dots) and what, without the value. */
export interface FieldProblem {
  path: string;
  reason: string;
}

function firstProblem(value: unknown, path: string): FieldProblem | null {
  if (typeof value === 'string') return textProblem(value, path);
  if (typeof value !== 'object' || value === null) return null;
  if (JSON.isRawJSON(value)) {
    return exceedsNumeric(value.rawJSON) ? { path, reason: 'is a number larger than PostgreSQL can hold' } : null;
  }
  for (const [key, member] of Object.entries(value)) {
    const place = path === '' ? printable(key) : `${path}.${printable(key)}`;
    const problem = textProblem(key, place) ?? firstProblem(member, place);
    if (problem !== null) return problem;
  }
  return null;
}

/** A key that PostgreSQL can hold, since the path is stored. */
function printable(key: string): string {
  return key.slice(0, 100).replaceAll('\0', '\\u0000').toWellFormed();
}

function textProblem(text: string, path: string): FieldProblem | null {
  if (text.includes('\0')) return { path, reason: 'contains the character U+0000, which PostgreSQL cannot hold' };
  if (!text.isWellFormed()) return { path, reason: 'contains half of a surrogate pair, which is not valid Unicode' };
  return null;
}
