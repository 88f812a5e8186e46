import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from '../../src/operations/runs.ts';
import type { Receipt } from '../../src/receipt.ts';
import type { Fault } from '../../src/sandbox/sandbox.ts';
import { forceResyncSignal, pauseSignal, resumeSignal } from '../../src/workflows/messages.ts';
import type { Servers } from '../support/servers.ts';
import { World } from '../support/world.ts';
import { checkQuiet, checkRound } from './invariants.ts';
import { type Event, modelStreams, type Scenario } from './scenario.ts';
import { Source } from './source.ts';

const perPage = 7;
const longestRunMs = 60_000;

const faults: Record<Extract<Event, { kind: 'fault' }>['fault'], Fault> = {
  error: { kind: 'status', status: 500, first: 1 },
  cut: { kind: 'cut', first: 1 },
  drop: { kind: 'drop', first: 1 },
  html: { kind: 'html', first: 1 },
  unsuccessful: { kind: 'unsuccessful', first: 1 },
  pause: { kind: 'status', status: 429, retryAfterSeconds: 0.1, first: 1 },
};

const largest = { projects: 45, credits: 30 };

/**
 * Where scenarios are played against the real thing: every request of the worker waits at the sandbox until the player
 * lets it go, so that changes and mishaps happen between two answers, the same ones whenever a scenario is played.
 */
export class Stage {
  readonly #world: World;
  readonly #workers: 'inside' | 'processes';
  #endWorker: () => Promise<void> = async () => undefined;
  #source: Source;

  private constructor(world: World, workers: 'inside' | 'processes') {
    this.#world = world;
    this.#workers = workers;
    this.#source = new Source(world.sandbox);
  }

  static async open(workers: 'inside' | 'processes', servers?: Servers): Promise<Stage> {
    const world = await World.create({
      ...(servers ? { servers } : {}),
      sandbox: { sizes: { ...largest, utilizations: 0, incentivePrograms: 0 }, perPage },
      connection: { streams: modelStreams, concurrency: 3, maxDeletePercent: 100 },
    });
    const stage = new Stage(world, workers);
    await stage.#startWorker();
    return stage;
  }

  async close(): Promise<void> {
    this.#world.sandbox.clearFaults();
    await this.#world.close();
  }

  /** Gives how each run ended; throws a sentence where something was not as it has to be. */
  async play({ sizes, rounds }: Scenario): Promise<string[]> {
    await this.#begin(sizes);
    const statuses: string[] = [];
    for (const { before, during } of rounds) {
      for (const change of before) this.#source.change(change);
      this.#source.watch();
      const receipt = await this.#run(during);
      await checkRound(this.#world.sql, this.#source, receipt);
      statuses.push(receipt.status);
    }
    this.#source.watch();
    await checkQuiet(this.#world, this.#source, await this.#run([]));
    return statuses;
  }

  /** Empty tables, and a source of the size wanted. */
  async #begin(sizes: Scenario['sizes']): Promise<void> {
    const { sandbox, sql } = this.#world;
    await sql`TRUNCATE incentify.projects, incentify.credits, sync.runs, sync.cursors, sync.pages, sync.missing,
      sync.connections, sync.receipts, sync.quarantine`;
    sandbox.reset();
    for (const stream of modelStreams) {
      const surplus = Array.from({ length: largest[stream] - sizes[stream] }, () => ({ op: 'delete', at: 0 }) as const);
      sandbox.edit('incentify', stream, ...surplus);
    }
    this.#source = new Source(sandbox);
  }

  async #startWorker(): Promise<void> {
    if (this.#workers === 'inside') {
      this.#endWorker = await this.#world.worker({ milliseconds: 2000, pages: 5 });
      return;
    }
    const worker = await this.#world.workerProcess();
    this.#endWorker = () => worker.kill();
  }

  /** One run, and what happens to it. */
  async #run(events: readonly Event[]): Promise<Receipt> {
    const { sandbox } = this.#world;
    sandbox.setFaults([{ kind: 'hold' }]);
    const run = await this.#world.start();
    let receipt: Receipt | null = null;
    const ended = this.#world.receipt(run, longestRunMs).then((given) => {
      receipt = given;
    });
    const waiting = [...events];
    let calm = 0;
    while (receipt === null) {
      if (sandbox.held().length === 0) {
        await Promise.race([sleep(3), ended]);
        continue;
      }
      if (calm > 0) calm -= 1;
      else calm = await this.#make(waiting.shift(), run);
      sandbox.release({ count: 1 });
      await Promise.race([sleep(2), ended]);
    }
    sandbox.clearFaults();
    await ended;
    return receipt;
  }

  /** Returns for how many answers nothing happens after it. */
  async #make(event: Event | undefined, run: Run): Promise<number> {
    if (event === undefined) return 0;
    switch (event.kind) {
      case 'calm':
        return event.answers;
      case 'fault':
        this.#world.sandbox.addFaults(faults[event.fault]);
        return 0;
      case 'worker':
        await this.#endWorker();
        await this.#startWorker();
        return 0;
      case 'resync':
        await run.handle.signal(forceResyncSignal, event.streams ? { streams: event.streams } : {});
        return 0;
      case 'pause':
        await run.handle.signal(pauseSignal);
        await run.handle.signal(resumeSignal);
        return 0;
      default:
        this.#source.change(event);
        return 0;
    }
  }
}
