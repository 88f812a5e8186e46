/** What a vendor's emulation gives to the server that hosts it, and what it gets. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { System } from '../receipt.ts';
import type { Answer } from './answer.ts';
import type { FaultKind } from './faults/fault.ts';
import type { JournalEntry } from './journal.ts';
import type { Edit, RawRecord } from './records.ts';

/** The records of one stream, as the admin API sees them. */
export interface EditableStream {
  readonly size: number;
  records(): Iterable<RawRecord>;
  /** @throws {NoSuchRecord} */
  edit(edit: Edit): void;
  reset(): void;
  /** Builds every answer now, with links of this origin. */
  precompute(origin: string): void;
}

/** One request of a vendor's API, as far as the vendor's code has to understand it. */
export interface Call
  extends Pick<JournalEntry, 'stream' | 'page' | 'key'>,
    Partial<Pick<JournalEntry, 'step' | 'result' | 'rangeStart'>> {
  latencyMs: number;
  /** A failure in the shape of this request's server, where the vendor has several. */
  failure?: Vendor['failure'];
  /** Called once, after every wait. */
  make: () => Answer;
}

/** Journals the request, applies faults and answers it. */
export type Serve = (vendor: Vendor, call: Call, request: FastifyRequest, reply: FastifyReply) => void;

export interface Vendor {
  readonly system: System;
  /** Begins with a slash and does not end with one; empty at the root. */
  readonly basePath: string;
  readonly streams: ReadonlyMap<string, EditableStream>;
  readonly faults: readonly FaultKind[];
  /** What the journal must not hold, wherever a client may have put it; a pattern needs the flag `g`. */
  readonly secrets: readonly (string | RegExp)[];
  register(app: FastifyInstance, serve: Serve): void;
  /** Requests of the admin API that only this vendor has. */
  registerAdmin?(admin: FastifyInstance): void;
  failure(status: number, message: string): Answer;
  /** Forgets what requests have changed, besides the streams. */
  reset?(): void;
}
