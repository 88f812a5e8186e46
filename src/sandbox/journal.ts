/** What was asked of the sandbox and what became of it, in memory. Never holds a key, right or wrong. */
import type { System } from '../receipt.ts';

export interface JournalEntry {
  /** Counts up from 1 in order of arrival; goes on after a reset. */
  seq: number;
  /** Null for a path that belongs to no vendor. */
  system: System | null;
  stream: string | null;
  method: string;
  path: string;
  /** Without the question mark, as it came. */
  query: string;
  /** Null where the request has no valid page number. */
  page: number | null;
  /**
   * What is asked, where a vendor's requests differ in kind. NeoDay: token, exports, results, fetch, download; Atobi:
   * token, kpi; Vibes: list, get, create, update.
   */
  step: string | null;
  /** The result of an export that is asked for. */
  result: string | null;
  /** First byte that a download asks for; null without a range of one part. */
  rangeStart: number | null;
  /** How the key of the request fared; null where none is asked for. */
  key: 'accepted' | 'wrong' | 'missing' | null;
  /** Whether a header Authorization came, be it asked for or not. */
  authorization: boolean;
  userAgent: string | null;
  /** Milliseconds since 1970. */
  receivedAt: number;
  /** When the connection had taken the last byte, or was lost; null while open. */
  answeredAt: number | null;
  /** Null until a status line is sent. */
  status: number | null;
  /** Bytes of the body handed to the connection, as encoded, without headers. */
  bytes: number;
  /** Kinds of the faults that were applied. */
  faults: string[];
  /** `cut`: a fault ended it · `aborted`: the client left, or the sandbox was stopped, before the end. */
  outcome: 'open' | 'completed' | 'cut' | 'aborted';
}

export interface JournalFilter {
  system?: string | undefined;
  stream?: string | undefined;
  /** The whole path, or its beginning followed by `*`. */
  path?: string | undefined;
  /** Only entries with a greater `seq`. */
  after?: number | undefined;
}

/** What is known before an answer is made. */
type Asked = 'system' | 'stream' | 'page' | 'step' | 'result' | 'rangeStart' | 'method' | 'path' | 'query' | 'key';

export type NewEntry = Pick<JournalEntry, Asked | 'authorization'> & { userAgent: string | undefined };

export class Journal {
  private entries: JournalEntry[] = [];
  private lastSeq = 0;
  private readonly limit: number;
  /** Entries forgotten because the journal was full. */
  dropped = 0;

  /** Keeps the newest `limit` entries, or up to twice as many. */
  constructor(limit: number) {
    this.limit = limit;
  }

  get size(): number {
    return this.entries.length;
  }

  open(entry: NewEntry): JournalEntry {
    const { userAgent = null, ...asked } = entry;
    this.lastSeq += 1;
    const opened: JournalEntry = {
      seq: this.lastSeq,
      ...asked,
      userAgent,
      receivedAt: Date.now(),
      answeredAt: null,
      status: null,
      bytes: 0,
      faults: [],
      outcome: 'open',
    };
    if (this.entries.length >= this.limit * 2) this.dropped += this.entries.splice(0, this.limit).length;
    this.entries.push(opened);
    return opened;
  }

  /** Entries in order of arrival; they go on changing while their answers are under way. */
  list({ system, stream, path, after = 0 }: JournalFilter = {}): JournalEntry[] {
    const prefix = path?.endsWith('*') ? path.slice(0, -1) : undefined;
    return this.entries.filter(
      (entry) =>
        entry.seq > after &&
        (system === undefined || entry.system === system) &&
        (stream === undefined || entry.stream === stream) &&
        (path === undefined || (prefix === undefined ? entry.path === path : entry.path.startsWith(prefix))),
    );
  }

  reset(): void {
    this.entries = [];
    this.dropped = 0;
  }
}
