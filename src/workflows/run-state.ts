import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  ActivityFailure,
  CancellationScope,
  isCancellation,
  setCurrentDetails,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { OpenedRun } from '../activities/open-run.ts';
import type { ReadPagesInput, ReadPagesResult } from '../activities/read-pages.ts';
import { type Approval, emptyCounts, type Progress, type Receipt, type StreamCounts, type System } from '../receipt.ts';
import type { Rules } from '../rules.ts';
import { describeProgress, describeReceipt } from './details.ts';
import type { ForceResync } from './messages.ts';
import { type RunOptions, searchAttributeNames } from './names.ts';
import { advanced, asking, forced, planOf, type StreamPlan, type Sweep } from './stream-plan.ts';

/** What a run hands to itself when it continues as new. Plain data: a Map would not survive. */
export interface Carried {
  opened: OpenedRun;
  counts: Record<string, StreamCounts>;
  plans: StreamPlan[];
  resyncs: ForceResync[];
  paused: boolean;
  approvedDigest: string | null;
  lease: number;
  parkings: number;
  startedAt: string;
  reasons: string[];
}

const mostReasons = 50;

/** Once a cancellation is asked for, Temporal repeats nothing: also what would have been tried again ends the activity. */
function endedByInterrupt(error: unknown): boolean {
  return isCancellation(error) || (error instanceof ActivityFailure && error.retryState === 'CANCEL_REQUESTED');
}

/** Everything a run knows of itself, and how it shows it. */
export class RunState {
  readonly connection: string;
  readonly options: RunOptions;
  /** The first execution's run id: the same however often the run continues as new. */
  readonly runId = workflowInfo().firstExecutionRunId;
  readonly reasons: string[];
  /** Wanted by a person, the schedule or nobody; read by `park`. */
  wantsToTry = false;
  approvedDigest: string | null;
  parkings: number;
  #paused: boolean;
  #status: Progress['status'] = 'running';
  #waiting: string | null = null;
  #approval: Approval | null = null;
  #opened: OpenedRun | null;
  #plans: StreamPlan[];
  #resyncs: ForceResync[];
  #lease: number;
  #interrupt: (() => void) | null = null;
  readonly #counts: Record<string, StreamCounts>;
  readonly #startedAt: string;

