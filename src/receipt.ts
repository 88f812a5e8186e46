/**
 * What a run did, counted. The same receipt is the workflow's result, a row in `sync.receipts` and the CLI's JSON.
 * Only types and pure functions: workflows import this file.
 */

export type System = 'incentify' | 'neoday' | 'atobi' | 'vibes';

export type RunStatus = 'completed' | 'partial' | 'parked' | 'failed' | 'cancelled';

/**
 * Counts of one stream in one run. `fetched = created + updated + unchanged + quarantined`: nothing read is unaccounted
 * for. `total` is what the source said it has (null where it never said), `retries` counts requests beyond one a page:
 * repeated after a failure, or thrown away; `bytes` counts bodies after decompression, `seconds` is wall time from first request to last commit.
 */
export interface StreamCounts {
  total: number | null;
  fetched: number;
  created: number;
  updated: number;
  unchanged: number;
  deleted: number;
  quarantined: number;
  orphans: number;
  pages: number;
  requests: number;
  retries: number;
  bytes: number;
  seconds: number;
  /** ISO 8601: everything that the source had at this time is stored. Null where no pass added up. */
  asOf: string | null;
  /** Only of an export, whose `pages` are files that were loaded. */
  results?: ResultCounts;
  /** Only of a KPI, whose `pages` are deliveries that were accepted. */
  elements?: ElementCounts;
}

/** A KPI's elements after a push, besides those that are created, updated or unchanged at the vendor. */
export interface ElementCounts {
  /** Sent, and it is not known whether they arrived. */
  unknown: number;
  /** Not accepted: the next push sends them. */
  left: number;
  /** No longer shown by their source; the vendor still has them. */
  vanished: number;
}

/** An export's results: what the vendor lists, and what the ledger says of each after the run. */
export interface ResultCounts {
  /** Listed by the vendor, now or earlier. */
  found: number;
  /** Loaded whole, by this run or an earlier one. */
  loaded: number;
  /** Gone before they were loaded. */
  expired: number;
  /** Made before `since`. */
  skipped: number;
  /** Not loaded, or not whole: the next run tries again. */
  left: number;
}

export interface Receipt {
  connection: string;
  system: System;
  /** First execution's run id: the same however often the workflow continued as new. */
  runId: string;
  status: RunStatus;
  streams: Record<string, StreamCounts>;
  /** Sentences: why the status is not `completed`, and anything a person should know although it is. */
  reasons: string[];
  /** Only of a run that a schedule began. */
  late?: Lateness;
}

/** How long after its time a scheduled run was opened by a worker; `dueAt` is ISO 8601. */
export interface Lateness {
  dueAt: string;
  seconds: number;
}

export type StreamState = 'waiting' | 'reading' | 'done';

/** How much of the file that is being loaded has come; `length` is null where the server does not say. */
export interface FilePlace {
  bytes: number;
  length: number | null;
  rows: number;
  /** All of it is read, and its rows come into their table at once: a pause waits for that. */
  merging?: boolean;
}

/** How far a push of KPIs is; `secondsLeft` is what the budget takes for the rest, null where nothing is left. */
export interface PushPlace {
  /** Elements that the vendor has accepted in this run. */
  delivered: number;
  left: number;
  /** Requests in the last minute, of so many that are allowed. */
  used: number;
  requestsPerMinute: number;
  secondsLeft: number | null;
}

/** Answer of the query `progress`. `startedAt` is ISO 8601; `reasons` holds what the receipt would say now. */
export interface Progress extends Omit<Receipt, 'status' | 'streams'> {
  status: 'running' | 'paused' | RunStatus;
  /** `pass` is above 1 where a stream is read again. */
  streams: Record<string, StreamCounts & { state: StreamState; pass?: number; file?: FilePlace | undefined }>;
  startedAt: string;
  /** What the run waits for, in words, with the time it ends; null while it works. */
  waiting: string | null;
  /** Deletes that wait for a person; null or missing where there are none. */
  approval?: Approval | null;
  /** Only of a push, once it is planned. */
  push?: PushPlace;
  /** True while a push waits until a person agrees; `resume` does not move it. */
  agreement?: boolean;
}

/** What a run that is parked waits for: a correction (`credential`, `settings`) or a person's consent (`deletes`, `push`). */
export interface Wait {
  for: 'credential' | 'settings' | 'deletes' | 'push';
  /** Where only one stream waits. */
  stream?: string;
  /** A sentence with what to do. */
  why: string;
}

/** Rows of one stream that are missing from the source, more of them than may vanish without a person's approval. */
export interface Approval {
  stream: string;
  /** Names exactly these rows. */
  digest: string;
  count: number;
  /** Rows that the stream has now. */
  live: number;
}

export const emptyCounts: Readonly<StreamCounts> = {
  total: null,
  fetched: 0,
  created: 0,
  updated: 0,
  unchanged: 0,
  deleted: 0,
  quarantined: 0,
  orphans: 0,
  pages: 0,
  requests: 0,
  retries: 0,
  bytes: 0,
  seconds: 0,
  asOf: null,
};

/** How often NeoDay makes a file is its own affair, and a KPI is as old as its source: no schedule of ours tells. */
export function agesByItself(system: System): boolean {
  return system === 'neoday' || system === 'atobi';
}
