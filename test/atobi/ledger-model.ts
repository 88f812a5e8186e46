import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/store/atobi/deliveries.ts';
import { resolveDelivery } from '../../src/store/atobi/resolve.ts';
import { accepted, failed, Ledgers, refused, unknown } from './ledgers.ts';

const users = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
/** Whoever this is in, the vendor refuses the transfer. */
const poison = 'd';
const lanes = 3;

/** What may happen. `lane` and `nth` choose among what there is. */
type Happening =
  | { kind: 'change'; user: number; value: number }
  | { kind: 'push'; all: boolean }
  | { kind: 'again'; all: boolean }
  | { kind: 'take'; lane: number }
  | { kind: 'answer'; nth: number; how: 'told' | 'failed' | 'cutBefore' | 'cutAfter' }
  | { kind: 'die'; nth: number; arrived: boolean }
  | { kind: 'wake'; nth: number }
  | { kind: 'woken take'; nth: number }
  | { kind: 'person'; nth: number; accepted: boolean };

const nth = fc.nat(5);
const all = fc.nat(4).map((one) => one === 0);
const take = fc.record({ kind: fc.constant('take' as const), lane: fc.nat(lanes - 1) });
const how = fc.constantFrom(
  'told' as const,
  'told' as const,
  'failed' as const,
  'cutBefore' as const,
  'cutAfter' as const,
);

const happenings = fc.array(
  fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('change' as const), user: fc.nat(users.length - 1), value: fc.nat(2) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('push' as const), all }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('again' as const), all }) },
    { weight: 7, arbitrary: take },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('answer' as const), nth, how }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('die' as const), nth, arrived: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wake' as const), nth }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('woken take' as const), nth }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('person' as const), nth, accepted: fc.boolean() }) },
  ),
  { minLength: 8, maxLength: 30 },
) satisfies fc.Arbitrary<Happening[]>;

interface Sent {
  delivery: number;
  runId: string;
  lease: number;
  attempt: number;
  /** User and value. */
  elements: ReadonlyMap<string, string>;
  arrived: boolean;
  body: string;
}

/** A vendor whose every acceptance is known, lanes that may die, and the store between them. */
class LedgerPlay {
  readonly #ledgers: Ledgers;
  /** By user: what the vendor has taken, oldest first, with the delivery that brought it. */
  readonly #taken = new Map<string, { value: string; delivery: number }[]>();
  readonly #sent = new Map<number, Sent>();
  #underWay: Sent[] = [];
  /** Of dead or frozen workers. */
  #lost: Sent[] = [];
  readonly #attempts = new Map<string, number>();
  #run: { runId: string; all: boolean } | null = null;
  #lease = 10;
  /** How often the vendor took a value that it had. */
  doubled = 0;

  constructor(ledgers: Ledgers) {
    this.#ledgers = ledgers;
  }

  async begin(): Promise<void> {
    await this.#ledgers.show(Object.fromEntries(users.map((user) => [user, '0'])));
  }

  async play(one: Happening): Promise<void> {
    if (one.kind === 'change') await this.#ledgers.show({ [users[one.user]!]: String(one.value) });
    if (one.kind === 'push') await this.push(one.all);
    if (one.kind === 'again') await this.#gatherAgain(one.all);
    if (one.kind === 'take') await this.#take(one.lane);
    if (one.kind === 'answer') await this.#answer(one.nth, one.how);
    if (one.kind === 'die') this.#die(one.nth, one.arrived);
    if (one.kind === 'wake') await this.#wake(one.nth);
    if (one.kind === 'woken take') await this.#wokenTake(one.nth);
    if (one.kind === 'person') await this.#settle(one.nth, one.accepted);
  }

  /** A run that ends before its deliveries are answered leaves them to the next one. */
  async push(everything: boolean): Promise<void> {
    this.#lost.push(...this.#underWay.splice(0));
    this.#attempts.clear();
    const { runId } = await this.#ledgers.gather(await this.#wanted(everything));
    this.#run = { runId, all: everything };
  }

