import type { OpenedRun } from '../activities/open-run.ts';
import type { ReadPagesInput, ReadPagesResult } from '../activities/read-pages.ts';
import type { SettledPass } from '../activities/settle-pass.ts';
import type { System } from '../receipt.ts';
import type { RunOptions } from './names.ts';
import { type Carried, RunState, type ShownStream } from './run-state.ts';
import { advanced, afterPass, asking, forced, planOf, type StreamPlan, type Sweep } from './stream-plan.ts';

export interface CarriedStreams extends Carried {
  plans: StreamPlan[];
}

/** What a run that reads streams of records knows: where it stands with each. */
export class StreamsState extends RunState {
  readonly system: System;
  #plans: StreamPlan[];

  constructor(system: System, connection: string, options: RunOptions, carried: CarriedStreams | undefined) {
    super(connection, options, carried);
    this.system = system;
    this.#plans = carried?.plans ?? [];
    if (carried !== undefined) this.showDetails();
  }

  /** One for each stream of this run, in reading order. */
  get plans(): readonly StreamPlan[] {
    return this.#plans;
  }

  protected override begin({ streams }: OpenedRun): void {
    this.#plans = streams.map(planOf);
  }

  protected override shownStreams(): ShownStream[] {
    return this.#plans.map(({ stream, state, pass }) => ({
      stream,
      state: state === 'read' ? 'reading' : state === 'settled' ? 'done' : state,
      pass,
    }));
  }

  /** However many resyncs were wanted since the last look, each stream begins again once. */
  applyResyncs(): void {
    const wanted = this.takeResyncs(this.#plans.map(({ stream }) => stream));
    if (wanted === null) return;
    this.#plans = this.#plans.map((plan) => (wanted(plan.stream) ? forced(plan) : plan));
    this.showDetails();
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
    this.showDetails();
  }

  nextClaim({ stream, pass }: StreamPlan) {
    const { connection, runId, runSequence } = this;
    return { connection, stream, runId, runSequence, lease: this.nextLease(), pass };
  }

  nextRead(plan: StreamPlan): ReadPagesInput {
    const { firstContact } = this;
    this.update(asking(plan, this.countsOf(plan.stream).pages));
    return { ...this.nextClaim(plan), rewrite: plan.rewrite, again: plan.again, firstContact };
  }

  advanced(stream: string, { done, counts, settled }: ReadPagesResult): void {
    this.counted(stream, counts);
    const plan = this.#plans.find((known) => known.stream === stream);
    if (plan === undefined) return;
    const read = advanced(plan, done, counts.pages);
    if (settled === undefined) this.update(read);
    else this.settled(read, settled);
  }

  /** Decides what follows a pass that was read to its end. */
  settled(plan: StreamPlan, { findings, missing }: SettledPass): void {
    this.update(afterPass(plan, findings, missing, this.rules));
  }

  approveSweep(stream: string, sweep: Sweep): void {
    const plan = this.#plans.find((known) => known.stream === stream);
    if (plan !== undefined) this.update({ ...plan, sweep: { ...sweep, approved: true } });
  }

  carry(): CarriedStreams {
    return { ...this.carryOwn(), plans: this.#plans };
  }
}
