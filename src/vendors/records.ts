import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { type Field, integerText, type ReadFields, readFields } from './fields.ts';
import { type FieldProblem, isObject, jsonbProblem, parseExact } from './json/exact.ts';
import { type RecordSlice, splitPage } from './json/split.ts';
import type { Cleaner } from './privacy/cleaner.ts';

/** A record as a row in the making: its id, typed values in the fields' order, and its JSON text. */
export interface MappedRecord {
  id: string;
  hash: string;
  values: (string | null)[];
  raw: string;
}

/** A record that cannot become a row. */
export interface RejectedRecord {
  recordId: string | null;
  hash: string;
  path: string;
  reason: string;
  rawText: string | null;
  rawBase64: string | null;
  /** Version of the mapping that it does not fit. */
  mappingVersion: number;
}

/** Known by id and content; parsed only when asked for, which an unchanged record never is. */
export interface LazyRecord {
  id: string;
  hash: string;
  map(): MappedRecord | RejectedRecord;
}

/**
 * Reads the records of a page's body: those with a usable id, and those without one. Where there is a cleaner, nothing
 * of a record is seen before it, neither by the content hash nor by what puts records aside.
 */
export function readRecords(
  body: Buffer,
  slices: readonly RecordSlice[],
  fields: readonly Field[],
  version: number,
  cleaner?: Cleaner,
): { records: LazyRecord[]; anonymous: RejectedRecord[] } {
  const records: LazyRecord[] = [];
  const anonymous: RejectedRecord[] = [];
  for (const { start, end, id: idText } of slices) {
    const id = idText === null || !/^-?\d{1,19}$/.test(idText) ? null : readId(idText);
    const record = seeRecord(body.subarray(start, end), id, version, cleaner);
    if (id === null) anonymous.push({ ...withoutId(record, idText), mappingVersion: version });
    else records.push({ id, hash: record.hash, map: () => mapRecord(record, id, { fields, version }) });
  }
  return { records, anonymous };
}

/**
 * A record that was put aside, read once more; `putAsideAs` is the hash that it got then. What was kept of it has been
 * through the cleaner already, if there was one: it must not go through a second time, or hashed values would be hashed
 * again. Null where it was put aside under other rules for personal data than there are now.
 */
export function readAgain(
  bytes: Buffer,
  putAsideAs: string,
  fields: readonly Field[],
  version: number,
  cleaner?: Cleaner,
): LazyRecord | RejectedRecord | null {
  const sameContent = (hashed: Buffer) => recordHash(hashed, version).slice(2) === putAsideAs.slice(2);
  const cleaned = cleaner !== undefined && sameContent(markedBy(cleaner, bytes));
  if (!cleaned && !sameContent(bytes)) return null;
  const body = Buffer.concat([Buffer.from('{"data":['), bytes, Buffer.from(']}')]);
  const slices = splitPage(body, 'data').records ?? [];
  const passed = cleaned ? { ...cleaner, clean: (record: Buffer) => ({ bytes: record }) } : cleaner;
  const { records, anonymous } = readRecords(body, slices, fields, version, passed);
  return records[0] ?? anonymous[0] ?? null;
}

function markedBy({ fingerprint }: Cleaner, cleaned: Buffer): Buffer {
  return Buffer.concat([Buffer.from(fingerprint), cleaned]);
}

/** A record as far as anything may see it: without what is private; where that cannot be told apart, without content. */
type SeenRecord = { hash: string; bytes: Buffer } | Unversioned;

type Unversioned = Omit<RejectedRecord, 'mappingVersion'>;

function seeRecord(bytes: Buffer, id: string | null, version: number, cleaner: Cleaner | undefined): SeenRecord {
  if (cleaner === undefined) return { hash: recordHash(bytes, version), bytes };
  const cleaned = cleaner.clean(bytes);
  if ('bytes' in cleaned) {
    return { hash: recordHash(markedBy(cleaner, cleaned.bytes), version), ...cleaned };
  }
  return {
    recordId: id,
    hash: versioned(cleaner.identify(bytes), version),
    path: cleaned.path,
    reason: `${cleaned.reason} (${bytes.length} bytes, not kept since they may hold personal data)`,
    rawText: null,
    rawBase64: null,
  };
}

function withoutId(record: SeenRecord, idText: string | null): Unversioned {
  if (!('bytes' in record)) return record;
  return { ...rejected(record.bytes, record.hash, null), ...idProblem(record.bytes, idText) };
}

function readId(text: string): string | null {
  try {
    return integerText(parseExact(text));
  } catch {
    // Digits that are no JSON number, as 007.
    return null;
  }
}

/**
 * 32 hexadecimal digits over the mapping's version and a record's bytes, which begin with the rules for personal data
 * where there are any: a record with the same digits needs no look at its content, and a changed mapping or rule makes
 * every record look at once more.
 */
function recordHash(bytes: Buffer, version: number): string {
  return versioned(hash('sha256', bytes, 'hex'), version);
}

function versioned(digits: string, version: number): string {
  return version.toString(16).padStart(2, '0') + digits.slice(0, 30);
}

interface Mapping {
  fields: readonly Field[];
  version: number;
}

function mapRecord(record: SeenRecord, id: string, { fields, version }: Mapping): MappedRecord | RejectedRecord {
  const noted = { mappingVersion: version };
  if (!('bytes' in record)) return { ...record, ...noted };
  const { bytes, hash: contentHash } = record;
  const refuse = ({ path, reason }: FieldProblem) => ({ ...rejected(bytes, contentHash, id), path, reason, ...noted });
  if (!isUtf8(bytes)) return refuse({ path: '', reason: 'is not valid UTF-8' });
  const raw = bytes.toString();
  const read = readValues(raw, fields);
  return 'reason' in read ? refuse(read) : { id, hash: contentHash, values: read.values, raw };
}

function readValues(raw: string, fields: readonly Field[]): ReadFields {
  try {
    const value = parseExact(raw);
    if (!isObject(value)) return { path: '', reason: 'is not an object' };
    return jsonbProblem(raw, value) ?? readFields(value, fields);
  } catch (error) {
    if (error instanceof SyntaxError) return { path: '', reason: 'is not valid JSON' };
    // Nested so deep that walking through it ends the stack.
    if (error instanceof RangeError) return { path: '', reason: 'is nested too deep' };
    throw error;
  }
}

function rejected(bytes: Buffer, contentHash: string, recordId: string | null) {
  const asText = isUtf8(bytes) && !bytes.includes(0);
  return {
    recordId,
    hash: contentHash,
    rawText: asText ? bytes.toString() : null,
    rawBase64: asText ? null : bytes.toString('base64'),
  };
}

function idProblem(bytes: Buffer, idText: string | null): { path: string; reason: string } {
  if (bytes[0] !== 0x7b) return { path: '', reason: 'is not an object' };
  if (idText === null) return { path: 'id', reason: 'is missing' };
  return { path: 'id', reason: 'must be a whole number that fits 64 bits' };
}
