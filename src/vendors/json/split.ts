import { backslash, closeBrace, closeBracket, colon, comma, isSpace, openBrace, openBracket, quote } from './bytes.ts';

/**
 * Takes a page apart without parsing its records: where each record starts and ends in the body, and its id. A record
 * that has not changed since the last run is then recognised by its bytes alone, and one that has is parsed from exactly
 * the text that the vendor sent, every digit in place.
 */

export interface RecordSlice {
  /** First byte of the record in the body. */
  start: number;
  /** First byte after it. */
  end: number;
  /** Source text of the record's `id`, whatever it is; null where it has none or is no object. */
  id: string | null;
}

export interface SplitPage {
  /** JSON text of the body with the list of records emptied. */
  envelope: string;
  /** Null where the body has no list under that name. */
  records: RecordSlice[] | null;
}

/** The body is not JSON, or ends too early. `position` is a byte offset. */
export class MalformedJson extends Error {
  readonly position: number;
  constructor(position: number) {
    super(`not JSON at byte ${position}`);
    this.position = position;
  }
}

/**
 * Splits a JSON object that holds a list of records under `listKey` (the last one, as in `JSON.parse`, should the key
 * stand twice).
 *
 * The envelope and the records still have to be parsed: the split only trusts brackets, strings and commas.
 *
 * @throws MalformedJson where the outer structure is broken or cut.
 */
export function splitPage(body: Buffer, listKey: string): SplitPage {
  const found: { list: { start: number; end: number; records: RecordSlice[] } | null } = { list: null };
  const end = walkObject(body, skipSpace(body, 0), (key, start) => {
    if (!isKey(body, key.start, key.end, listKey)) return skipValue(body, start);
    if (body[start] !== openBracket) {
      found.list = null;
      return skipValue(body, start);
    }
    const records: RecordSlice[] = [];
    const listEnd = walkList(body, start, records);
    found.list = { start, end: listEnd, records };
    return listEnd;
  });
  if (skipSpace(body, end) !== body.length) throw new MalformedJson(end);
  const { list } = found;
  if (list === null) return { envelope: body.toString(), records: null };
  const envelope = `${body.toString('utf8', 0, list.start)}[]${body.toString('utf8', list.end)}`;
  return { envelope, records: list.records };
}

/**
 * Splits a body that is nothing but a list of records.
 *
 * @returns null where the body is JSON of another kind.
 * @throws MalformedJson where the outer structure is broken or cut.
 */
export function splitList(body: Buffer): RecordSlice[] | null {
  const start = skipSpace(body, 0);
  const records: RecordSlice[] = [];
  const isList = body[start] === openBracket;
  const end = isList ? walkList(body, start, records) : skipValue(body, start);
  if (skipSpace(body, end) !== body.length) throw new MalformedJson(end);
  return isList ? records : null;
}

function walkList(body: Buffer, start: number, records: RecordSlice[]): number {
  let at = skipSpace(body, start + 1);
  if (body[at] === closeBracket) return at + 1;
  for (;;) {
    const record = readRecord(body, at);
    records.push(record);
    at = skipSpace(body, record.end);
    if (body[at] === closeBracket) return at + 1;
    at = skipSpace(body, expect(body, at, comma));
  }
}

function readRecord(body: Buffer, start: number): RecordSlice {
  if (body[start] !== openBrace) return { start, end: skipValue(body, start), id: null };
  let id: string | null = null;
  const end = walkObject(body, start, (key, valueStart) => {
    const valueEnd = skipValue(body, valueStart);
    if (isKey(body, key.start, key.end, 'id')) id = body.toString('utf8', valueStart, valueEnd);
    return valueEnd;
  });
  return { start, end, id };
}

/** A key with its quotes. */
interface KeySpan {
  start: number;
  end: number;
}

/** Calls `member` with each key and the place of its value; it returns the place after the value. */
function walkObject(body: Buffer, start: number, member: (key: KeySpan, valueStart: number) => number): number {
  let at = skipSpace(body, expect(body, start, openBrace));
  if (body[at] === closeBrace) return at + 1;
  for (;;) {
    const keyEnd = skipString(body, at);
    const key = { start: at, end: keyEnd };
    at = skipSpace(body, expect(body, skipSpace(body, keyEnd), colon));
    at = skipSpace(body, member(key, at));
    if (body[at] === closeBrace) return at + 1;
    at = skipSpace(body, expect(body, at, comma));
  }
}

/** Whether the key between two quotes is `name`. An escaped spelling of it (`"\u0069d"`) is longer than the name. */
function isKey(body: Buffer, start: number, end: number, name: string): boolean {
  const length = end - start - 2;
  if (length < name.length) return false;
  if (length === name.length) return body.toString('latin1', start + 1, end - 1) === name;
  return body.subarray(start, end).includes(backslash) && parseKey(body, start, end) === name;
}

function parseKey(body: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(body.toString('utf8', start, end));
  } catch {
    throw new MalformedJson(start);
  }
}

function skipValue(body: Buffer, start: number): number {
  const first = body[start];
  if (first === quote) return skipString(body, start);
  if (first === openBrace || first === openBracket) return skipNested(body, start);
  return skipPrimitive(body, start);
}

function skipNested(body: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  while (at < body.length) {
    const byte = body[at];
    if (byte === quote) {
      at = skipString(body, at);
      continue;
    }
    if (byte === openBrace || byte === openBracket) depth++;
    else if ((byte === closeBrace || byte === closeBracket) && --depth === 0) return at + 1;
    at++;
  }
  throw new MalformedJson(at);
}

function skipPrimitive(body: Buffer, start: number): number {
  let at = start;
  while (at < body.length && !endsPrimitive(body[at])) at++;
  if (at === start) throw new MalformedJson(at);
  return at;
}

function endsPrimitive(byte: number | undefined): boolean {
  return byte === comma || byte === closeBrace || byte === closeBracket || isSpace(byte) || byte === quote;
}

/** Long strings are crossed by the native search; the byte loop is faster for the short ones that prevail. */
function skipString(body: Buffer, start: number): number {
  if (body[start] !== quote) throw new MalformedJson(start);
  let at = start + 1;
  const near = Math.min(at + 64, body.length);
  while (at < near) {
    const byte = body[at];
    if (byte === quote) return at + 1;
    at += byte === backslash ? 2 : 1;
  }
  return skipLongString(body, at);
}

function skipLongString(body: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const close = body.indexOf(quote, at);
    if (close === -1) throw new MalformedJson(body.length);
    let escapes = 0;
    while (close - 1 - escapes >= from && body[close - 1 - escapes] === backslash) escapes++;
    if (escapes % 2 === 0) return close + 1;
    at = close + 1;
  }
}

function skipSpace(body: Buffer, start: number): number {
  let at = start;
  while (isSpace(body[at])) at++;
  return at;
}

function expect(body: Buffer, at: number, byte: number): number {
  if (body[at] !== byte) throw new MalformedJson(at);
  return at + 1;
}
