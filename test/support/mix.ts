import { setTimeout as sleep } from 'node:timers/promises';
import type { Receipt } from '../../src/receipt.ts';
import { Random } from '../../src/sandbox/random.ts';
import type { Fault } from '../../src/sandbox/sandbox.ts';
import { resumeSignal } from '../../src/workflows/messages.ts';
import { differences, none, portfolioStreams } from './compare.ts';
import { World, type WorldOptions } from './world.ts';

export interface MixFigures {
  /** The same seed makes the same faults and edits, one after another. */
  seed: number;
  /** How runs ended. */
  runs: Record<string, number>;
  edits: number;
  faults: Record<string, number>;
  requests: number;
  /** What should not have been, in words; empty. */
  wrong: string[];
}

type Stream = (typeof portfolioStreams)[number];

const patience = {
  firstContactTries: 3,
  contractTries: 3,
  tries: 3,
  unavailableMs: 300,
  pausesMs: 300,
  longestDelayMs: 100,
};

/**
 * Syncs over and over for some seconds while the vendor misbehaves and its records change, both by chance, and looks after
 * each run whether its receipt tells the truth. Then all is quiet, and the next run must complete and equal the source.
 */
export async function runMix(seed: number, seconds: number, options: WorldOptions = {}): Promise<MixFigures> {
  const world = await World.create({
    ...options,
    sandbox: { sizes: { projects: 60, credits: 90, utilizations: 240, incentivePrograms: 1 }, perPage: 20 },
    connection: { timeout: '1s', maxDeletePercent: 100 },
  });
  try {
    await world.worker({ milliseconds: 1500, pages: 2000 }, patience);
    const mix = new Mix(world, seed);
    const until = Date.now() + seconds * 1000;
    while (Date.now() < until) await mix.oneRun();
    await mix.quiet();
    return mix.figures;
  } finally {
    await world.close();
  }
}

/** What a stream's records were while a run was under way. */
interface Watched {
  /** Status texts that each record had, by id. */
  shown: Map<string, Set<string>>;
  /** Ids that were there all the time. */
  always: Set<string>;
  /** Ids that were there at any time. */
  ever: Set<string>;
}

