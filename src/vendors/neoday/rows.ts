import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { canonicalText } from '../json/canonical.ts';
import { type FieldProblem, isObject, jsonbProblem, parseExact } from '../json/exact.ts';
import type { Cleaner } from '../privacy/cleaner.ts';
import { type ContentHash, contentHash } from './content-hash.ts';
import { isLocal, type NeodayField, type NeodayType, neodayFields } from './fields.ts';
import { createPlainMapper } from './plain-rows.ts';
import { type LocalTimes, localTimes } from './time.ts';
import { readValue } from './values.ts';

/** A row on its way into its table. Values are PostgreSQL's text form, in the order of `columnsOf`. */
export interface MappedRow {
  /** Signed 64-bit number in decimal digits; the same for rows that are equal as JSON values, and hardly for others. */
  hash: string;
  values: (string | null)[];
  /** The row's JSON text where the values do not give it back exactly; null where they do. */
  raw: string | null;
}

/** A row that can be none, with everything needed to look at it again. */
export interface RejectedRow {
  /** 32 hexadecimal digits over its bytes. */
  hash: string;
  /** The vendor's name of the field; empty for the row as a whole. */
  path: string;
  /** Words that go on from the path, without the row's values. */
  reason: string;
  /** Its JSON text; null where a PostgreSQL text cannot hold it, then `rawBase64` has its bytes. */
  rawText: string | null;
  rawBase64: string | null;
}

export type RowMapper = (bytes: Buffer) => MappedRow | RejectedRow;

export interface RowMapping {
  /** In which zone-less times are read; UTC where it is left out. */
  timeZone?: string | undefined;
  /** Applied before anything of a row is hashed or kept. */
  cleaner?: Cleaner | undefined;
  /** Tests make it collide. */
  contentHash?: ContentHash | undefined;
}

/** Typed columns of a type's table, in the order of `MappedRow.values`. */
export function columnsOf(type: NeodayType): string[] {
  const fields: readonly NeodayField[] = neodayFields[type];
  const columns = fields.flatMap((field) => (isLocal(field) ? [field.name, `${field.name}_local`] : [field.name]));
  return fields.some(isLocal) ? [...columns, 'time_zone'] : columns;
}

/**
 * Maps the rows of one export; `type` is null for an export outside the ten, whose rows are kept as they are.
 *
 * @throws RangeError where there is no such zone.
 */
export function createRowMapper(type: NeodayType | null, mapping: RowMapping = {}): RowMapper {
  const { cleaner } = mapping;
  const fields = type === null ? [] : neodayFields[type];
  const context = { fields, times: localTimes(mapping.timeZone), contentHash: mapping.contentHash ?? contentHash };
  const mapPlain = type === null ? () => null : createPlainMapper(context);
  const map: RowMapper = (bytes) => mapPlain(bytes) ?? mapAny(bytes, context);
  if (cleaner === undefined) return map;
  return (bytes) => {
    const cleaned = cleaner.clean(bytes);
    return 'bytes' in cleaned ? map(cleaned.bytes) : unclean(bytes, cleaned, cleaner);
  };
}

interface Context {
  /** Empty for a type that is not documented. */
  fields: readonly NeodayField[];
  times: LocalTimes;
  contentHash: ContentHash;
}

function mapAny(bytes: Buffer, context: Context): MappedRow | RejectedRow {
  if (!isUtf8(bytes)) return rejected(bytes, { path: '', reason: 'is not valid UTF-8' });
  const text = bytes.toString();
  try {
    const record = parseExact(text);
    if (!isObject(record)) return rejected(bytes, { path: '', reason: 'is not an object' });
    const problem = jsonbProblem(text, record);
    if (problem !== null) return rejected(bytes, problem);
    const contentHash = context.contentHash(canonicalText(record));
    const read = readRow(record, context);
    if ('reason' in read) return rejected(bytes, read);
    return { hash: contentHash, values: read.values, raw: read.exact ? null : text };
  } catch (error) {
    if (error instanceof SyntaxError) return rejected(bytes, { path: '', reason: 'is not valid JSON' });
    if (error instanceof RangeError) return rejected(bytes, { path: '', reason: 'is nested too deep' });
    throw error;
  }
}

function readRow(
  record: Record<string, unknown>,
  { fields, times }: Context,
): { values: (string | null)[]; exact: boolean } | FieldProblem {
  const values: (string | null)[] = [];
  let exact = fields.length > 0 && Object.keys(record).length === fields.length;
  let zoned = false;
  for (const field of fields) {
    const named = Object.hasOwn(record, field.name);
    const read = readValue(field, named ? record[field.name] : otherwiseNamed(record, field), times);
    if ('reason' in read) return read;
    values.push(read.text);
    if (isLocal(field)) values.push(read.local);
    exact &&= named && read.exact;
    zoned ||= read.zoned;
  }
  if (fields.some(isLocal)) values.push(zoned ? times.zone : null);
  return { values, exact };
}

function otherwiseNamed(record: Record<string, unknown>, { otherName }: NeodayField): unknown {
  return otherName !== null && Object.hasOwn(record, otherName) ? record[otherName] : undefined;
}

function rejected(bytes: Buffer, problem: FieldProblem): RejectedRow {
  const asText = isUtf8(bytes) && !bytes.includes(0);
  return {
    hash: hash('sha256', bytes, 'hex').slice(0, 32),
    ...problem,
    rawText: asText ? bytes.toString() : null,
    rawBase64: asText ? null : bytes.toString('base64'),
  };
}

function unclean(bytes: Buffer, problem: FieldProblem, cleaner: Cleaner): RejectedRow {
  return {
    hash: cleaner.identify(bytes).slice(0, 32),
    path: problem.path,
    reason: `${problem.reason} (${bytes.length} bytes, not kept since they may hold personal data)`,
    rawText: null,
    rawBase64: null,
  };
}
