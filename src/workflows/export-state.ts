import type { FetchResultInput } from '../activities/fetch-result.ts';
import type { FindResultsInput, FoundResults } from '../activities/find-results.ts';
import type { ListedExports } from '../activities/list-exports.ts';
import type { LoadedResult, LoadResultInput } from '../activities/load-result.ts';
import { absentPlan, type ExportPlan, forced, looked, planOf, taken } from './export-plan.ts';
import type { RunOptions } from './names.ts';
import { type Carried, RunState, type ShownStream } from './run-state.ts';

export interface CarriedExports extends Carried {
  /** Null until the vendor was asked which exports there are. */
  plans: ExportPlan[] | null;
}

/** What a run of exports knows: where it stands with each, and which of them are being worked on. */
export class ExportState extends RunState {
  readonly system = 'neoday' as const;
  #plans: ExportPlan[] | null;
  readonly #busy = new Set<string>();

  constructor(connection: string, options: RunOptions, carried: CarriedExports | undefined) {
    super(connection, options, carried);
    this.#plans = carried?.plans ?? null;
    if (carried !== undefined) this.showDetails();
  }

  get listed(): boolean {
    return this.#plans !== null;
  }

  /** A vendor that has listed the exports is where it should be: from then on it is waited for. */
  override get firstContact(): boolean {
    return !this.listed;
  }

  /** One for each export of this run, in the vendor's or the configuration's order. */
  get plans(): readonly ExportPlan[] {
    return this.#plans ?? [];
  }

  get done(): boolean {
    return this.plans.every(({ state }) => state === 'done');
  }

  protected override begin(): void {
    this.#plans = null;
  }

  protected override shownStreams(): ShownStream[] {
    return this.plans.map(({ stream, state }) => ({ stream, state }));
  }

  protected override get filesLeft(): Record<string, number> {
    return Object.fromEntries(this.plans.filter((plan) => plan.looked).map(({ stream, left }) => [stream, left]));
  }

  list({ exports, absent, remarks }: ListedExports): void {
    this.#plans = [...exports.map(planOf), ...absent.map(absentPlan)];
    for (const remark of remarks) this.remark(remark);
    this.showDetails();
  }

  /** However many resyncs were wanted since the last look, each export begins again once. */
  applyResyncs(): void {
    const wanted = this.takeResyncs(this.plans.map(({ stream }) => stream));
    if (wanted === null) return;
    this.#plans = this.plans.map((plan) => (wanted(plan.stream) ? forced(plan) : plan));
    this.showDetails();
  }

  /** The next export that has work and is nobody's; null where there is none. */
  take(): ExportPlan | null {
    const plan = this.plans.find(({ state, stream }) => state !== 'done' && !this.#busy.has(stream)) ?? null;
    if (plan !== null) this.#busy.add(plan.stream);
    return plan;
  }

  release(stream: string): void {
    this.#busy.delete(stream);
  }

  planOf(stream: string): ExportPlan {
    return this.plans.find((plan) => plan.stream === stream) ?? planOf(stream);
  }

  nextLook({ stream, again }: ExportPlan): FindResultsInput {
    const { connection, runId, firstContact } = this;
    this.#update({ ...this.planOf(stream), state: 'reading' });
    return { connection, stream, runId, again, firstContact };
  }

  looked(stream: string, found: FoundResults): void {
    this.#update(looked(this.planOf(stream), found));
  }

  nextFetch({ stream }: ExportPlan): FetchResultInput {
    const { connection, runId, firstContact } = this;
    return { connection, stream, runId, firstContact };
  }

  nextLoad({ stream, rewrite, many }: ExportPlan, resultId: string): LoadResultInput {
    const { connection, runId, runSequence, firstContact } = this;
    const result = { resultId, goOn: many, rewrite };
    return { connection, stream, runId, runSequence, lease: this.nextLease(), ...result, firstContact };
  }

  /** What a load came to: one result is loaded, or several are, or none where something ended it. */
  loaded(stream: string, { left, counts }: LoadedResult): void {
    this.counted(stream, counts);
    this.#update(taken(this.planOf(stream), left));
  }

  /** The next result is gone at the vendor. */
  gone(stream: string): void {
    const plan = this.planOf(stream);
    this.#update(taken(plan, plan.left - 1));
  }

  /** The ledger has no result more to load. */
  nothingLeft(stream: string): void {
    this.#update(taken(this.planOf(stream), 0));
  }

  carry(): CarriedExports {
    return { ...this.carryOwn(), plans: this.#plans };
  }

  #update(plan: ExportPlan): void {
    this.#plans = this.plans.map((known) => (known.stream === plan.stream ? plan : known));
    this.showDetails();
  }
}
