import { type FieldProblem, isObject, numberText } from './json/exact.ts';

/** How a documented field is read. `exact` keeps every digit; `json` takes lists and deep objects as they are. */
export type FieldType = 'text' | 'integer' | 'exact' | 'boolean' | 'instant' | 'date' | 'json';

/** One typed column: which field of the record it comes from, in the vendor's names. */
export interface Field {
  readonly column: string;
  readonly path: readonly string[];
  readonly type: FieldType;
  /** Where it may stand instead. */
  readonly other?: readonly string[];
}

type Tree = { readonly [name: string]: FieldType | Tree };

/**
 * Documented fields as a tree in the vendor's names; a column's name is its path joined by `_`.
 * `{ created_by: { id: 'integer' } }` is the column `created_by_id`.
 */
export function fields(tree: Tree, path: readonly string[] = []): Field[] {
  return Object.entries(tree).flatMap(([name, node]) => {
    const place = [...path, name];
    return typeof node === 'string' ? [{ column: place.join('_'), path: place, type: node }] : fields(node, place);
  });
}

export type ReadFields = { values: (string | null)[] } | FieldProblem;

/**
 * Reads a record's documented fields as PostgreSQL text, in the fields' order. Every field may be missing or null, since
 * the vendors document no nullability; one of the wrong type is a problem, never a silent null.
 */
export function readFields(record: object, wanted: readonly Field[]): ReadFields {
  const values: (string | null)[] = [];
  for (const field of wanted) {
    const value = valueAt(record, field.path) ?? (field.other && valueAt(record, field.other));
    if (value === undefined || value === null) {
      values.push(null);
      continue;
    }
    const text = readers[field.type](value);
    if (text === wrongType) return { path: field.path.join('.'), reason: expected[field.type] };
    values.push(text);
  }
  return { values };
}

function valueAt(record: object, path: readonly string[]): unknown {
  let value: unknown = record;
  for (const name of path) {
    if (value === undefined || value === null || isEmptyList(value)) return null;
    if (!isObject(value)) return wrongType;
    value = value[name];
  }
  return value;
}

/** PHP writes an empty object as `[]`. */
function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** In place of a value: what stands there can be nothing that is documented. */
const wrongType = Symbol('wrong type');

const readers: Record<FieldType, (value: unknown) => string | null | typeof wrongType> = {
  text: (value) => (typeof value === 'string' ? value : wrongType),
  integer: (value) => integerText(value) ?? wrongType,
  exact: (value) => numberText(value) ?? wrongType,
  boolean: (value) => (typeof value === 'boolean' ? String(value) : wrongType),
  instant: (value) => dateLike(value, isInstant),
  date: (value) => dateLike(value, isDate),
  json: (value) => JSON.stringify(value),
};

const expected: Record<FieldType, string> = {
  text: 'must be text',
  integer: 'must be a whole number that fits 64 bits',
  exact: 'must be a number',
  boolean: 'must be true or false',
  instant: 'must be a date and time as in RFC 3339 (2022-05-03T17:13:44Z)',
  date: 'must be a date as YYYY-MM-DD',
  json: 'must be JSON',
};

/** Decimal digits of a whole number within PostgreSQL's `bigint`; null for anything else. */
export function integerText(value: unknown): string | null {
  const text = numberText(value)?.replace(/\.0+$/, '') ?? null;
  if (text === null || !/^-?\d{1,19}$/.test(text)) return null;
  return text.length < 19 || BigInt.asIntN(64, BigInt(text)) === BigInt(text) ? text : null;
}

/** An empty text in place of a date is how several back ends write "none". */
function dateLike(value: unknown, valid: (text: string) => boolean): string | null | typeof wrongType {
  if (value === '') return null;
  return typeof value === 'string' && valid(value) ? value : wrongType;
}

function isInstant(text: string): boolean {
  const parts =
    /^(\d{4}-\d\d-\d\d)[Tt ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?([Zz]|[+-]([01]\d):?[0-5]\d)$/.exec(text);
  return parts !== null && isDate(parts[1] ?? '');
}

const daysInMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isDate(text: string): boolean {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (parts === null) return false;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  if (year === 0 || day === 0 || day > (daysInMonth[month - 1] ?? 0)) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month !== 2 || day < 29 || leap;
}
