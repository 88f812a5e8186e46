import { exceedsNumeric, type FieldProblem, numberText } from '../json/exact.ts';
import type { NeodayField, NeodayFieldType } from './fields.ts';
import { type LocalTimes, localTimes } from './time.ts';

/** A field's value as PostgreSQL reads it. */
export interface ReadValue {
  text: string | null;
  /** The vendor's text of a time that its zone has twice or not at all. */
  local: string | null;
  /** True where the column, with the zone, gives back exactly what the vendor wrote. */
  exact: boolean;
  /** True where the connection's zone was needed. */
  zoned: boolean;
}

/** Reads one field, however it is spelt; or tells why its value can be nothing that is documented. */
export function readValue(field: NeodayField, value: unknown, times: LocalTimes): ReadValue | FieldProblem {
  if (value === undefined || value === null || (value === '' && field.type !== 'text')) return absent(field, value);
  const read = readers[field.type](value, field.type, times);
  return read ?? { path: field.name, reason: expected[field.type] };
}

/** An empty text in place of a time or number is how several back ends write "none". */
function absent({ key, name }: NeodayField, value: unknown): ReadValue | FieldProblem {
  if (!key) return { ...plain(null), exact: value === null };
  return { path: name, reason: value === undefined ? 'is missing' : 'is empty' };
}

type Reader = (value: unknown, type: NeodayFieldType, times: LocalTimes) => ReadValue | null;

const readers: Record<NeodayFieldType, Reader> = {
  text: (value) => (typeof value === 'string' ? plain(value) : null),
  flag: (value) => readFlag(value),
  number: (value) => readNumber(value),
  instant: (value) => (typeof value === 'string' ? readInstant(value, canonicalInstant.test(value)) : null),
  local: (value, type, times) => (typeof value === 'string' ? readTime(value, type, times) : null),
  localMillis: (value, type, times) => (typeof value === 'string' ? readTime(value, type, times) : null),
};

const expected: Record<NeodayFieldType, string> = {
  text: 'must be text',
  flag: 'must be "0" or "1"',
  number: 'must be a number',
  instant: 'must be a date and time with its offset (2024-06-20T00:00:00+00:00)',
  local: 'must be a date and time (2024-06-20 09:35:57)',
  localMillis: 'must be a date and time (2024-06-20 09:35:57.123)',
};

const plain = (text: string | null): ReadValue => ({ text, local: null, exact: true, zoned: false });

function readFlag(value: unknown): ReadValue | null {
  if (value === '0' || value === false) return { ...plain('f'), exact: value === '0' };
  if (value === '1' || value === true) return { ...plain('t'), exact: value === '1' };
  return null;
}

/** What `numeric` gives back as it was written. */
export const canonicalNumber = /^(?:0(?:\.\d{1,99})?|-?[1-9]\d{0,99}(?:\.\d{1,99})?|-0\.\d{0,98}[1-9]\d{0,98})$/;

const anyNumber = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,6})?$/;

function readNumber(value: unknown): ReadValue | null {
  const text = typeof value === 'string' ? value : numberText(value);
  if (text === null || !anyNumber.test(text) || exceedsNumeric(text.replace(/^\+/, ''))) return null;
  return { ...plain(text), exact: typeof value === 'string' && canonicalNumber.test(text) };
}

const utc = localTimes();

/** Whether the calendar has such a day, `YYYY-MM-DD`. */
export const isDay = (day: string): boolean => utc.offset(day, '') !== null;

const clock = '(?:[01]\\d|2[0-3]):[0-5]\\d';
const fraction = '(?:\\.\\d{1,9})?';
const anyInstant = new RegExp(
  `^(\\d{4}-\\d\\d-\\d\\d)[Tt ]${clock}(?::[0-5]\\d${fraction})?(?:[Zz]|[+-](?:0\\d|1[0-5]):[0-5]\\d)$`,
);
const anyLocal = new RegExp(`^(\\d{4}-\\d\\d-\\d\\d)[Tt ](${clock}(?::[0-5]\\d${fraction})?)$`);

export const canonicalInstant = new RegExp(`^\\d{4}-\\d\\d-\\d\\dT${clock}:[0-5]\\d\\+00:00$`);

/** What the columns give back, by the field's type. */
export const canonicalLocal = {
  local: new RegExp(`^\\d{4}-\\d\\d-\\d\\d ${clock}:[0-5]\\d$`),
  localMillis: new RegExp(`^\\d{4}-\\d\\d-\\d\\d ${clock}:[0-5]\\d\\.\\d{3}$`),
} as const;

function readInstant(text: string, exact: boolean): ReadValue | null {
  const day = anyInstant.exec(text)?.[1];
  return day === undefined || !isDay(day) ? null : { ...plain(text), exact };
}

function readTime(text: string, type: NeodayFieldType, times: LocalTimes): ReadValue | null {
  const [, day = '', time = ''] = anyLocal.exec(text) ?? [];
  if (day === '') return readInstant(text, false);
  const offset = times.offset(day, time.length < 8 ? `${time}:00` : time);
  if (offset === null) return null;
  const canonical = type === 'local' || type === 'localMillis' ? canonicalLocal[type] : null;
  return {
    text: `${text}${offset.text}`,
    local: offset.certain ? null : text,
    exact: canonical?.test(text) === true,
    zoned: times.zone !== null,
  };
}
