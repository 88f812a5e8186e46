import type { StreamCounts } from '../receipt.ts';
import type { Cursor, StreamKey } from '../store/claim.ts';
import type { CommitCounts, Fence, NextPosition, Writing } from '../store/commit.ts';
import { countsOf } from '../store/runs.ts';
import type { Attempt } from './failed-attempt.ts';

/** One attempt's hold on a stream: the cursor as last committed, and what was asked for since. */
export class Reading implements Attempt {
  readonly key: StreamKey;
  readonly fence: Fence;
  readonly writing: Writing;
  cursor: Cursor;
  /** Requests of this attempt. */
  requests = 0;
  /** Pages committed by this attempt. */
  pages = 0;
  #booked = 0;
  #booking = 0;
  readonly #claimedAt = performance.now();

  constructor(key: StreamKey, claim: { runId: string; pass: number; rewrite: boolean }, cursor: Cursor) {
    this.key = { connection: key.connection, stream: key.stream };
    this.fence = { ...this.key, runId: claim.runId, pass: claim.pass, epoch: cursor.epoch };
    this.writing = { rewrite: claim.rewrite };
    this.cursor = cursor;
  }

  get advanced(): boolean {
    return this.pages > 0;
  }

  get untouched(): boolean {
    return this.cursor.pages === 0;
  }

  /** Requests that no commit has counted yet. They count as booked once a commit that carries them has succeeded. */
  unbookedRequests(): number {
    this.#booking = this.requests;
    return this.requests - this.#booked;
  }

  committed(pages: number, position: NextPosition, counts: CommitCounts): void {
    const { cursor } = this;
    this.pages += pages;
    this.#booked = this.#booking;
    this.cursor = {
      ...cursor,
      ...position,
      pages: cursor.pages + pages,
      requests: cursor.requests + position.requests,
      fetched: cursor.fetched + counts.fetched,
      created: cursor.created + counts.created,
      updated: cursor.updated + counts.updated,
      unchanged: cursor.unchanged + counts.unchanged,
      quarantined: cursor.quarantined + counts.quarantined,
      bytes: cursor.bytes + counts.bytes,
      failures: 0,
      contractFailures: 0,
      seconds: cursor.secondsAtClaim + (performance.now() - this.#claimedAt) / 1000,
      idleMs: 0,
    };
  }

  counts(): StreamCounts {
    return countsOf(this.cursor, 0);
  }
}
