import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { serve } from './local-servers.ts';

export interface StoredFile {
  bytes: Buffer;
  /** As it stands in the header; none where null. */
  etag?: string | null;
  lastModified?: string | null;
  /** Whether parts can be asked for. */
  ranges?: boolean;
  /** Ends the connection after so many bytes of the body. */
  cutAfter?: number | null;
  encoding?: 'gzip' | null;
  /** Leaves Content-Length out. */
  chunked?: boolean;
}

export interface FileServer {
  origin: string;
  url: URL;
  /** Set anew to change the file under its readers. */
  file: StoredFile;
  asked: { range: string | undefined; headers: IncomingMessage['headers'] }[];
  /** Answers instead of the file, once. */
  instead: ((response: ServerResponse) => void) | null;
}

/** A storage for one file, at an address whose path and query are secret. */
export async function serveFile(file: StoredFile): Promise<FileServer> {
  const asked: FileServer['asked'] = [];
  const origin = await serve((request, response) => {
    asked.push({ range: request.headers.range, headers: request.headers });
    const { instead } = server;
    server.instead = null;
    if (instead === null) answer(request, response, server.file);
    else instead(response);
  });
  const url = new URL('/hidden-path/r1.json?X-Amz-Signature=hidden-query', origin);
  const server: FileServer = { origin, url, file, asked, instead: null };
  return server;
}

function answer({ headers }: IncomingMessage, response: ServerResponse, file: StoredFile): void {
  const { etag = '"v1"', lastModified = null, ranges = true, encoding = null, chunked = false } = file;
  if (etag !== null) response.setHeader('etag', etag);
  if (lastModified !== null) response.setHeader('last-modified', lastModified);
  if (encoding !== null) response.setHeader('content-encoding', encoding);
  const bytes = encoding === null ? file.bytes : gzipSync(file.bytes);
  const same = headers['if-range'] === undefined || headers['if-range'] === (etag ?? lastModified);
  const start = ranges && same ? Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? Number.NaN) : Number.NaN;
  if (start >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  const part = Number.isNaN(start) ? bytes : bytes.subarray(start);
  if (chunked) response.setHeader('transfer-encoding', 'chunked');
  else response.setHeader('content-length', part.length);
  if (!Number.isNaN(start)) {
    response.statusCode = 206;
    response.setHeader('content-range', `bytes ${start}-${bytes.length - 1}/${bytes.length}`);
  }
  const { cutAfter = null } = file;
  if (cutAfter === null || cutAfter >= part.length) response.end(part);
  else response.write(part.subarray(0, cutAfter), () => setTimeout(() => response.destroy(), 20));
}
