import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setCurrentDetails, upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { OpenedRun } from '../activities/open-run.ts';
import type { ReadPagesInput, ReadPagesResult } from '../activities/read-pages.ts';
import { emptyCounts, type Progress, type Receipt, type StreamCounts, type System } from '../receipt.ts';
import { describeProgress, describeReceipt } from './details.ts';
import { type RunOptions, searchAttributeNames } from './names.ts';

/** What a run hands to itself when it continues as new. Plain data: a Map would not survive. */
export interface Carried {
  opened: OpenedRun;
  counts: Record<string, StreamCounts>;
  done: string[];
  lease: number;
  parkings: number;
  startedAt: string;
  reasons: string[];
}

/** Everything a run knows of itself, and how it shows it. */
export class RunState {
  readonly connection: string;
  readonly options: RunOptions;
  /** The first execution's run id: the same however often the run continues as new. */
  readonly runId = workflowInfo().firstExecutionRunId;
  readonly reasons: string[];
  wantsToResume = false;
  parkings: number;
  #status: Progress['status'] = 'running';
  #waiting: string | null = null;
  #opened: OpenedRun | null;
  #lease: number;
  readonly #counts: Record<string, StreamCounts>;
  readonly #done: string[];
  readonly #startedAt: string;

  constructor(connection: string, options: RunOptions, carried: Carried | undefined) {
    this.connection = connection;
    this.options = options;
    this.#opened = carried?.opened ?? null;
    this.#counts = carried?.counts ?? {};
    this.#done = carried?.done ?? [];
    this.#lease = carried?.lease ?? 0;
    this.parkings = carried?.parkings ?? 0;
    this.#startedAt = carried?.startedAt ?? workflowInfo().startTime.toISOString();
    this.reasons = carried?.reasons ?? [];
    if (carried !== undefined) this.#showDetails();
  }

  get opened(): boolean {
    return this.#opened !== null;
  }

  get system(): System {
    return this.#opened?.system ?? 'incentify';
  }

  /** The streams of this run, in reading order. */
  get streams(): readonly string[] {
    return this.#opened?.streams ?? [];
  }

  open(opened: OpenedRun): void {
    this.#opened = opened;
    this.#upsert({
      [searchAttributeNames.connection]: this.connection,
      [searchAttributeNames.system]: opened.system,
      [searchAttributeNames.trigger]: this.options.trigger ?? 'person',
    });
    this.show('running');
  }

  /** The next stream that has not been read to its end. */
  unread(): string | null {
    return this.streams.find((stream) => !this.#done.includes(stream)) ?? null;
  }

  /** Pages of the stream that are stored so far. */
  pagesOf(stream: string): number {
    return this.#counts[stream]?.pages ?? 0;
  }

  nextRead(stream: string): ReadPagesInput {
    const { connection, runId } = this;
    const runSequence = this.#opened?.runSequence ?? 0;
    this.#lease++;
    const firstContact = Object.values(this.#counts).every(({ pages }) => pages === 0);
    return { connection, stream, runId, runSequence, lease: this.#lease, pass: 1, firstContact };
  }

  advanced(stream: string, { done, counts }: ReadPagesResult): void {
    this.#counts[stream] = counts;
    if (done) this.#done.push(stream);
    this.parkings = 0;
    this.#showDetails();
  }

  park(reason: string, waitMs: number): void {
    this.parkings++;
    this.wantsToResume = false;
    this.#waiting = `a person; tries again by itself at ${new Date(Date.now() + waitMs).toISOString()}`;
    this.reasons.push(reason);
    this.show('parked');
  }

  unpark(): void {
    this.reasons.pop();
    this.#waiting = null;
    this.wantsToResume = false;
    this.show('running');
  }

  resume(): void {
    this.wantsToResume = true;
  }

  /** Shows a status in the search attributes and in the details. */
  show(status: Progress['status']): void {
    this.#status = status;
    this.#upsert({ [searchAttributeNames.status]: status });
    this.#showDetails();
  }

  close(receipt: Receipt): void {
    this.#status = receipt.status;
    Object.assign(this.#counts, receipt.streams);
    this.reasons.splice(0, this.reasons.length, ...receipt.reasons);
    this.#upsert({ [searchAttributeNames.status]: receipt.status });
    upsertMemo({ receipt });
    setCurrentDetails(describeReceipt(receipt));
  }

  carry(): Carried {
    if (this.#opened === null) throw new Error('a run that is not open has nothing to carry on');
    return {
      opened: this.#opened,
      counts: this.#counts,
      done: this.#done,
      lease: this.#lease,
      parkings: this.parkings,
      startedAt: this.#startedAt,
      reasons: this.reasons,
    };
  }

  progress(): Progress {
    const streams = this.streams.map((stream) => {
      const counts = this.#counts[stream] ?? emptyCounts;
      const state = this.#done.includes(stream) ? 'done' : stream === this.unread() ? 'reading' : 'waiting';
      return [stream, { ...counts, state }] as const;
    });
    return {
      connection: this.connection,
      system: this.system,
      runId: this.runId,
      status: this.#status,
      streams: Object.fromEntries(streams),
      reasons: this.reasons,
      startedAt: this.#startedAt,
      waiting: this.#waiting,
    };
  }

  #showDetails(): void {
    setCurrentDetails(describeProgress(this.progress()));
  }

  /** Where the namespace does not know our search attributes, the run goes without. */
  #upsert(values: Record<string, string>): void {
    if (this.#opened?.searchAttributes !== true) return;
    upsertSearchAttributes(
      Object.entries(values).map(([name, value]) => ({
        key: defineSearchAttributeKey(name, SearchAttributeType.KEYWORD),
        value,
      })),
    );
  }
}
