import fc from 'fast-check';
import type { Sql } from 'postgres';
import { beforeAll, describe, expect, it } from 'vitest';
import { answered, type Budget, hold, takeSlotAlone } from '../../src/store/atobi/budget.ts';
import { migrate } from '../../src/store/migrate.ts';
import { connect, emptyDatabase } from '../store/database.ts';
import { busiestWindow } from './pushing.ts';

const minute = 60_000;
const requestsPerMinute = 5;
const timeoutMs = 10_000;

/** Three workers, and a clock that a test can put forward. */
class Workers {
  readonly budget: Budget;
  readonly #workers: readonly Sql[];
  #ahead = 0;
  readonly arrivals: number[] = [];
  #underWay: { request: number; takenAt: number; early: boolean }[] = [];

  constructor(workers: readonly Sql[], connection: string) {
    this.#workers = workers;
    this.budget = { connection, requestsPerMinute, timeoutMs };
  }

  /** Milliseconds. */
  get now(): number {
    return Date.now() + this.#ahead;
  }

  /** So many ask at once; gives back how many were let through. `early`: they arrive at once, else just before the answer. */
  async take(count: number, early: boolean): Promise<number> {
    const asked = Array.from({ length: count }, (_, index) => this.#workers[index % this.#workers.length]!);
    const slots = await Promise.all(asked.map((sql) => takeSlotAlone(sql, this.budget, 'kpi')));
    const taken = slots.flatMap((slot) => ('request' in slot ? [slot.request] : []));
    this.#underWay.push(...taken.map((request) => ({ request, takenAt: this.now, early })));
    if (early) this.arrivals.push(...taken.map(() => this.now));
    return taken.length;
  }

  async answer(count: number): Promise<void> {
    for (const { request, early } of this.#underWay.splice(0, count)) {
      if (!early) this.arrivals.push(this.now);
      await answered(this.#workers[0]!, request);
    }
  }

  /** Everything in the database becomes so much older. A request that is under way for too long is a dead worker's. */
  async wait(milliseconds: number): Promise<void> {
    const older = `interval '${milliseconds} milliseconds'`;
    const { connection } = this.budget;
    await this.#workers[0]!.unsafe(
      `UPDATE atobi.requests SET taken_at = taken_at - ${older}, answered_at = answered_at - ${older} WHERE connection = '${connection}';
       UPDATE atobi.budgets SET held_until = held_until - ${older} WHERE connection = '${connection}'`,
    );
    this.#ahead += milliseconds;
    const dead = this.#underWay.filter(({ takenAt }) => takenAt + timeoutMs <= this.now);
    this.#underWay = this.#underWay.filter((one) => !dead.includes(one));
    this.arrivals.push(...dead.filter(({ early }) => !early).map(({ takenAt }) => takenAt + timeoutMs));
  }

  async waitToldBy(count: number): Promise<number> {
    const slot = await takeSlotAlone(this.#workers[0]!, { ...this.budget, requestsPerMinute: count }, 'kpi');
    return 'waitMs' in slot ? slot.waitMs : 0;
  }

  get busiest(): number {
    return busiestWindow(
      this.arrivals.toSorted((a, b) => a - b),
      minute,
    );
  }
}

const step = fc.oneof(
  fc.record({ take: fc.integer({ min: 1, max: 7 }), early: fc.boolean() }),
  fc.record({ answer: fc.integer({ min: 1, max: 7 }) }),
  fc.record({ wait: fc.oneof(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 48_000, max: 62_000 })) }),
);

describe('the budget of a connection', () => {
  let workers: Sql[];
  let connections = 0;
  beforeAll(async () => {
    const url = await emptyDatabase();
    await migrate({ url });
    workers = [connect(url), connect(url), connect(url)];
  });
  const begin = () => new Workers(workers, `b${++connections}`);

  it('lets no more than its requests arrive in any 60 s, however many workers take, answer, die and wait', async () => {
    let [taken, refused] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 25 }), async (steps) => {
        const vendor = begin();
        for (const one of steps) {
          if ('take' in one) {
            const through = await vendor.take(one.take, one.early);
            taken += through;
            refused += one.take - through;
          } else if ('answer' in one) await vendor.answer(one.answer);
          else await vendor.wait(one.wait);
        }
        await vendor.answer(100);
        expect(vendor.busiest).toBeLessThanOrEqual(requestsPerMinute);
      }),
      { numRuns: 40, seed: 20261122 },
    );
    expect(taken).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(100);
  });

  it('is all there again 60 s after its answers, and until then says how long that takes', async () => {
    const vendor = begin();
    expect(await vendor.take(7, true)).toBe(5);
    await vendor.answer(5);
    await vendor.wait(20_000);
    const told = await vendor.waitToldBy(requestsPerMinute);
    expect(told).toBeGreaterThan(35_000);
    expect(told).toBeLessThanOrEqual(41_000);
    await vendor.wait(told);
    expect(await vendor.take(7, true)).toBe(5);
  });

  it('keeps a dead worker’s slots until its requests can no longer be under way, and a minute more', async () => {
    const vendor = begin();
    expect(await vendor.take(5, false)).toBe(5);
    await vendor.wait(timeoutMs + minute);
    expect(await vendor.take(1, true)).toBe(0);
    await vendor.wait(30_000);
    expect(await vendor.take(7, true)).toBe(5);
  });

  it('waits for as many slots as are too many when it was lowered', async () => {
    const vendor = begin();
    for (let nth = 0; nth < 5; nth++) {
      await vendor.take(1, true);
      await vendor.answer(1);
      await vendor.wait(5_000);
    }
    // Of five answers, 25, 20, 15, 10 and 5 s old, three have to be forgotten before one of three may go.
    const told = await vendor.waitToldBy(3);
    expect(told).toBeGreaterThan(44_000);
    expect(told).toBeLessThan(47_000);
  });

  it('is held back as a whole where the vendor wants a pause, and a shorter pause ends no longer one', async () => {
    const vendor = begin();
    await vendor.take(1, true);
    await workers[0]!.begin((transaction) => hold(transaction, vendor.budget.connection, 30_000, 'a pause'));
    await workers[1]!.begin((transaction) => hold(transaction, vendor.budget.connection, 5_000, 'another'));
    const slot = await takeSlotAlone(workers[2]!, vendor.budget, 'token');
    expect(slot).toMatchObject({ because: 'vendor' });
    expect('waitMs' in slot && slot.waitMs).toBeGreaterThan(28_000);
    await vendor.wait(30_000);
    expect(await vendor.take(1, true)).toBe(1);
  });
});