class Mix {
  readonly figures: MixFigures;
  readonly #world: World;
  readonly #random: Random;
  #watched = new Map<Stream, Watched>();
  #lastId = 5_000_000;

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#random = new Random(seed);
    this.figures = { seed, runs: {}, edits: 0, faults: {}, requests: 0, wrong: [] };
  }

  async oneRun(): Promise<void> {
    for (let edits = this.#random.below(6); edits > 0; edits -= 1) this.#edit(this.#random.pick(['insert', 'delete']));
    if (this.#random.oneIn(2)) await this.#forgetRows();
    this.#watch();
    this.#misbehave();
    // A delete and an insert between the same two requests cannot be told from none, whoever counts: one or the other.
    const [one, other] = this.#random.pick([
      ['insert', 'update'],
      ['delete', 'update'],
    ] as const);
    const pace = this.#random.pick([40, 200, 5000]);
    const run = await this.#world.start();
    let ended = false;
    const receipt = this.#world.receipt(run, 60_000).finally(() => {
      ended = true;
    });
    while (!ended) {
      await Promise.race([sleep(this.#random.below(pace)), receipt]);
      // Going slower is tested elsewhere, and would leave time for few runs.
      await this.#world.sql`UPDATE sync.connections SET throttle = 0 WHERE throttle > 0`;
      if (ended) break;
      const what = this.#random.below(4);
      if (what === 0) this.#misbehave();
      else this.#edit(what === 3 ? (this.#random.oneIn(3) ? 'reorder' : one) : other);
    }
    await this.#check(await this.#unparked(run, await receipt));
  }

  /** As if it were the first run: what a pass does not show is then missing. */
  async #forgetRows(): Promise<void> {
    for (const stream of portfolioStreams) await this.#world.sql.unsafe(`DELETE FROM incentify.${stream}`);
  }

  /** Nothing changes any more, nothing fails: the run must complete and equal. */
  async quiet(): Promise<void> {
    this.#world.sandbox.clearFaults();
    await this.#world.sql`UPDATE sync.connections SET throttle = 0`;
    this.#watch();
    const receipt = await this.#world.sync();
    await this.#check(receipt);
    if (receipt.status !== 'completed') this.#wrong(receipt, 'is not completed although nothing is wrong');
    for (const stream of portfolioStreams) {
      const found = await differences(this.#world.sql, this.#world.sandbox, stream);
      if (JSON.stringify(found) !== JSON.stringify(none)) this.#wrong(receipt, `${stream}: ${JSON.stringify(found)}`);
    }
    this.figures.requests = this.#world.sandbox.journal().length;
  }

  async #unparked(run: Parameters<World['receipt']>[0], receipt: Receipt): Promise<Receipt> {
    if (receipt.status !== 'parked') return receipt;
    this.#count('parked');
    this.#world.sandbox.clearFaults();
    await run.handle.signal(resumeSignal);
    return run.handle.result().catch(() => ({ ...receipt, status: 'failed' as const }));
  }

  #misbehave(): void {
    const { sandbox } = this.#world;
    this.#countFaults();
    sandbox.clearFaults();
    if (this.#random.oneIn(4)) return;
    const scope = { first: 1 + this.#random.below(3), skip: this.#random.below(4) };
    const lists = this.#random.oneIn(2);
    sandbox.addFaults({ ...this.#random.pick(lists ? lies : misbehaviours), ...scope });
    if (this.#random.oneIn(2)) sandbox.addFaults({ kind: 'latency', ms: 5 + this.#random.below(40) });
  }

  #countFaults(): void {
    for (const { fault, fired } of this.#world.sandbox.state().faults) {
      const { kind } = fault as Fault;
      this.figures.faults[kind] = (this.figures.faults[kind] ?? 0) + fired;
    }
  }

  #edit(what: 'insert' | 'update' | 'delete' | 'reorder'): void {
    const { sandbox } = this.#world;
    const stream = this.#random.pick(portfolioStreams as unknown as [Stream, ...Stream[]]);
    const records = [...sandbox.records('incentify', stream)];
    const at = this.#random.below(records.length);
    const { id, text } = records[at]!;
    const watched = this.#watched.get(stream);
    this.figures.edits += 1;
    if (what === 'reorder') {
      const seed = this.#random.below(1e6);
      sandbox.edit('incentify', stream, { op: 'reorder', order: this.#random.pick(['reverse', 'shuffle']), seed });
    } else if (what === 'delete') {
      if (records.length < 40) return;
      sandbox.edit('incentify', stream, { op: 'delete', at });
      watched?.always.delete(id!);
    } else if (what === 'update') {
      const status = `edited ${this.figures.edits}`;
      sandbox.edit('incentify', stream, { op: 'update', at, set: { status } });
      watched?.shown.get(id!)?.add(status);
    } else {
      this.#lastId += 1;
      const inserted = text.replace(/^\{"id":\d+/, `{"id":${this.#lastId}`);
      sandbox.edit('incentify', stream, { op: 'insert', text: inserted, at });
      watched?.ever.add(String(this.#lastId));
      watched?.shown.set(String(this.#lastId), new Set([statusOf(inserted)]));
    }
  }

  #watch(): void {
    for (const stream of portfolioStreams) {
      const records = [...this.#world.sandbox.records('incentify', stream)];
      const ids = records.map(({ id }) => id!);
      this.#watched.set(stream, {
        shown: new Map(records.map(({ id, text }) => [id!, new Set([statusOf(text)])])),
        always: new Set(ids),
        ever: new Set(ids),
      });
    }
  }

  async #check(receipt: Receipt): Promise<void> {
    this.#count(receipt.status);
    const reasons = receipt.reasons.join(' ');
    if (receipt.status !== 'completed' && reasons === '') this.#wrong(receipt, 'gives no reason');
    if (/defect|Unexpected/.test(reasons)) this.#wrong(receipt, reasons);
    for (const stream of portfolioStreams) {
      const { shown, always, ever } = this.#watched.get(stream)!;
      const rows = await this.#world.sql.unsafe<{ id: string; status: string | null; deleted: boolean }[]>(
        `SELECT id::text, status, deleted_at IS NOT NULL AS deleted FROM incentify.${stream}`,
      );
      const stored = new Map(rows.map((row) => [row.id, row]));
      for (const id of always) {
        if (stored.get(id)?.deleted) this.#wrong(receipt, `${stream} ${id} is marked as deleted`);
        if (receipt.status !== 'completed') continue;
        const row = stored.get(id);
        if (row === undefined) this.#wrong(receipt, `${stream} ${id} is missing`);
        else if (!shown.get(id)!.has(row.status ?? ''))
          this.#wrong(receipt, `${stream} ${id} is not as the source had it`);
      }
      if (receipt.status !== 'completed' || reasons.includes('first time')) continue;
      const left = rows.filter(({ id, deleted }) => !deleted && !ever.has(id));
      for (const { id } of left) this.#wrong(receipt, `${stream} ${id} is gone from the source and still there`);
    }
  }

  #count(status: string): void {
    this.figures.runs[status] = (this.figures.runs[status] ?? 0) + 1;
  }

  #wrong({ runId, status, reasons }: Receipt, what: string): void {
    if (this.figures.wrong.length < 20) this.figures.wrong.push(`${status} ${runId}: ${what} (${reasons.join(' ')})`);
  }
}

function statusOf(text: string): string {
  return String(JSON.parse(text).status ?? '');
}

/** Answers that look well and are not: the ones that could make a run green and short. */
const lies: [Fault, ...Fault[]] = [
  { kind: 'next', to: 'skip-one' },
  { kind: 'next', to: 'end' },
  { kind: 'false-totals', lastPage: -1 },
  { kind: 'false-totals', total: 1 },
];

const misbehaviours: [Fault, ...Fault[]] = [
  { kind: 'status', status: 429, retryAfterSeconds: 0.2 },
  { kind: 'status', status: 429, retryAfterSeconds: 1, retryAfterAs: 'date' },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503 },
  { kind: 'status', status: 403 },
  { kind: 'cut' },
  { kind: 'cut', how: 'reset' },
  { kind: 'drop' },
  { kind: 'html' },
  { kind: 'unsuccessful' },
  { kind: 'silence' },
  { kind: 'trickle', bytes: 200, everyMs: 100 },
  { kind: 'compress' },
  { kind: 'redirect', to: 'https://elsewhere.example.test/' },
  { kind: 'next', to: 'same' },
  { kind: 'next', to: 'first' },
  { kind: 'next', to: 'previous' },
  { kind: 'next', to: 'other-host' },
  { kind: 'false-totals', lastPage: 5 },
];
