import { upsertMemo } from '@temporalio/workflow';
import type { JournalStanding } from '../activities/check-journal.ts';
import type { DeliveredKpis, DeliverKpisInput } from '../activities/deliver-kpis.ts';
import type { GatheredKpis, GatherKpisInput } from '../activities/gather-kpis.ts';
import type { StreamVerdict } from '../activities/judge.ts';
import { emptyCounts, type Progress, type PushPlace, type Receipt, type StreamCounts } from '../receipt.ts';
import type { RunOptions } from './names.ts';
import { type Carried, RunState, type ShownStream } from './run-state.ts';

/** What a push hands to itself when it continues as new. */
export interface CarriedPush extends Carried {
  gathered: GatheredKpis | null;
  progress: DeliveredKpis['progress'] | null;
  journal: JournalStanding | null;
  finished: boolean;
  approved: boolean;
  trusted: boolean;
  doubtedUpTo: number;
  all: boolean;
  allUpTo: number;
}

/** The state of a push: what its sources showed, and how much of it is delivered. */
export class KpiState extends RunState {
  readonly system = 'atobi' as const;
  /** Null until it was compared with what Temporal knows. */
  journal: JournalStanding | null;
  /** Why no delivery would be taken, although the credential is good; null where nothing speaks against it. */
  doubt: string | null = null;
  /** Milliseconds since 1970: nothing is sent before. */
  notBefore: number | null = null;
  #gathered: GatheredKpis | null;
  #progress: DeliveredKpis['progress'] | null;
  #finished: boolean;
  #approved: boolean;
  #trusted: boolean;
  #doubtedUpTo: number;
  #all: boolean;
  #allUpTo: number;
  #agreement: 'none' | 'asked' | 'given' = 'none';

  constructor(connection: string, options: RunOptions, carried: CarriedPush | undefined) {
    super(connection, options, carried);
    this.journal = carried?.journal ?? null;
    this.#gathered = carried?.gathered ?? null;
    this.#progress = carried?.progress ?? null;
    this.#finished = carried?.finished ?? false;
    this.#approved = carried?.approved ?? options.approved === true;
    this.#trusted = carried?.trusted ?? false;
    this.#doubtedUpTo = carried?.doubtedUpTo ?? 0;
    this.#all = carried?.all ?? false;
    this.#allUpTo = carried?.allUpTo ?? 0;
    if (carried !== undefined) this.showDetails();
  }

  get gathered(): GatheredKpis | null {
    return this.#gathered;
  }

  /** Everything was sent that can be, or there was nothing to send. */
  get finished(): boolean {
    return this.#finished || this.#gathered?.batches === 0;
  }

  /** Why a person has to agree before anything is sent; null where nobody has to. */
  get awaited(): string | null {
    return this.#approved ? null : (this.#gathered?.approval?.reason ?? null);
  }

