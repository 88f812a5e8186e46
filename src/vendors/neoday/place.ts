/** Where in a file a reader stands, and which file that was. */
export interface FilePlace {
  /** Bytes of the file that are done with, after decompression. */
  readonly offset: number;
  /** What `Download.etag` was then. */
  readonly etag: string | null;
  /** What `Download.length` was then. */
  readonly length: number | null;
}

export const fileStart: FilePlace = { offset: 0, etag: null, length: null };

/** What an answer tells of the whole file. */
export interface FileFacts {
  readonly etag: string | null;
  readonly length: number | null;
}

/** Whether the file is still the one at that place, as far as anybody can tell; the ETag has the last word. */
export function isSameFile(place: FilePlace, now: FileFacts): boolean {
  if (place.etag !== null && now.etag !== null) return place.etag === now.etag;
  if (place.length !== null && now.length !== null) return place.length === now.length;
  return now.length === null || now.length >= place.offset;
}

/**
 * What the next bytes are asked with; null where only the whole file can be asked for. A weak ETag cannot prove that
 * bytes fit together (RFC 9110, 13.1.5), so it is compared in the answer only. Without a known length the file is
 * compressed or made as it is sent, and byte numbers mean nothing to the server.
 */
export function rangeHeaders({ offset, etag, length }: FilePlace): Record<string, string> | null {
  if (offset === 0 || length === null) return null;
  const proof = etag === null || etag.startsWith('W/') ? {} : { 'if-range': etag };
  return { range: `bytes=${offset}-`, ...proof };
}

export interface ContentRange {
  readonly start: number;
  readonly end: number;
  /** Null for `*`. */
  readonly total: number | null;
}

/** `bytes 5-9/10`; null for anything else. */
export function contentRange(header: string | string[] | undefined): ContentRange | null {
  const [, start, end, total] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(String(header ?? '').trim()) ?? [];
  if (start === undefined || end === undefined || total === undefined) return null;
  return { start: Number(start), end: Number(end), total: total === '*' ? null : Number(total) };
}
