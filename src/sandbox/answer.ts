import type { JournalEntry } from './journal.ts';

/** An answer before it is sent. Faults change it or take over the sending. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  /** In place of `body`: a body that is made while it is sent. Faults that put another body leave it out. */
  stream?: StreamedBody;
  /**
   * What the request changes at the vendor: done just before the answer is sent, whether it then arrives or not. Faults
   * that put another answer in its place leave it out.
   */
  took?(entry: JournalEntry): void;
}

export interface StreamedBody {
  /** Null where it is not known before the end. */
  length: number | null;
  parts(): Iterable<Buffer> | AsyncIterable<Buffer>;
}

export function jsonAnswer(status: number, body: Buffer | string): Answer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return { status, headers: { 'content-type': 'application/json' }, body: bytes };
}

/** The body of any answer, as one that is sent in parts. */
export function streamOf({ body, stream }: Answer): StreamedBody {
  return stream ?? { length: body.length, parts: () => [body] };
}