  /** A vendor that has answered is where it should be: from then on it is waited for. */
  override get firstContact(): boolean {
    return (this.#progress?.requests ?? 0) === 0;
  }

  protected override begin(): void {
    this.#gathered = null;
  }

  protected override shownStreams(): ShownStream[] {
    const streams = this.#gathered?.streams ?? [];
    return streams.map(({ stream, context }) => ({
      stream,
      state: context !== null && this.#leftOf(context) > 0 ? 'reading' : 'done',
    }));
  }

  override progress(): Progress {
    const push = this.#place();
    const asked = this.#agreement === 'asked' && this.doubt === null;
    return { ...super.progress(), ...(push === null ? {} : { push }), ...(asked ? { agreement: true } : {}) };
  }

  /** What was delivered is known by context: KPIs that share one have their share of it, until the receipt counts. */
  override countsOf(stream: string): StreamCounts {
    const counts = super.countsOf(stream);
    const own = this.#gathered?.streams.find((one) => one.stream === stream);
    if (own === undefined || own.context === null || this.#progress === null) return counts;
    const sharing = this.#gathered?.streams.filter(({ context }) => context === own.context) ?? [];
    const toSend = sharing.reduce((sum, one) => sum + one.toSend, 0);
    const delivered = this.#progress.contexts.find(({ context }) => context === own.context)?.delivered ?? 0;
    const share = toSend === 0 ? 0 : Math.min(own.toSend, Math.floor((own.toSend * delivered) / toSend));
    return { ...counts, fetched: own.unchanged + own.aside + share };
  }

  #place(): PushPlace | null {
    if (this.#gathered === null) return null;
    const { contexts = [], used = 0, batchesLeft = this.#gathered.batches } = this.#progress ?? {};
    const { requestsPerMinute, toSend } = this.#gathered;
    const delivered = contexts.reduce((sum, one) => sum + one.delivered, 0);
    const left = this.#progress === null ? toSend : contexts.reduce((sum, one) => sum + one.left, 0);
    const secondsLeft = left === 0 ? null : Math.ceil((batchesLeft * 60) / requestsPerMinute);
    return { delivered, left, used, requestsPerMinute, secondsLeft };
  }

  /** Deliveries that are still to come, at least. */
  get batchesLeft(): number {
    return this.#progress?.batchesLeft ?? this.#gathered?.batches ?? 0;
  }

  /** Elements that are still to be sent. */
  get left(): number {
    return this.#place()?.left ?? 0;
  }

  #leftOf(context: string): number {
    const known = this.#progress?.contexts.find((one) => one.context === context);
    if (known !== undefined) return known.left;
    return (this.#gathered?.streams ?? []).reduce((sum, one) => sum + (one.context === context ? one.toSend : 0), 0);
  }

  /** All of it once more, however many resyncs were wanted since the last look. */
  applyResyncs(): void {
    const wanted = this.takeResyncs((this.#gathered?.streams ?? []).map(({ stream }) => stream));
    if (wanted === null) return;
    this.#all = true;
    this.#allUpTo = this.newest;
    this.gatherAgain();
  }

  /** The sources are read and compared again; what was delivered since stays delivered. */
  gatherAgain(): void {
    this.#gathered = null;
    this.#progress = null;
    this.#finished = false;
  }

  nextGather(): GatherKpisInput {
    const { connection, runId, runSequence, options } = this;
    const all = this.#all ? { upTo: this.#allUpTo } : null;
    return { connection, runId, runSequence, lease: this.nextLease(), all, streams: options.streams };
  }

  showGathered(gathered: GatheredKpis): void {
    this.#gathered = gathered;
    for (const { stream, context, gathered: total, unchanged, aside } of gathered.streams) {
      const shown = { ...emptyCounts, total, unchanged, quarantined: aside, fetched: unchanged + aside };
      if (context !== null) this.counted(stream, shown);
    }
    for (const remark of gathered.remarks) this.remark(remark);
    this.showDetails();
  }

  nextDelivery(): DeliverKpisInput {
    const { connection, runId, firstContact } = this;
    const [trusted, doubtedUpTo] = [this.#trusted, this.#doubtedUpTo];
    return { connection, runId, lease: this.nextLease(), trusted, doubtedUpTo, firstContact };
  }

  delivered({ progress, ...next }: DeliveredKpis): void {
    this.#progress = progress;
    this.parkings = 0;
    if (next.next === 'done') this.#finished = true;
    if (next.next === 'doubt') this.doubt = next.doubt;
    if (next.next === 'wait' && next.because !== 'others') this.#hold(next.waitMs, next.because);
    this.showDetails();
  }

  /** The newest delivery that this run knows of. */
  get newest(): number {
    return Math.max(this.#progress?.newest ?? 0, this.journal?.newest ?? 0);
  }

  #hold(waitMs: number, because: 'budget' | 'vendor'): void {
    this.notBefore = Math.max(this.notBefore ?? 0, Date.now() + waitMs);
    const until = new Date(this.notBefore).toISOString().slice(0, 19);
    const why = because === 'budget' ? 'the budget of requests a minute' : 'Atobi, which asked for a pause or failed';
    this.waitBriefly(`${why}; goes on at ${until}Z`);
  }

  endHold(): void {
    this.notBefore = null;
    this.waitBriefly(null);
  }

  /** Each agreement is for the one thing that waits for it. */
  approvePush(): void {
    if (this.#agreement === 'none') {
      this.remark('A signal approvePush found nothing that waits for it.');
      return;
    }
    this.wantsToTry = true;
    this.#agreement = 'given';
  }

  askAgreement(): void {
    this.#agreement = 'asked';
  }

  get agreed(): boolean {
    return this.#agreement === 'given';
  }

  endAsking(): boolean {
    const { agreed } = this;
    this.#agreement = 'none';
    return agreed;
  }

  approveSize(): void {
    this.#approved = true;
  }

  /** With a person's word the envelope is trusted; without it is tried again, with the configuration as it is then. */
  settleDoubt(trusted: boolean): void {
    this.doubt = null;
    if (trusted) {
      this.#trusted = true;
      return;
    }
    this.#doubtedUpTo = this.newest;
    this.gatherAgain();
  }

  verdicts(): StreamVerdict[] {
    return (this.#gathered?.streams ?? []).map(({ stream, failure }) => ({
      stream,
      complete: failure === null,
      asOf: null,
      shortcomings: failure === null ? [] : [failure],
      remarks: [],
    }));
  }

  override close(receipt: Receipt): void {
    this.noteJournal();
    super.close(receipt);
  }

  /** Outlives the database: should it be restored from a backup, this tells that deliveries are missing from it. */
  noteJournal(): void {
    upsertMemo({ journal: this.newest });
  }

  carry(): CarriedPush {
    return {
      ...this.carryOwn(),
      gathered: this.#gathered,
      progress: this.#progress,
      journal: this.journal,
      finished: this.#finished,
      approved: this.#approved,
      trusted: this.#trusted,
      doubtedUpTo: this.#doubtedUpTo,
      all: this.#all,
      allUpTo: this.#allUpTo,
    };
  }
}