  /** Within a run the sources are only read again when nothing of it is under way. */
  async #gatherAgain(everything: boolean): Promise<void> {
    const run = this.#run;
    const own = (one: Sent) => one.runId === run?.runId;
    const [sending] = await this.#ledgers.sql<{ any: boolean }[]>`
      SELECT EXISTS (SELECT FROM atobi.deliveries WHERE connection = ${this.#ledgers.connection} AND state = 'sending') AS any`;
    if (run === null || this.#underWay.some(own) || sending?.any) return;
    this.#run = { runId: run.runId, all: run.all || everything };
    await this.#ledgers.gather({ ...(await this.#wanted(run.all || everything)), runId: run.runId });
  }

  async #wanted(everything: boolean) {
    const newest = (await this.#ledgers.journal()).at(-1)?.delivery ?? 0;
    return { all: everything ? { upTo: newest } : null, lease: ++this.#lease };
  }

  async #take(lane: number): Promise<boolean> {
    const run = this.#run;
    if (run === null || this.#underWay.some(({ lease }) => lease === lane)) return false;
    const attempt = this.#attempts.get(`${run.runId}/${lane}`) ?? 1;
    const before = await this.#ledgers.noted();
    const next = await this.#ledgers.take({ runId: run.runId, lease: lane, attempt, trusted: true });
    if (next.step !== 'send') return next.step === 'wait';
    const sent = { ...this.#sentOf(next.sending), runId: run.runId, lease: lane, attempt };
    this.#sent.set(sent.delivery, sent);
    this.#underWay.push(sent);
    await this.#expectReason(sent, before, run.all);
    return true;
  }

  #sentOf({ delivery, body }: Delivery) {
    const { data } = JSON.parse(body) as { data: { user_id: string; elements: { value: string }[] }[] };
    const elements = new Map(data.map(({ user_id, elements: [element] }) => [user_id, element!.value]));
    return { delivery, body, elements, arrived: false };
  }

  /** Nothing is sent that is accepted as it is, or may have arrived, unless the journal says why. */
  async #expectReason(sent: Sent, before: Awaited<ReturnType<Ledgers['noted']>>, everything: boolean): Promise<void> {
    const journal = new Map((await this.#ledgers.journal()).map((row) => [row.delivery, row]));
    const reached = new Set<number>();
    for (let at = journal.get(sent.delivery)?.repeats ?? null; at !== null; at = journal.get(at)?.repeats ?? null) {
      reached.add(at);
    }
    for (const [user, value] of sent.elements) {
      const noted = before[user];
      if (noted?.state === 'accepted' && !everything) expect([user, value]).not.toEqual([user, noted.accepted]);
      expect(this.#underWay.filter(({ elements }) => elements.has(user))).toHaveLength(1);
      for (const { value: had, delivery } of this.#taken.get(user) ?? []) {
        const open =
          journal.get(delivery)?.state === 'unknown' && had === value && delivery > this.#lastKnown(user, journal);
        if (open)
          expect([...reached], `delivery ${sent.delivery} says that it repeats ${delivery}`).toContain(delivery);
      }
    }
  }

  /** The user's newest delivery of which it is known that it arrived. */
  #lastKnown(user: string, journal: ReadonlyMap<number, { state: string }>): number {
    const known = [...this.#sent.values()].filter(
      ({ elements, delivery }) => elements.has(user) && journal.get(delivery)?.state === 'accepted',
    );
    return Math.max(0, ...known.map(({ delivery }) => delivery));
  }

  #arrive(sent: Sent): void {
    if (sent.elements.has(poison)) return;
    sent.arrived = true;
    for (const [user, value] of sent.elements) {
      const had = this.#taken.get(user) ?? [];
      if (had.at(-1)?.value === value) this.doubled += 1;
      this.#taken.set(user, [...had, { value, delivery: sent.delivery }]);
    }
  }

  async #answer(which: number, answered: 'told' | 'failed' | 'cutBefore' | 'cutAfter'): Promise<void> {
    const [sent] = this.#underWay.splice(which % (this.#underWay.length || 1), 1);
    if (sent === undefined) return;
    if (answered === 'told' || answered === 'cutAfter') this.#arrive(sent);
    if (answered === 'failed') return this.#ledgers.answer(sent.runId, sent, failed);
    if (answered !== 'told') return this.#ledgers.answer(sent.runId, sent, unknown);
    await this.#ledgers.answer(sent.runId, sent, sent.arrived ? accepted : refused());
  }

  /** Its activity is tried again: the next of its lane is a newer attempt. */
  #die(which: number, arrived: boolean): void {
    const [sent] = this.#underWay.splice(which % (this.#underWay.length || 1), 1);
    if (sent === undefined) return;
    if (arrived) this.#arrive(sent);
    this.#lost.push(sent);
    this.#attempts.set(`${sent.runId}/${sent.lease}`, sent.attempt + 1);
  }

  /** A worker that only stood still notes its answer late, or that it sent nothing. */
  async #wake(which: number): Promise<void> {
    const [sent] = this.#lost.splice(which % (this.#lost.length || 1), 1);
    if (sent === undefined) return;
    const answer = sent.arrived ? accepted : sent.elements.has(poison) ? refused() : failed;
    await this.#ledgers.answer(sent.runId, sent, answer);
  }

