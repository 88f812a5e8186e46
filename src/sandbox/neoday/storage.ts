/**
 * The store that download URLs lead to: DigitalOcean Spaces, which speaks S3's tongue. Source of the URL's form:
 * dev.neoday.com/server-apis/automated-exports. Ranges and failures are as S3 has them.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Answer, StreamedBody } from '../answer.ts';
import { bytesOfFile, type ExportFile, fingerprint } from './file/export-file.ts';
import type { Piece } from './file/piece.ts';

export interface StoreOptions {
  /** Default `strong`. A weak one cannot guard a range. */
  etag: 'strong' | 'weak' | 'none';
  /** Whether ranges are served; otherwise every answer is the whole file. */
  ranges: boolean;
  /** Sends the file gzip-encoded, as it was stored: without a length, and without ranges. */
  gzip: boolean;
}

/** A file and how the store hands it out. */
export interface StoredFile extends StoreOptions {
  file: ExportFile;
  /** The same file with other rows: see `Source.firstBlock`. */
  again: (firstBlock: number) => ExportFile;
  modified: Date;
}

/** The answer to a download that may have one: faults change what is stored and answer again. */
export interface FileAnswer extends Answer {
  stored: StoredFile;
}

export function isFileAnswer(answer: Answer): answer is FileAnswer {
  return 'stored' in answer;
}

export function fileAnswer(stored: StoredFile, request: IncomingMessage): Answer {
  const whole = bytesOfFile(stored.file);
  const headers = headersOf(stored);
  if (stored.gzip) {
    return streamed(stored, 200, { ...headers, 'content-encoding': 'gzip' }, zipped(whole));
  }
  const range = stored.ranges && guarded(stored, headers, request) ? request.headers.range : undefined;
  const part = rangeOf(range, whole.length);
  if (part === 'none') {
    const refusal = storageFailure(416, 'The requested range is not satisfiable');
    return { ...refusal, headers: { ...refusal.headers, 'content-range': `bytes */${whole.length}` } };
  }
  if (part === null) return streamed(stored, 200, headers, bodyOf(whole, 0, whole.length));
  const [from, to] = part;
  const contentRange = { 'content-range': `bytes ${from}-${to - 1}/${whole.length}` };
  return streamed(stored, 206, { ...headers, ...contentRange }, bodyOf(whole, from, to));
}

function streamed(stored: StoredFile, status: number, headers: Answer['headers'], stream: StreamedBody): FileAnswer {
  return { status, headers, body: Buffer.alloc(0), stream, stored };
}

function bodyOf(whole: Piece, from: number, to: number): StreamedBody {
  return { length: to - from, parts: () => whole.parts(from, to) };
}

function zipped(whole: Piece): StreamedBody {
  return { length: null, parts: () => Readable.from(whole.parts(0, whole.length)).pipe(createGzip({ level: 1 })) };
}

function headersOf({ file, etag, ranges, gzip, modified }: StoredFile): Answer['headers'] {
  const headers: Answer['headers'] = { 'content-type': 'application/json', 'last-modified': modified.toUTCString() };
  if (ranges && !gzip) headers['accept-ranges'] = 'bytes';
  if (etag === 'none') return headers;
  const tag = createHash('md5').update(fingerprint(file)).digest('hex');
  return { ...headers, etag: etag === 'weak' ? `W/"${tag}"` : `"${tag}"` };
}

/** Whether If-Range, where it came, still holds; RFC 9110 lets no weak tag hold. */
function guarded({ etag }: StoredFile, headers: Answer['headers'], request: IncomingMessage): boolean {
  const condition = request.headers['if-range'];
  if (condition === undefined) return true;
  if (condition === headers['last-modified']) return true;
  return etag === 'strong' && condition === headers.etag;
}

/** From and to (exclusive); null for the whole file, also where the header is not understood. */
function rangeOf(header: string | undefined, length: number): [from: number, to: number] | 'none' | null {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return null;
  if (first === '') return last === '0' || length === 0 ? 'none' : [Math.max(0, length - Number(last)), length];
  const from = Number(first);
  if (last !== '' && Number(last) < from) return null;
  return from >= length ? 'none' : [from, last === '' ? length : Math.min(length, Number(last) + 1)];
}

/** First byte that a request asks for; null without a range of one part that says so. */
export function rangeStart({ headers }: IncomingMessage): number | null {
  const first = /^bytes=(\d+)-\d*$/.exec(headers.range ?? '')?.[1];
  return first === undefined ? null : Number(first);
}

const codes: Readonly<Record<number, string>> = {
  400: 'InvalidArgument',
  403: 'AccessDenied',
  404: 'NoSuchKey',
  405: 'MethodNotAllowed',
  416: 'InvalidRange',
  500: 'InternalError',
  503: 'SlowDown',
};

export function storageFailure(status: number, message: string, code = codes[status] ?? 'Failure'): Answer {
  const xml = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body: Buffer.from(xml) };
}
