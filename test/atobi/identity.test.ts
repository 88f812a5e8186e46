import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type GatherOptions, gatherElements } from '../../src/store/atobi/gather.ts';
import { type ElementKey, elementId, keyText } from '../../src/store/atobi/identity.ts';
import type { ShownElement } from '../../src/store/atobi/staging.ts';
import { claimCursor } from '../../src/store/claim.ts';
import { BodyMeter } from '../../src/vendors/atobi/body.ts';
import { Sources } from './sources.ts';

const key = (changed: Partial<ElementKey> = {}): ElementKey => ({
  kpi: 'device_sales',
  userId: '123',
  locationId: null,
  timestamp: '2026-01-31 00:00:00',
  dateFrom: null,
  dateTo: null,
  ...changed,
});

const idOf = (one: ElementKey, salt = 0) => elementId(keyText(one), salt);

const text = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('1', '', 'null', '","', '[', 'ü'));
const maybe = fc.option(text, { nil: null });
const time = fc.constantFrom('2026-01-01 00:00:00', '2026-01-31 00:00:00', '2026-01-31 23:59:59');
const maybeTime = fc.option(time, { nil: null });
const anyKey = fc.record({
  kpi: text,
  userId: maybe,
  locationId: maybe,
  timestamp: time,
  dateFrom: maybeTime,
  dateTo: maybeTime,
});

describe('the id of an element', () => {
  it('is the same for ever: these were given out', () => {
    expect(idOf(key())).toBe('7825429623297313');
    expect(idOf(key({ userId: null, locationId: '123' }))).toBe('7125779362705903');
    expect(idOf(key({ dateFrom: '2026-01-01 00:00:00', dateTo: '2026-01-31 23:59:59' }))).toBe('2970163073818390');
    expect(idOf(key(), 1)).toBe('1993880815122658');
  });

  it('is a whole number that JSON keeps, from 1 to 2^53 − 1', () => {
    fc.assert(
      fc.property(anyKey, fc.nat(5), (one, salt) => {
        const id = idOf(one, salt);
        expect(Number.isSafeInteger(Number(id)) && Number(id) >= 1).toBe(true);
        expect(String(JSON.parse(id))).toBe(id);
      }),
    );
  });

  it('is equal for equal keys and for no others, whatever their texts are', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (one, other) => {
        const meant = (k: ElementKey) => {
          const hasPeriod = k.dateFrom !== null || k.dateTo !== null;
          return [k.kpi, k.userId, k.locationId, hasPeriod ? [k.dateFrom, k.dateTo] : k.timestamp];
        };
        const same = JSON.stringify(meant(one)) === JSON.stringify(meant(other));
        expect(idOf(one) === idOf(other)).toBe(same);
        expect(idOf({ ...one })).toBe(idOf(one));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is another one for each of 200,000 elements, and for each salt', () => {
    const ids = new Set<string>();
    for (let user = 0; user < 100_000; user++) {
      ids.add(idOf(key({ userId: String(user) })));
      ids.add(idOf(key({ userId: String(user) }), 1));
    }
    expect(ids.size).toBe(200_000);
  });

  it('does not depend on the timestamp where there is a period, and on nothing else where there is none', () => {
    const period = { dateFrom: '2026-01-01 00:00:00', dateTo: null };
    expect(idOf(key({ ...period, timestamp: '2026-02-01 00:00:00' }))).toBe(idOf(key(period)));
    expect(idOf(key({ timestamp: '2026-02-01 00:00:00' }))).not.toBe(idOf(key()));
  });
});

describe('ids that collide', () => {
  let sources: Sources;
  beforeAll(async () => {
    sources = await Sources.open();
  });

  /** So few ids that nearly every element meets another with its own. */
  const few = (key: string, salt: number) => String((Number(elementId(key, salt)) % 40) + 1);
  let sequence = 0;

  async function register(connection: string, elements: readonly ShownElement[]): Promise<Map<string, string>> {
    const runSequence = ++sequence;
    const claim = { runId: `r${runSequence}`, runSequence, lease: 1, attempt: 1, pass: 1 };
    const stream = { connection, stream: 'kpi' };
    const { epoch } = await claimCursor(sources.sql, stream, claim);
    const options: GatherOptions = {
      ...{ ...claim, connection, rewrite: false, all: null, onUnknown: 'resend' as const, batchElements: 500 },
      ...{ batchBytes: 1e6, maxElements: 1000, timeoutMs: 1000, longestWaitMs: 5000, idOf: few },
      meter: (context: string) => new BodyMeter({ type: 't', context }),
    };
    await gatherElements(sources.sql, { ...stream, ...claim, epoch }, options, async (staging) => {
      await staging.add(elements);
      return new Map();
    });
    const rows = await sources.sql<{ id: string; user_id: string }[]>`
      SELECT id::text, user_id FROM atobi.elements WHERE connection = ${connection}`;
    return new Map(rows.map(({ id, user_id }) => [user_id, id]));
  }

  const shown = (user: string): ShownElement => ({
    ...{ ...key({ userId: user }), context: 'c', source: 'values', value: user, units: null },
  });

  it('become different ones, the same in whatever order the elements came, and stay for ever', async () => {
    const users = Array.from({ length: 20 }, (_, index) => String(index));
    const rounds: Map<string, string>[] = [];
    for (const [round, order] of [users, users.toReversed()].entries()) {
      const first = await register(`order-${round}`, order.map(shown));
      expect(new Set(first.values()).size).toBe(20);
      expect(await register(`order-${round}`, order.toReversed().map(shown))).toEqual(first);
      rounds.push(first);
    }
    expect(rounds[1]).toEqual(rounds[0]);
    const moved = [...(rounds[0] ?? [])].filter(([user, id]) => id !== few(keyText(shown(user)), 0));
    expect(moved.length).toBeGreaterThan(2);
  });

  it('never take an id away from an element that has it', async () => {
    const users = Array.from({ length: 12 }, (_, index) => String(index));
    const before = await register('grows', users.slice(6).map(shown));
    const after = await register('grows', users.map(shown));
    expect(new Set(after.values()).size).toBe(12);
    for (const [user, id] of before) expect(after.get(user)).toBe(id);
    expect(await register('grows', users.slice(0, 6).map(shown))).toEqual(after);
  });

  it('are none of another database’s business: a restored one gives the same', async () => {
    const users = Array.from({ length: 8 }, (_, index) => String(index));
    const before = await register('restored', users.map(shown));
    await sources.sql`DELETE FROM atobi.elements WHERE connection = 'restored'`;
    expect(await register('restored', users.toReversed().map(shown))).toEqual(before);
  });
});
