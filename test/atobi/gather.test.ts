import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LeaseLostError } from '../../src/errors.ts';
import { kpi, Sources } from './sources.ts';

let sources: Sources;
beforeAll(async () => {
  sources = await Sources.open();
});
beforeEach(() => sources.fresh());

describe('gathering from atobi.kpi_values', () => {
  it('sends what is new, then nothing, then only what differs; rows that are equal are not touched', async () => {
    await sources.put({ user: 'a', value: '1' }, { user: 'b', value: '100' }, { user: 'c', value: '3', units: 'Eur' });
    const first = await sources.gather();
    expect(first).toMatchObject({ toSend: 3, batches: 1, approval: null, remarks: [] });
    const nothing = { unchanged: 0, held: 0, aside: 0, unfit: 0, vanished: 0, failure: null };
    expect(first.streams).toEqual([{ stream: 'sales', context: 'sales', gathered: 3, toSend: 3, ...nothing }]);
    await sources.accept(first.runId);

    const before = await sources.elements();
    const second = await sources.gather();
    expect(second).toMatchObject({ toSend: 0, batches: 0, streams: [{ gathered: 3, unchanged: 3 }] });
    expect(await sources.elements()).toEqual(before);

    await sources.put({ user: 'b', value: '100.00' }, { user: 'c', value: '3', units: 'Usd' });
    await sources.put({ user: 'a', value: '1.5' });
    const third = await sources.gather();
    expect(await sources.planned(third.runId)).toMatchObject([{ users: ['a', 'c'], context: 'sales' }]);
    expect(third.streams).toMatchObject([{ gathered: 3, unchanged: 1, toSend: 2 }]);
    expect((await sources.elements())[1]).toEqual(before[1]);
  });

  it('keeps every digit, and takes another timestamp of the same period for no difference', async () => {
    const period = { from: '2026-03-01 00:00:00+01', to: '2026-03-31 23:59:59+01' };
    await sources.put({ value: '12345678901234567890.10', ...period }, { user: '2', value: '-0.50' });
    const { runId } = await sources.gather();
    expect((await sources.elements()).map(({ value }) => value)).toEqual(['12345678901234567890.10', '-0.50']);
    await sources.accept(runId);
    await sources.put({ value: '12345678901234567890.1', ...period, timestamp: '2026-04-02 00:00:00+00' });
    expect(await sources.gather()).toMatchObject({ toSend: 0, streams: [{ gathered: 2, unchanged: 2 }] });
  });

  it('takes context and units from the configuration, else from the row, else the KPI’s name', async () => {
    sources.configure({ kpis: [kpi('named', { context: 'group', units: 'Pcs' })] });
    await sources.put(
      { kpi: 'named', context: 'ignored', value: '1' },
      { kpi: 'named', user: '2', value: '2', units: 'Eur' },
      { kpi: 'other', context: 'own', value: '3' },
      { kpi: 'plain', value: '4' },
    );
    const { runId, streams } = await sources.gather();
    expect(await sources.planned(runId)).toMatchObject([
      { context: 'group', users: ['1', '2'] },
      { context: 'own' },
      { context: 'plain' },
    ]);
    expect((await sources.elements()).map(({ units }) => units)).toEqual(['Pcs', 'Eur', null, null]);
    expect(streams.map(({ stream }) => stream)).toEqual(['named', 'other', 'plain']);
  });

  it('puts aside what cannot be sent, and closes the entry once it is mended', async () => {
    await sources.put(
      { user: 'long', value: '1'.repeat(65) },
      { user: 'never', value: '1', timestamp: 'infinity' },
      { user: ' blank', value: '1' },
      { user: 'good', value: '1' },
    );
    const { streams } = await sources.gather();
    expect(streams).toMatchObject([{ gathered: 4, aside: 3, toSend: 1 }]);
    const entries = await sources.quarantined();
    expect(entries.map(({ stream, path, reason }) => `${stream}: ${path} ${reason}`).toSorted()).toEqual([
      'sales: timestamp is no date and time: write YYYY-MM-DD, or YYYY-MM-DD HH:MM:SS with its zone or in UTC',
      'sales: user_id must have 1 to 200 characters, without blanks around them',
      'sales: value has 65 characters, more than the 64 that are sent',
    ]);
    const long = entries.find(({ path }) => path === 'value');
    expect(JSON.parse(long?.raw_text ?? '')).toMatchObject({ kpi: 'sales', user_id: 'long', value: '1'.repeat(65) });

    await sources.put({ user: 'long', value: '7' });
    await sources.remove('sales', ' blank');
    expect((await sources.gather()).streams).toMatchObject([{ gathered: 3, aside: 1, toSend: 2 }]);
    expect((await sources.quarantined()).map(({ path }) => path)).toEqual(['timestamp']);
  });

  it('puts every version of a contradiction aside, and takes equal doubles for one', async () => {
    // A subject that is empty and one that is missing are two rows, but one subject; so are two moments of one second.
    const at = (fraction: string) => `2026-03-01 00:00:00.${fraction}+00`;
    await sources.put(
      { user: 'a', value: '1', timestamp: at('1') },
      { user: 'a', value: '2', timestamp: at('2') },
      { user: 'b', value: '5', timestamp: at('1') },
      { user: 'b', value: '5.0', location: '', timestamp: at('1') },
      { user: 'c', value: '5' },
      { user: 'c', value: '5', units: 'Eur', location: '' },
    );
    const { streams, runId } = await sources.gather();
    expect(streams).toMatchObject([{ gathered: 5, aside: 4, toSend: 1 }]);
    expect(await sources.planned(runId)).toMatchObject([{ users: ['b'] }]);
    const entries = await sources.quarantined();
    expect(entries.map(({ raw_text }) => JSON.parse(raw_text).user_id).toSorted()).toEqual(['a', 'a', 'c', 'c']);
    expect(new Set(entries.map(({ reason }) => reason))).toEqual(
      new Set(['The same KPI, subject and period come 2 times with different values or units: leave one']),
    );
  });

  it('tells once what vanished from its source, and forgets it when it comes back', async () => {
    await sources.put({ user: 'a', value: '1' }, { user: 'b', value: '2' }, { kpi: 'bonus', value: '3' });
    const { runId } = await sources.gather();
    await sources.accept(runId);
    await sources.remove('sales', 'a');
    await sources.remove('bonus', '1');

    const gone = await sources.gather({ runId: 'gone', runSequence: 1e6 });
    expect(gone.streams).toMatchObject([
      { stream: 'bonus', gathered: 0, vanished: 1 },
      { stream: 'sales', gathered: 1, vanished: 1, unchanged: 1 },
    ]);
    expect(gone.remarks).toEqual([
      'bonus: 1 value that the source showed before is gone from it. Atobi still has what was sent; it knows no delete.',
      'sales: 1 value that the source showed before is gone from it. Atobi still has what was sent; it knows no delete.',
    ]);
    // The answer of an attempt can be lost on its way: the next one of the same run says the same.
    const again = await sources.gather({ runId: 'gone', runSequence: 1e6, attempt: 2 });
    expect({ ...again, runId: 'gone' }).toEqual(gone);
    const later = await sources.gather({ runSequence: 1e6 + 1 });
    expect(later).toMatchObject({ remarks: [], streams: [{ stream: 'sales', vanished: 0 }] });

    await sources.put({ user: 'a', value: '1' });
    const back = await sources.gather({ runSequence: 1e6 + 2 });
    expect(back).toMatchObject({ toSend: 0, streams: [{ gathered: 2, unchanged: 2, vanished: 0 }] });
    expect((await sources.elements()).map(({ user_id, vanished }) => [user_id, vanished])).toEqual([
      ['1', true],
      ['a', false],
      ['b', false],
    ]);
  });

  it('says nothing of what vanished where a row does not tell which element it is', async () => {
    await sources.put({ user: 'a', value: '1' }, { user: 'b', value: '2' });
    await sources.accept((await sources.gather()).runId);
    await sources.remove('sales', 'a');
    await sources.put({ user: 'a', value: '1', timestamp: '-infinity' });
    expect((await sources.gather()).streams).toMatchObject([{ gathered: 2, aside: 1, unchanged: 1, vanished: 0 }]);
    // One whose value alone is wrong is there.
    await sources.sql`DELETE FROM atobi.kpi_values WHERE connection = ${sources.connection.name}`;
    await sources.put({ user: 'a', value: '1'.repeat(65) });
    expect((await sources.gather()).streams).toMatchObject([{ gathered: 1, aside: 1, vanished: 1 }]);
    expect((await sources.elements()).map(({ vanished }) => vanished)).toEqual([false, true]);
  });

  it('looks at the KPIs alone that a run was asked for', async () => {
    await sources.put({ kpi: 'one', value: '1' }, { kpi: 'two', value: '2' });
    await sources.accept((await sources.gather()).runId);
    await sources.put({ kpi: 'one', value: '5' }, { kpi: 'two', value: '6' });
    await sources.remove('two', '1');
    const asked = await sources.gather({ streams: ['one', 'three'] });
    expect(asked.streams).toMatchObject([
      { stream: 'one', toSend: 1 },
      { stream: 'three', gathered: 0 },
    ]);
    expect(asked.streams.find(({ stream }) => stream === 'three')?.failure).toMatch(/no source shows a value/);
    expect((await sources.elements()).map(({ vanished }) => vanished)).toEqual([false, false]);
  });

  it('writes nothing for an attempt that a newer one has overtaken, whatever it had read', async () => {
    await sources.put({ value: '1' });
    const newest = await sources.gather({ attempt: 2, runId: 'same', runSequence: 2e6 });
    const before = await sources.elements();
    await sources.put({ value: '2' });
    const old = sources.gather({ attempt: 1, runId: 'same', runSequence: 2e6 });
    await expect(old).rejects.toThrow(LeaseLostError);
    // Overtaken while it reads: the newer one begins and ends inside the query of the older.
    sources.configure({
      kpis: [kpi('slow', { query: 'SELECT 1 AS user_id, 1 AS value, now() AS timestamp FROM pg_sleep(1)' })],
    });
    const slow = expect(sources.gather({ attempt: 3, runId: 'same', runSequence: 2e6 })).rejects.toThrow(
      LeaseLostError,
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    sources.configure({ kpis: [] });
    await sources.remove('sales', '1');
    await sources.put({ value: '1' });
    await sources.gather({ attempt: 4, runId: 'same', runSequence: 2e6 });
    await slow;
    expect(await sources.elements()).toEqual(before);
    expect(await sources.planned('same')).toMatchObject([{ users: ['1'] }]);
    expect(newest.toSend).toBe(1);
  });

  it('reads 20,000 rows some thousand at a time', async () => {
    await sources.sql`
      INSERT INTO atobi.kpi_values (connection, kpi, user_id, value, "timestamp")
      SELECT ${sources.connection.name}, 'many', n::text, n, '2026-03-01' FROM generate_series(1, 20000) AS n`;
    expect(await sources.gather()).toMatchObject({ toSend: 20_000, batches: 40, approval: null });
  });
});

describe('what became of elements before', () => {
  /** As the journal leaves them. */
  async function become(state: string, user: string, delivery: number | null = null): Promise<void> {
    await sources.sql`
      UPDATE atobi.elements SET state = ${state}, delivery = coalesce(${delivery}, delivery),
        refused_value = CASE WHEN ${state} = 'aside' THEN value END, refused_units = CASE WHEN ${state} = 'aside' THEN units END
      WHERE connection = ${sources.connection.name} AND user_id = ${user}`;
  }

  async function everyState(): Promise<void> {
    const users = ['accepted', 'aside', 'new', 'refused', 'unknown1', 'unknown2', 'unknown3'];
    await sources.put(...users.map((user) => ({ user, value: '1' })));
    const { runId } = await sources.gather();
    await sources.accept(runId);
    await become('aside', 'aside', 1);
    await become('new', 'new');
    await become('refused', 'refused', 2);
    for (const [user, delivery] of [
      ['unknown1', 4],
      ['unknown2', 3],
      ['unknown3', 4],
    ] as const) {
      await become('unknown', user, delivery);
    }
  }

  const ordinary = 'new, changed, or not accepted before';
  const doubtful = (delivery: number) => `sent again, because what became of delivery ${delivery} is unknown`;

  it('decides what is sent; what may have arrived has batches of its own that say why', async () => {
    await everyState();
    const { runId, streams } = await sources.gather();
    expect(streams).toMatchObject([{ gathered: 7, unchanged: 1, aside: 1, held: 0, toSend: 5 }]);
    expect(await sources.planned(runId)).toEqual([
      { context: 'sales', users: ['unknown2'], repeats: '3', why: doubtful(3) },
      { context: 'sales', users: ['unknown1', 'unknown3'], repeats: '4', why: doubtful(4) },
      { context: 'sales', users: ['new', 'refused'], repeats: null, why: ordinary },
    ]);
  });

  it('keeps what may have arrived back where a person is to decide', async () => {
    sources.configure({ onUnknown: 'hold' });
    await everyState();
    for (const all of [null, { upTo: 1e9 }]) {
      const { runId, streams, remarks } = await sources.gather({ all });
      expect(streams).toMatchObject([{ gathered: 7, held: 3, aside: 1 }]);
      expect((await sources.planned(runId)).flatMap(({ users }) => users)).not.toContain('unknown1');
      expect(remarks).toEqual([
        'sales: of 3 values it is not known whether Atobi has them; `incentive-sync kpi resolve` says how to go on.',
      ]);
    }
  });

  it('does not keep anything back but what is aside where all is to be sent', async () => {
    await everyState();
    const { runId, streams } = await sources.gather({ all: { upTo: 1e9 } });
    expect(streams).toMatchObject([{ gathered: 7, unchanged: 0, aside: 1, toSend: 6 }]);
    const again = 'sent again, because everything was to be';
    expect((await sources.planned(runId)).map(({ users, why }) => [users, why])).toEqual([
      [['accepted'], again],
      [['unknown2'], doubtful(3)],
      [['unknown1', 'unknown3'], doubtful(4)],
      [['new', 'refused'], ordinary],
    ]);
  });

  it('sends what was put aside once its value or units differ', async () => {
    await everyState();
    await sources.put({ user: 'aside', value: '1', units: 'Eur' });
    const { runId } = await sources.gather();
    expect((await sources.planned(runId)).at(-1)?.users).toEqual(['aside', 'new', 'refused']);
    await sources.put({ user: 'aside', value: '1.0' });
    expect((await sources.gather()).streams).toMatchObject([{ aside: 1 }]);
  });

  it('leaves the vendor’s refusals in quarantine while they stand, and closes them when the element is gone', async () => {
    await everyState();
    await sources.sql`
      INSERT INTO sync.quarantine (connection, stream, record_id, content_hash, path, reason, page, run_id, last_seen_at)
      SELECT connection, kpi, id, gen_random_uuid(), '', 'Atobi refused it', 0, 'r', now() - interval '1 day'
      FROM atobi.elements WHERE connection = ${sources.connection.name} AND state = 'aside'`;
    await sources.gather();
    expect(await sources.quarantined()).toHaveLength(1);
    await sources.remove('sales', 'aside');
    await sources.gather();
    expect(await sources.quarantined()).toEqual([]);
  });

  it('calls a delivery that a dead worker left behind unknown, and sends it again by name', async () => {
    await sources.put({ user: 'a', value: '1' }, { user: 'b', value: '1' });
    const { runId } = await sources.gather();
    await sources.accept(runId);
    const [left] = await sources.sql<{ delivery: string }[]>`
      UPDATE atobi.deliveries SET state = 'sending' WHERE run_id = ${runId} RETURNING delivery::text`;
    for (const user of ['a', 'b']) await become('sending', user);
    const next = await sources.gather();
    expect(await sources.planned(next.runId)).toEqual([
      { context: 'sales', users: ['a', 'b'], repeats: left?.delivery, why: doubtful(Number(left?.delivery)) },
    ]);
    expect([...(await sources.sql`SELECT state FROM atobi.deliveries WHERE run_id = ${runId}`)]).toEqual([
      { state: 'unknown' },
    ]);
  });
});
