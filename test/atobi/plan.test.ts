import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Sources, type Value } from './sources.ts';

let sources: Sources;
beforeAll(async () => {
  sources = await Sources.open();
});
beforeEach(() => sources.fresh());

const users = (count: number, value = '1'): Value[] =>
  Array.from({ length: count }, (_, index) => ({ user: String(index).padStart(3, '0'), value }));

interface Body {
  context: string;
  data: { user_id?: string; location_id?: string; elements: { id: number; kpi: string; value: string }[] }[];
}

const elementsOf = (body: string) => (JSON.parse(body) as Body).data.flatMap(({ elements }) => elements);

describe('a plan', () => {
  it('cuts by context and batchElements, ordered by KPI, subject and period', async () => {
    sources.configure({ batchElements: 2 });
    await sources.put(
      { kpi: 'b', context: 'x', user: '2', value: '1' },
      { kpi: 'b', context: 'x', user: '1', value: '1', from: '2026-02-01Z' },
      { kpi: 'b', context: 'x', user: '1', value: '2', from: '2026-01-01Z' },
      { kpi: 'a', context: 'x', user: null, location: '9', value: '1' },
      { kpi: 'c', context: 'y', value: '1' },
    );
    const { runId, toSend, batches } = await sources.gather();
    expect([toSend, batches]).toEqual([5, 3]);
    expect((await sources.planned(runId)).map((batch) => [batch.context, batch.users])).toEqual([
      ['x', ['9', '1']],
      ['x', ['1', '2']],
      ['y', ['1']],
    ]);
    const [first = '', second = ''] = (await sources.dryRun()).bodies;
    expect(elementsOf(first).map(({ kpi, value }) => [kpi, value])).toEqual([
      ['a', '1'],
      ['b', '2'],
    ]);
    expect(elementsOf(second).map(({ value }) => value)).toEqual(['1', '1']);
  });

  it('fills bodies up to batchBytes and never beyond, whatever is in them', { timeout: 60_000 }, async () => {
    const text = fc.oneof(fc.stringMatching(/^[a-z"ü]{1,30}$/), fc.constantFrom('a', 'b'));
    const value = fc.record({
      user: text,
      location: fc.option(text, { nil: null }),
      units: fc.option(text, { nil: null }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(value, { selector: ({ user, location }) => `${user}|${location}`, minLength: 1, maxLength: 30 }),
        fc.integer({ min: 300, max: 1500 }),
        fc.integer({ min: 1, max: 8 }),
        async (values, batchBytes, batchElements) => {
          sources.fresh({ batchBytes, batchElements });
          await sources.put(...values.map((one) => ({ ...one, value: '12.50' })));
          const { bodies, elements, requests, bytes } = await sources.dryRun();
          const sizes = bodies.map((body) => Buffer.byteLength(body));
          const inside = bodies.map((body) => elementsOf(body).length);
          expect(Math.max(...sizes)).toBeLessThanOrEqual(batchBytes);
          expect(Math.max(...inside)).toBeLessThanOrEqual(batchElements);
          expect([requests, bytes]).toEqual([bodies.length, sizes.reduce((sum, size) => sum + size, 0)]);
          expect(new Set(bodies.flatMap((body) => elementsOf(body).map(({ id }) => id))).size).toBe(values.length);
          expect(elements).toBe(values.length);
          // None but the last has room for what the next begins with.
          for (const [index, body] of bodies.slice(1).entries()) {
            const [first] = elementsOf(body);
            const room = batchBytes - (sizes[index] ?? 0);
            const full = inside[index] === batchElements || room < JSON.stringify(first).length + 200;
            expect(full).toBe(true);
          }
        },
      ),
      { numRuns: 25, seed: 20260301 },
    );
  });

  it('puts an element aside that is too large alone, and sends it when it is allowed and replayed', async () => {
    sources.configure({ batchBytes: 1_000 });
    await sources.put({ user: 'small', value: '1' }, { user: 'large', value: '1', units: 'ü'.repeat(500) });
    const { streams, runId } = await sources.gather();
    expect(streams).toMatchObject([{ gathered: 2, toSend: 1, aside: 1 }]);
    expect(await sources.planned(runId)).toMatchObject([{ users: ['small'] }]);
    const [entry] = await sources.quarantined();
    expect(entry?.reason).toMatch(
      /^A body with this element alone has 1\d\d\d bytes, more than batchBytes \(1000\) allows: raise it/,
    );
    await sources.gather();
    expect(await sources.quarantined()).toHaveLength(1);
    sources.configure({ batchBytes: 10_000 });
    expect(await sources.gather()).toMatchObject({ toSend: 1, streams: [{ aside: 1 }] });
    // As a replay leaves it.
    await sources.sql`UPDATE atobi.elements SET state = 'refused' WHERE state = 'aside'`;
    expect(await sources.gather()).toMatchObject({ toSend: 2, streams: [{ aside: 0 }] });
  });

  it('takes the place of an earlier run’s, whose batches nobody sends any more', async () => {
    await sources.put(...users(3));
    const first = await sources.gather();
    const second = await sources.gather();
    expect(await sources.planned(first.runId)).toEqual([]);
    expect(await sources.planned(second.runId)).toHaveLength(1);
    const [push] =
      await sources.sql`SELECT elements, batches, streams FROM atobi.pushes WHERE run_id = ${second.runId}`;
    expect(push).toMatchObject({ elements: 3, batches: 1, streams: [{ stream: 'sales', toSend: 3 }] });
  });
});

describe('a push that is unusually large', () => {
  async function pushOf(count: number, value: string): Promise<void> {
    await sources.put(...users(count, value));
    await sources.accept((await sources.gather()).runId);
  }

  it('waits for a person where it has more than maxElements, the first one too', async () => {
    sources.configure({ maxElements: 5 });
    await sources.put(...users(6));
    expect((await sources.gather()).approval).toEqual({
      reason: 'This push would send 6 elements, more than maxElements (5)',
      count: 6,
    });
    expect((await sources.gather({ all: { upTo: 1e9 } })).approval).toMatchObject({ count: 6 });
    sources.configure({ maxElements: 6 });
    expect((await sources.gather()).approval).toBeNull();
  });

  it('waits where it has more than ten times the largest of the last ten, and more than ten', async () => {
    await pushOf(2, '1');
    await pushOf(1, '2');
    await sources.put(...users(20, '3'));
    expect((await sources.gather()).approval).toBeNull();
    await sources.put(...users(21, '3'));
    const asks = await sources.gather();
    expect(asks.approval).toEqual({
      reason: 'This push would send 21 elements; the largest of the last 10 sent 2',
      count: 21,
    });
    // It was not sent, so it tells nothing about what is usual; nor does one with nothing to send.
    expect((await sources.gather()).approval).not.toBeNull();
    expect((await sources.gather({ all: { upTo: 1e9 } })).approval).toBeNull();
    await sources.accept(asks.runId);
  });

  it('does not ask again once a person has said that it may go', async () => {
    sources.configure({ maxElements: 1 });
    await sources.put(...users(2));
    const asked = await sources.gather({ runId: 'approved', runSequence: 3e6 });
    expect(asked.approval).not.toBeNull();
    await sources.sql`UPDATE atobi.pushes SET approved = true WHERE run_id = 'approved'`;
    expect((await sources.gather({ runId: 'approved', runSequence: 3e6, lease: 2 })).approval).toBeNull();
  });

  it('does not ask for ten elements or fewer, however few the others had', async () => {
    await pushOf(1, '1');
    await sources.put(...users(10, '2'));
    expect((await sources.gather()).approval).toBeNull();
    await sources.put(...users(11, '2'));
    expect((await sources.gather()).approval).not.toBeNull();
  });
});

describe('a dry run', () => {
  it('hands out the bodies that the push would send, and changes nothing', async () => {
    sources.configure({ batchElements: 3, requestsPerMinute: 2 });
    await sources.put(...users(10));
    await sources.put({ user: 'bad', value: '1'.repeat(70) });
    const dry = await sources.dryRun();
    expect(dry).toMatchObject({ requests: 4, elements: 10, seconds: 120, streams: [{ aside: 1, toSend: 10 }] });
    expect(await sources.elements()).toEqual([]);
    expect(await sources.quarantined()).toEqual([]);
    const left = await sources.sql`
      SELECT (SELECT count(*) FROM atobi.batches WHERE connection = ${sources.connection.name})::int AS batches,
        (SELECT count(*) FROM atobi.pushes WHERE connection = ${sources.connection.name})::int AS pushes,
        (SELECT count(*) FROM sync.cursors WHERE connection = ${sources.connection.name})::int AS cursors`;
    expect([...left]).toEqual([{ batches: 0, pushes: 0, cursors: 0 }]);

    const { runId } = await sources.gather();
    const ids = await sources.sql<{ ids: string[] }[]>`
      SELECT to_json(element_ids::text[]) AS ids FROM atobi.batches WHERE run_id = ${runId} ORDER BY batch`;
    expect(dry.bodies.map((body) => elementsOf(body).map(({ id }) => String(id)))).toEqual(ids.map((row) => row.ids));
    expect((await sources.dryRun()).bodies).toEqual(dry.bodies);
    await sources.accept(runId);
    expect(await sources.dryRun()).toMatchObject({ requests: 0, elements: 0, seconds: 0, bodies: [] });
    expect(await sources.dryRun(true)).toMatchObject({ requests: 4, bodies: dry.bodies });
  });
});
