import {
  ActivityFailure,
  CancellationScope,
  isCancellation,
  setCurrentDetails,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { OpenedRun } from '../activities/open-run.ts';
import {
  type Approval,
  emptyCounts,
  type Progress,
  type Receipt,
  type StreamCounts,
  type StreamState,
  type System,
} from '../receipt.ts';
import type { Rules } from '../rules.ts';
import { setAttributes, startedWithAttributes } from './attributes.ts';
import { describeProgress, describeReceipt, type Trouble } from './details.ts';
import type { ForceResync } from './messages.ts';
import { type RunOptions, searchAttributeNames } from './names.ts';

/** What every run hands to itself when it continues as new. Plain data: a Map would not survive. */
export interface Carried {
  opened: OpenedRun;
  counts: Record<string, StreamCounts>;
  resyncs: ForceResync[];
  paused: boolean;
  approvedDigest: string | null;
  lease: number;
  parkings: number;
  startedAt: string;
  reasons: string[];
  trouble: Trouble | null;
}

/** How one stream is shown. `pass` is above 1 where it is read again. */
export interface ShownStream {
  stream: string;
  state: StreamState;
  pass?: number;
}

const mostReasons = 50;

/** What ends an activity early; `pause` alone where a resync changes nothing about it. */
type Interrupting = 'anything' | 'pause';

/** Once a cancellation is asked for, Temporal repeats nothing: also what would have been tried again ends the activity. */
function endedByInterrupt(error: unknown): boolean {
  return isCancellation(error) || (error instanceof ActivityFailure && error.retryState === 'CANCEL_REQUESTED');
}

/** Everything a run of any system knows of itself, and how it shows it. What it reads is its workflow's own part. */
export abstract class RunState {
  readonly connection: string;
  readonly options: RunOptions;
  /** The first execution's run id: the same however often the run continues as new. */
  readonly runId = workflowInfo().firstExecutionRunId;
  readonly reasons: string[];
  /** Wanted by a person, the schedule or nobody; read by `park`. */
  wantsToTry = false;
  /** Why the vendor refuses us; null while it does not. */
  refused: string | null = null;
  approvedDigest: string | null;
  parkings: number;
  #canceller: string | null = null;
  #paused: boolean;
  #status: Progress['status'] = 'running';
  #waiting: string | null = null;
  #approval: Approval | null = null;
  #trouble: Trouble | null;
  #opened: OpenedRun | null;
  #resyncs: ForceResync[];
  #lease: number;
  readonly #interrupts = new Map<() => void, Interrupting>();
  readonly #counts: Record<string, StreamCounts>;
  readonly #startedAt: string;

  constructor(connection: string, options: RunOptions, carried: Carried | undefined) {
    this.connection = connection;
    this.options = options;
    this.#opened = carried?.opened ?? null;
    this.#counts = carried?.counts ?? {};
    this.#resyncs = carried?.resyncs ?? [];
    this.#paused = carried?.paused ?? false;
    this.approvedDigest = carried?.approvedDigest ?? null;
    this.#lease = carried?.lease ?? 0;
    this.parkings = carried?.parkings ?? 0;
    this.#startedAt = carried?.startedAt ?? workflowInfo().startTime.toISOString();
    this.reasons = carried?.reasons ?? [];
    this.#trouble = carried?.trouble ?? null;
  }

  /** The run is open: what it is to read is known. */
  protected abstract begin(opened: OpenedRun): void;

  /** In reading order. */
  protected abstract shownStreams(): ShownStream[];

  /** By stream, where a system has files. */
  protected get filesLeft(): Record<string, number> {
    return {};
  }

  get opened(): boolean {
    return this.#opened !== null;
  }

  /** Of the workflow. */
  abstract readonly system: System;

  get rules(): Rules {
    return this.#opened?.rules ?? { confirmDeletes: 'off', maxDeletePercent: 0, maxQuarantinePercent: 0 };
  }

  /** Streams that are read side by side, where the system reads so. */
  get concurrency(): number {
    return this.#opened?.concurrency ?? 1;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** In words, with the time it ends; null while it works. */
  get waiting(): string | null {
    return this.#waiting;
  }

  get wantsResync(): boolean {
    return this.#resyncs.length > 0;
  }

  open(opened: OpenedRun): void {
    this.#opened = opened;
    this.begin(opened);
    this.#upsert({
      [searchAttributeNames.connection]: this.connection,
      [searchAttributeNames.system]: opened.system,
      [searchAttributeNames.trigger]: this.options.trigger ?? 'person',
    });
    this.show('running');
  }

  // What signals do: they only note what is wanted, and interrupt what is under way.

  /** Null: the signal's text was not understood. */
  forceResync(wanted: ForceResync | null): void {
    if (wanted === null) {
      this.remark(
        'A signal forceResync was not understood and did nothing; it takes {"streams": ["credits"]} or nothing.',
      );
      return;
    }
    this.#resyncs.push(wanted);
    this.wantsToTry = true;
    this.interrupt();
  }

  pause(): void {
    this.#paused = true;
    this.interrupt('pause');
  }

  resume(): void {
    this.#paused = false;
    this.wantsToTry = true;
  }

  tick(): void {
    this.wantsToTry = true;
  }

  noteCanceller(canceller: string): void {
    this.#canceller = canceller;
  }

  /** For the receipt of a run that was cancelled. */
  get cancelled(): string {
    return this.#canceller === null ? 'The run was cancelled.' : `The run was cancelled by ${this.#canceller}.`;
  }

  approve(digest: string | null): void {
    const wanted = this.#approval?.digest;
    if (digest !== null && (wanted === undefined || digest === wanted)) this.approvedDigest = digest;
    else this.remark('An approval of deletes was refused: it did not name the list that waits for one.');
  }

  /** Runs activities so that a pause or a resync ends them at their next commit; then it resolves, the work half done. */
  async interruptible(work: () => Promise<void>, by: Interrupting = 'anything'): Promise<void> {
    if (this.#paused || (this.wantsResync && by === 'anything')) return;
    const scope = new CancellationScope({ cancellable: true });
    let interrupted = false;
    const interrupt = () => {
      interrupted = true;
      scope.cancel();
    };
    this.#interrupts.set(interrupt, by);
    try {
      await scope.run(work);
    } catch (error) {
      if (!interrupted || CancellationScope.current().consideredCancelled || !endedByInterrupt(error)) throw error;
    } finally {
      this.#interrupts.delete(interrupt);
    }
  }

  /** Ends what is under way at its next commit; for a pause also what nothing else would end. */
  interrupt(why: Interrupting = 'anything'): void {
    for (const [interrupt, by] of this.#interrupts) if (why === 'pause' || by === 'anything') interrupt();
  }

  /** The resyncs that were wanted since the last look, as one: the streams named, or all. Null where there were none. */
  protected takeResyncs(known: readonly string[]): ((stream: string) => boolean) | null {
    const wanted = this.#resyncs.splice(0);
    if (wanted.length === 0) return null;
    const all = wanted.some(({ streams }) => streams === undefined || streams.length === 0);
    const named = new Set(wanted.flatMap(({ streams }) => streams ?? []));
    for (const { reason } of wanted) {
      if (reason !== undefined) this.remark(`A person asked for a resync: ${reason.slice(0, 200)}`);
    }
    for (const stream of [...named].filter((name) => !known.includes(name))) {
      this.remark(`A resync of \`${stream.slice(0, 60)}\` was asked for, which this run does not read.`);
    }
    return (stream) => all || named.has(stream);
  }

  /** A sentence for the receipt, once however often it is true, and only so many: signals can come by the thousand. */
  remark(sentence: string): void {
    if (this.reasons.includes(sentence) || this.reasons.length >= mostReasons) return;
    this.reasons.push(sentence);
    if (this.opened) this.showDetails();
  }

  retract(sentence: string): void {
    const at = this.reasons.lastIndexOf(sentence);
    if (at >= 0) this.reasons.splice(at, 1);
  }

  /** Larger than any before also where the run was reset to an earlier point of its history. */
  protected nextLease(): number {
    this.#lease = Math.max(this.#lease + 1, Math.floor(Date.now() / 1000));
    return this.#lease;
  }

  protected get runSequence(): number {
    return this.#opened?.runSequence ?? 0;
  }

  /** Of the stream in this run, as far as known. */
  countsOf(stream: string): StreamCounts {
    return this.#counts[stream] ?? emptyCounts;
  }

  get firstContact(): boolean {
    return Object.values(this.#counts).every(({ pages }) => pages === 0);
  }

  protected counted(stream: string, counts: StreamCounts): void {
    this.#counts[stream] = counts;
    this.parkings = 0;
  }

  park(type: string, reason: string, waiting: string): void {
    this.parkings++;
    this.wantsToTry = false;
    this.reasons.push(reason);
    this.noteTrouble(type, reason);
    this.waitFor(waiting, 'parked');
  }

  /** The newest failure that the run knows of, for whoever looks at it. */
  noteTrouble(type: string, sentence: string): void {
    this.#trouble = { type, sentence, at: new Date(Date.now()).toISOString() };
  }

  unpark(reason: string): void {
    this.retract(reason);
    this.wantsToTry = false;
    this.goOn();
  }

  awaitApproval(approval: Approval, reason: string): void {
    this.#approval = approval;
    this.reasons.push(reason);
    this.waitFor('a person, who has to approve the deletes', 'parked');
  }

  /** A push waits until a person agrees that it may go. */
  awaitAgreement(reason: string): void {
    this.reasons.push(reason);
    this.waitFor('a person, who has to agree', 'parked');
  }

  endAgreement(reason: string): void {
    this.retract(reason);
    this.goOn();
  }

  /** The wait for an approval is over. True where it was given: only the digest that was waited for counts. */
  endApproval({ digest }: Approval, reason: string): boolean {
    this.retract(reason);
    this.#approval = null;
    const approved = this.approvedDigest === digest;
    this.approvedDigest = null;
    this.goOn();
    return approved;
  }

  waitFor(waiting: string, status: Progress['status']): void {
    this.#waiting = waiting;
    this.show(status);
  }

  /** A wait of seconds, shown where people look but no state of its own. */
  protected waitBriefly(waiting: string | null): void {
    this.#waiting = waiting;
    this.showDetails();
  }

  goOn(): void {
    this.#waiting = null;
    this.show('running');
  }

  /** Shows a status in the search attributes and in the details. */
  show(status: Progress['status']): void {
    this.#status = status;
    this.#upsert({ [searchAttributeNames.status]: status });
    this.showDetails();
  }

  close(receipt: Receipt): void {
    this.#status = receipt.status;
    Object.assign(this.#counts, receipt.streams);
    this.reasons.splice(0, this.reasons.length, ...receipt.reasons);
    this.#upsert({ [searchAttributeNames.status]: receipt.status });
    upsertMemo({ receipt });
    setCurrentDetails(describeReceipt(receipt, this.#startedAt, this.#shown()));
  }

  protected carryOwn(): Carried {
    if (this.#opened === null) throw new Error('a run that is not open has nothing to carry on');
    return {
      opened: this.#opened,
      counts: this.#counts,
      resyncs: this.#resyncs,
      paused: this.#paused,
      approvedDigest: this.approvedDigest,
      lease: this.#lease,
      parkings: this.parkings,
      startedAt: this.#startedAt,
      reasons: this.reasons,
      trouble: this.#trouble,
    };
  }

  progress(): Progress {
    const streams = this.shownStreams().map(
      ({ stream, ...shown }) => [stream, { ...this.countsOf(stream), ...shown }] as const,
    );
    return {
      connection: this.connection,
      system: this.system,
      runId: this.runId,
      status: this.#status,
      streams: Object.fromEntries(streams),
      reasons: this.reasons,
      startedAt: this.#startedAt,
      waiting: this.#waiting,
      approval: this.#approval,
    };
  }

  showDetails(): void {
    setCurrentDetails(describeProgress(this.progress(), this.#shown()));
  }

  #shown() {
    const now = new Date(Date.now()).toISOString();
    return { options: this.options, trouble: this.#trouble, filesLeft: this.filesLeft, now };
  }

  /** Where the namespace does not know our search attributes, the run goes without. */
  #upsert(values: Record<string, string>): void {
    // A run that could not be opened was started with them, or nobody knows.
    if (this.#opened?.searchAttributes ?? startedWithAttributes()) setAttributes(values);
  }
}