  constructor(connection: string, options: RunOptions, carried: Carried | undefined) {
    this.connection = connection;
    this.options = options;
    this.#opened = carried?.opened ?? null;
    this.#counts = carried?.counts ?? {};
    this.#plans = carried?.plans ?? [];
    this.#resyncs = carried?.resyncs ?? [];
    this.#paused = carried?.paused ?? false;
    this.approvedDigest = carried?.approvedDigest ?? null;
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

  get rules(): Rules {
    return this.#opened?.rules ?? { confirmDeletes: 'off', maxDeletePercent: 0, maxQuarantinePercent: 0 };
  }

  /** One for each stream of this run, in reading order. */
  get plans(): readonly StreamPlan[] {
    return this.#plans;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get wantsResync(): boolean {
    return this.#resyncs.length > 0;
  }

  open(opened: OpenedRun): void {
    this.#opened = opened;
    this.#plans = opened.streams.map(planOf);
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
      this.#remark(
        'A signal forceResync was not understood and did nothing; it takes {"streams": ["credits"]} or nothing.',
      );
      return;
    }
    this.#resyncs.push(wanted);
    this.wantsToTry = true;
    this.#interrupt?.();
  }

  pause(): void {
    this.#paused = true;
    this.#interrupt?.();
  }

  resume(): void {
    this.#paused = false;
    this.wantsToTry = true;
  }

  tick(): void {
    this.wantsToTry = true;
  }

  approve(digest: string | null): void {
    const wanted = this.#approval?.digest;
    if (digest !== null && (wanted === undefined || digest === wanted)) this.approvedDigest = digest;
    else this.#remark('An approval of deletes was refused: it did not name the list that waits for one.');
  }

  /** Runs one activity so that a pause or a resync ends it at its next commit; then it resolves, its work half done. */
  async interruptible(work: () => Promise<void>): Promise<void> {
    if (this.#paused || this.wantsResync) return;
    const scope = new CancellationScope({ cancellable: true });
    let interrupted = false;
    this.#interrupt = () => {
      interrupted = true;
      scope.cancel();
    };
    try {
      await scope.run(work);
    } catch (error) {
      if (!interrupted || CancellationScope.current().consideredCancelled || !endedByInterrupt(error)) throw error;
    } finally {
      this.#interrupt = null;
    }
  }

  /** However many resyncs were wanted since the last look, each stream begins again once. */
  applyResyncs(): void {
    const wanted = this.#resyncs.splice(0);
    if (wanted.length === 0) return;
    const all = wanted.some(({ streams }) => streams === undefined || streams.length === 0);
    const named = new Set(wanted.flatMap(({ streams }) => streams ?? []));
    this.#plans = this.#plans.map((plan) => (all || named.has(plan.stream) ? forced(plan) : plan));
    for (const { reason } of wanted) {
      if (reason !== undefined) this.#remark(`A person asked for a resync: ${reason.slice(0, 200)}`);
    }
    const strangers = [...named].filter((stream) => !this.#plans.some((plan) => plan.stream === stream));
    for (const stream of strangers) {
      this.#remark(`A resync of \`${stream.slice(0, 60)}\` was asked for, which this run does not read.`);
    }
    this.#showDetails();
  }

  /** A sentence for the receipt, once however often it is true, and only so many: signals can come by the thousand. */
  #remark(sentence: string): void {
    if (this.reasons.includes(sentence) || this.reasons.length >= mostReasons) return;
    this.reasons.push(sentence);
    if (this.opened) this.#showDetails();
  }

  #retract(sentence: string): void {
    const at = this.reasons.lastIndexOf(sentence);
    if (at >= 0) this.reasons.splice(at, 1);
  }

  /** The first stream that is not read and settled. */
  unsettled(): StreamPlan | null {
    return this.#plans.find(({ state }) => state !== 'settled') ?? null;
  }

  /** The first stream with rows to be marked as deleted. */
  unswept(): StreamPlan | null {
    return this.#plans.find(({ sweep }) => sweep !== null) ?? null;
  }

  update(plan: StreamPlan): void {
    this.#plans = this.#plans.map((known) => (known.stream === plan.stream ? plan : known));
    this.#showDetails();
  }

  /** Pages of the stream that are stored so far. */
  pagesOf(stream: string): number {
    return this.#counts[stream]?.pages ?? 0;
  }

  nextClaim({ stream, pass }: StreamPlan) {
    // Larger than any before also where the run was reset to an earlier point of its history.
    this.#lease = Math.max(this.#lease + 1, Math.floor(Date.now() / 1000));
    const { connection, runId } = this;
    return { connection, stream, runId, runSequence: this.#opened?.runSequence ?? 0, lease: this.#lease, pass };
  }

  nextRead(plan: StreamPlan): ReadPagesInput {
    const firstContact = Object.values(this.#counts).every(({ pages }) => pages === 0);
    this.update(asking(plan, this.pagesOf(plan.stream)));
    return { ...this.nextClaim(plan), rewrite: plan.rewrite, firstContact };
  }

  advanced(stream: string, { done, counts }: ReadPagesResult): void {
    this.#counts[stream] = counts;
    this.parkings = 0;
    const plan = this.#plans.find((known) => known.stream === stream);
    if (plan !== undefined) this.update(advanced(plan, done, counts.pages));
  }

  park(reason: string, waiting: string): void {
    this.parkings++;
    this.wantsToTry = false;
    this.reasons.push(reason);
    this.waitFor(waiting, 'parked');
  }

  unpark(reason: string): void {
    this.#retract(reason);
    this.wantsToTry = false;
    this.goOn();
  }

  awaitApproval(approval: Approval, reason: string): void {
    this.#approval = approval;
    this.reasons.push(reason);
    this.waitFor('a person, who has to approve the deletes', 'parked');
  }

  /** Only the digest that was waited for counts; a stale one leaves the run waiting. */
  endApproval({ stream, digest }: Sweep & { stream: string }, reason: string): void {
    this.#retract(reason);
    this.#approval = null;
    const plan = this.#plans.find((known) => known.stream === stream);
    if (plan?.sweep && this.approvedDigest === digest)
      this.update({ ...plan, sweep: { ...plan.sweep, approved: true } });
    this.approvedDigest = null;
    this.goOn();
  }

  waitFor(waiting: string, status: Progress['status']): void {
    this.#waiting = waiting;
    this.show(status);
  }

  goOn(): void {
    this.#waiting = null;
    this.show('running');
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
      plans: this.#plans,
      resyncs: this.#resyncs,
      paused: this.#paused,
      approvedDigest: this.approvedDigest,
      lease: this.#lease,
      parkings: this.parkings,
      startedAt: this.#startedAt,
      reasons: this.reasons,
    };
  }

  progress(): Progress {
    const streams = this.#plans.map(({ stream, state, pass }) => {
      const shown = state === 'read' ? 'reading' : state === 'settled' ? 'done' : state;
      return [stream, { ...(this.#counts[stream] ?? emptyCounts), state: shown, pass }] as const;
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
      approval: this.#approval,
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