  /** And may not send anything where another has taken over. */
  async #wokenTake(which: number): Promise<void> {
    const sent = this.#lost[which % (this.#lost.length || 1)];
    if (sent === undefined || sent.runId === this.#run?.runId) return;
    await expect(this.#ledgers.take({ ...sent, trusted: true })).rejects.toThrow(/newer/);
  }

  /** A person who says that a transfer was accepted knows it from Atobi; one who wants it sent again may be wrong. */
  async #settle(which: number, saysAccepted: boolean): Promise<void> {
    const open = (await this.#ledgers.journal()).filter(
      ({ state, resolution }) => state === 'unknown' && resolution === null,
    );
    const one = open[which % (open.length || 1)];
    if (one === undefined) return;
    const arrived = this.#sent.get(one.delivery)?.arrived === true;
    const resolution = arrived && saysAccepted ? 'accepted' : 'resend';
    await resolveDelivery(this.#ledgers.sql, one.delivery, resolution).catch((error: Error) => {
      // By now it may have been sent again.
      if (!/sent again as delivery/.test(error.message)) throw error;
    });
  }

  /** Whatever is noted as accepted, the vendor has taken. */
  async check(): Promise<void> {
    for (const [user, { state, accepted: value }] of Object.entries(await this.#ledgers.noted())) {
      if (value !== null)
        expect(
          this.#taken.get(user)?.map((one) => one.value),
          user,
        ).toContain(value);
      if (state === 'accepted') expect(value, user).not.toBeNull();
    }
    const journal = await this.#ledgers.journal();
    for (const { delivery, state } of journal) {
      if (state === 'accepted') expect(this.#sent.get(delivery)?.arrived, `delivery ${delivery}`).toBe(true);
    }
  }

  /** Everything works again: the vendor gets all that it lacks, and has what the sources show. */
  async settleDown(): Promise<void> {
    for (let round = 0; round < 4; round++) {
      await this.push(false);
      while (await this.#take(0)) await this.#answer(0, 'told');
      for (let more = true; more; ) {
        const before = (await this.#ledgers.journal()).filter(({ resolution }) => resolution === null).length;
        await this.#settle(0, true);
        more = (await this.#ledgers.journal()).filter(({ resolution }) => resolution === null).length < before;
      }
    }
    const values = await this.#ledgers.values();
    const noted = await this.#ledgers.noted();
    for (const user of users) {
      expect(noted[user], user).toMatchObject(
        user === poison ? { state: 'aside' } : { state: 'accepted', accepted: values[user] },
      );
      expect(this.#taken.get(user)?.at(-1)?.value, user).toBe(user === poison ? undefined : values[user]);
    }
  }
}

/** A seed that a failed test has printed. */
const replay: number | null = null;
const seed = replay ?? Math.floor(Date.now() / 1000);

/** Declares the tests: so many random sequences for each way of going on after unknown. */
export function playLedgers(numRuns: number): void {
  describe('whatever happens to deliveries, workers and values', () => {
    let ledgers: Ledgers;
    beforeAll(async () => {
      ledgers = await Ledgers.open();
    });

    it.each(['resend', 'hold'] as const)(
      `the store claims nothing that the vendor has not taken, and sends nothing twice without saying why (%s, seed ${seed})`,
      { timeout: 30_000 + numRuns * 5_000 },
      async (onUnknown) => {
        let doubled = 0;
        const property = fc.asyncProperty(happenings, async (happened) => {
          ledgers.sources.fresh({ onUnknown, batchElements: 3 });
          const play = new LedgerPlay(ledgers);
          await play.begin();
          for (const one of happened) {
            await play.play(one);
            await play.check();
          }
          await play.settleDown();
          doubled += play.doubled;
        });
        await fc.assert(property, { numRuns, seed });
        console.log(`${onUnknown}: ${numRuns} sequences, ${doubled} values taken twice`);
      },
    );
  });
}
