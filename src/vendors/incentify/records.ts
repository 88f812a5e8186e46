import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { type Field, integerText, readFields } from '../fields.ts';
import { jsonbProblem, parseExact } from '../json/exact.ts';
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
  return integerText(parseExact(text));
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
  const refuse = (path: string, reason: string) => ({ ...rejected(bytes, contentHash, id), path, reason });
  if (!isUtf8(bytes)) return refuse('', 'is not valid UTF-8');
  const raw = bytes.toString();
  const value = parseRecord(raw);
  if (value === null) return refuse('', 'is not valid JSON');
  const problem = jsonbProblem(raw, value);
  if (problem !== null) return refuse(problem.path, problem.reason);
  const read = readFields(value, fields);
  return 'reason' in read ? refuse(read.path, read.reason) : { id, hash: contentHash, values: read.values, raw };
}

function parseRecord(text: string): object | null {
  try {
    const value = parseExact(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
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
