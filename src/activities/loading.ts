import type { FilePlace, StreamCounts } from '../receipt.ts';
import type { Cursor, StreamKey } from '../store/claim.ts';
import type { Fence } from '../store/commit.ts';
import type { Traffic } from '../store/neoday/fence.ts';
import type { LoadingFile } from '../store/neoday/file.ts';
import { countsOf } from '../store/runs.ts';
import type { Attempt } from './failed-attempt.ts';

/** One attempt's hold on a file: the cursor as it was claimed, the committed place, and what came since. */
export class Loading implements Attempt {
  readonly key: StreamKey;
  readonly fence: Fence;
  readonly cursor: Cursor;
  file: LoadingFile;
  /** Of this attempt. */
  readonly traffic: Traffic = { requests: 0, bytes: 0 };
  /** Rows that this attempt committed. */
  rows = 0;
  /** All of the file is read, and its rows are being merged. */
  merging = false;
  #booked: Traffic = { requests: 0, bytes: 0 };
  readonly #since = performance.now();

  constructor(key: StreamKey, runId: string, cursor: Cursor, file: LoadingFile) {
    this.key = { connection: key.connection, stream: key.stream };
    this.fence = { ...this.key, runId, pass: 1, epoch: cursor.epoch };
    this.cursor = cursor;
    this.file = file;
  }

  get advanced(): boolean {
    return this.rows > 0;
  }

  get untouched(): boolean {
    return this.cursor.pages === 0 && this.file.rowsDone === 0;
  }

  unbookedRequests(): number {
    return this.unbooked().requests;
  }

  /** Traffic that no commit has counted yet. */
  unbooked(): Traffic {
    const { requests, bytes } = this.traffic;
    return { requests: requests - this.#booked.requests, bytes: bytes - this.#booked.bytes };
  }

  booked({ requests, bytes }: Traffic): void {
    this.#booked = { requests: this.#booked.requests + requests, bytes: this.#booked.bytes + bytes };
  }

  /** `bytesDone`, `rowsDone`, and how many rows more were put aside. */
  committed(bytesDone: number, rowsDone: number, aside: number): void {
    this.rows += rowsDone - this.file.rowsDone;
    this.file = { ...this.file, bytesDone, rowsDone, quarantined: this.file.quarantined + aside };
  }

  /** Of the stream in this run; the rows of the file are among `fetched` although nobody has counted them yet. */
  counts(): StreamCounts {
    const known = countsOf(this.cursor, 0);
    return {
      ...known,
      fetched: known.fetched + this.file.rowsDone,
      bytes: known.bytes + this.#booked.bytes,
      requests: known.requests + this.traffic.requests,
      seconds: this.cursor.secondsAtClaim + (performance.now() - this.#since) / 1000,
    };
  }

  /** For whoever watches: how far it is, how fast, and how long it will take. */
  place(): FilePlace & { rowsPerSecond: number; secondsLeft: number | null } {
    const { bytesDone: bytes, length, rowsDone: rows } = this.file;
    const seconds = (performance.now() - this.#since) / 1000;
    const bytesPerSecond = this.#booked.bytes / Math.max(seconds, 0.001);
    const left = length === null || bytesPerSecond === 0 ? null : Math.round((length - bytes) / bytesPerSecond);
    const { merging } = this;
    const rowsPerSecond = Math.round(this.rows / Math.max(seconds, 0.001));
    return { bytes, length, rows, rowsPerSecond, secondsLeft: left, ...(merging ? { merging } : {}) };
  }
}
