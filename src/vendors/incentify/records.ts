import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { type Field, integerText, type ReadFields, readFields } from '../fields.ts';
import { type FieldProblem, isObject, jsonbProblem, parseExact } from '../json/exact.ts';
import type { RecordSlice } from '../json/split.ts';

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
}

/** Known by id and content; parsed only when asked for, which an unchanged record never is. */
export interface LazyRecord {
  id: string;
  hash: string;
  map(): MappedRecord | RejectedRecord;
}

/** Reads the records of a page's body: those with a usable id, and those without one. */
export function readRecords(
  body: Buffer,
  slices: readonly RecordSlice[],
  fields: readonly Field[],
  version: number,
): { records: LazyRecord[]; anonymous: RejectedRecord[] } {
  const records: LazyRecord[] = [];
  const anonymous: RejectedRecord[] = [];
  for (const { start, end, id: idText } of slices) {
    const bytes = body.subarray(start, end);
    const contentHash = recordHash(bytes, version);
    const id = idText === null || !/^-?\d{1,19}$/.test(idText) ? null : readId(idText);
    if (id === null) anonymous.push({ ...rejected(bytes, contentHash, null), ...idProblem(bytes, idText) });
    else records.push({ id, hash: contentHash, map: () => mapRecord(bytes, id, contentHash, fields) });
  }
  return { records, anonymous };
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
 * 32 hexadecimal digits over a record's bytes and the mapping's version: a record with the same digits needs no look at
 * its content, and a changed mapping makes every record look at once more.
 */
function recordHash(bytes: Buffer, version: number): string {
  const digits = hash('sha256', bytes, 'hex');
  return version.toString(16).padStart(2, '0') + digits.slice(0, 30);
}

function mapRecord(
  bytes: Buffer,
  id: string,
  contentHash: string,
  fields: readonly Field[],
): MappedRecord | RejectedRecord {
  const refuse = ({ path, reason }: FieldProblem) => ({ ...rejected(bytes, contentHash, id), path, reason });
  if (!isUtf8(bytes)) return refuse({ path: '', reason: 'is not valid UTF-8' });
  const raw = bytes.toString();
  const read = readRecord(raw, fields);
  return 'reason' in read ? refuse(read) : { id, hash: contentHash, values: read.values, raw };
}

function readRecord(raw: string, fields: readonly Field[]): ReadFields {
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
