import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '../../src/operations/runs.ts';
import { forceResyncSignal, pauseSignal, progressQuery, resumeSignal } from '../../src/workflows/messages.ts';
import { downloadsOf, ledgerOf, rowDifferences } from '../support/exports.ts';
import { until } from '../support/waiting.ts';
import { World } from '../support/world.ts';

const slow = 'win-info';
const quick = 'challenges-user-id';
const rows = 20_000;

describe('signals while a file is loading', { timeout: 60_000 }, () => {
  let world: World;
  let results = 0;
  beforeAll(async () => {
    const exports = { [slow]: { rows, results: 0 }, [quick]: { rows: 200, results: 0 } };
    world = await World.create({ system: 'neoday', neoday: { only: [slow, quick], exports } });
    await world.worker();
  });
  afterEach(async () => {
    world.sandbox.clearFaults();
    // A test that failed must not leave its run to the next.
    await world.client.workflow
      .getHandle('sync/games')
      .terminate()
      .catch(() => undefined);
  });
  afterAll(() => world.close());

  /** A run that loads a file of some 3 MB, at 300 kB a second. */
  const loadingSlowly = async () => {
    results += 1;
    const createdAt = new Date(Date.UTC(2025, 0, results)).toISOString();
    const { id } = world.sandbox.neoday.addResult(slow, { createdAt });
    world.sandbox.neoday.addResult(quick, { createdAt });
    world.sandbox.resetJournal();
    world.sandbox.setFaults([
      { kind: 'trickle', steps: ['download'], streams: [slow], bytes: 30_000, everyMs: 100, first: 1 },
    ]);
    const run = await world.start();
    const placeNow = async () => (await ledgerOf(world, slow)).find((entry) => entry.id === id);
    await until('some rows', async () => ((await placeNow())?.rows ?? 0) > 0);
    await until('the other export', async () =>
      (await ledgerOf(world, quick)).every(({ state }) => state === 'loaded'),
    );
    return { run, id, placeNow };
  };
  const statusOf = async (run: Run) => (await run.handle.query(progressQuery)).status;
  const timed = async (work: () => Promise<unknown>) => {
    const begun = Date.now();
    await work();
    return Date.now() - begun;
  };
  const writtenSince = async (table: string, since: string) => {
    const [row] = await world.sql.unsafe<{ count: number }[]>(
      `SELECT count(*)::int FROM neoday.${table} WHERE synced_at > $1`,
      [since],
    );
    return row!.count;
  };
  const now = async () => (await world.sql<{ now: string }[]>`SELECT clock_timestamp()::text AS now`)[0]!.now;

  it('pause keeps the place, and resume asks for no committed byte again', async () => {
    const { run, placeNow } = await loadingSlowly();
    const took = await timed(async () => {
      await run.handle.signal(pauseSignal);
      await until('the pause', async () => (await statusOf(run)) === 'paused');
    });
    expect(took).toBeLessThan(10_000);
    const { rows: before, bytes, state } = (await placeNow())!;
    expect([before > 0, before < rows, state]).toEqual([true, true, 'loading']);
    const [first] = downloadsOf(world, slow);
    expect(first).toMatchObject({ outcome: 'aborted' });
    const [noted] = await world.sql`SELECT status FROM sync.runs WHERE run_id = ${run.id}`;
    expect(noted).toEqual({ status: 'paused' });
    world.sandbox.clearFaults();
    await run.handle.signal(resumeSignal);
    expect(await world.receipt(run)).toMatchObject({ status: 'completed', reasons: [] });
    const [, second, ...more] = downloadsOf(world, slow);
    expect(second).toMatchObject({ rangeStart: bytes, status: 206 });
    expect(more).toEqual([]);
    expect(await rowDifferences(world, slow)).toMatchObject({ missing: 0, extra: 0 });
  });

  it('cancel ends the run with a receipt, and the next run goes on in the file', async () => {
    const { run, placeNow } = await loadingSlowly();
    const took = await timed(async () => {
      await run.handle.cancel();
      expect(await world.receipt(run)).toMatchObject({ status: 'cancelled' });
    });
    expect(took).toBeLessThan(10_000);
    const { bytes } = (await placeNow())!;
    expect(bytes).toBeGreaterThan(0);
    world.sandbox.clearFaults();
    world.sandbox.resetJournal();
    expect(await world.sync()).toMatchObject({ status: 'completed', reasons: [] });
    expect(downloadsOf(world, slow).map(({ rangeStart }) => rangeStart)).toEqual([bytes]);
    expect(await rowDifferences(world, slow)).toMatchObject({ missing: 0, extra: 0 });
  });

  it('forceResync begins the exports named again, once however many came, and writes every row', async () => {
    const { run } = await loadingSlowly();
    const since = await now();
    const wanted = { streams: [slow], reason: 'again' };
    await Promise.all(Array.from({ length: 10 }, () => run.handle.signal(forceResyncSignal, wanted)));
    const receipt = await world.receipt(run);
    expect(receipt).toMatchObject({ status: 'completed', reasons: ['A person asked for a resync: again'] });
    const [, ...again] = downloadsOf(world, slow);
    expect(again.map(({ result }) => result)).toEqual(world.sandbox.neoday.results(slow).map(({ id }) => id));
    expect(again.every(({ rangeStart }) => rangeStart === null)).toBe(true);
    expect(downloadsOf(world, quick)).toHaveLength(1);
    expect(await rowDifferences(world, slow)).toMatchObject({ missing: 0, extra: 0 });
    const [all] = await world.sql`SELECT count(*)::int FROM neoday.win_info`;
    expect(await writtenSince('win_info', since)).toBe(all!.count);
    expect(await writtenSince('challenges_user_id', since)).toBe(0);
  });

  it('forceResync of an idle connection loads every result of the exports named', async () => {
    world.sandbox.resetJournal();
    const since = await now();
    const receipt = await world.receipt(await world.resync([quick]));
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    expect(downloadsOf(world, quick)).toHaveLength(results);
    expect(downloadsOf(world, slow)).toEqual([]);
    const [all] = await world.sql`SELECT count(*)::int FROM neoday.challenges_user_id`;
    expect(await writtenSince('challenges_user_id', since)).toBe(all!.count);
  });

  it('pause takes effect within 10 s also while the vendor lists results slowly', async () => {
    world.sandbox.setFaults([{ kind: 'latency', steps: ['results'], ms: 20_000 }]);
    world.sandbox.resetJournal();
    const run = await world.start();
    await until('the question', () => world.sandbox.journal().some(({ step }) => step === 'results'));
    const took = await timed(async () => {
      await run.handle.signal(pauseSignal);
      await until('the pause', async () => (await statusOf(run)) === 'paused');
    });
    expect(took).toBeLessThan(10_000);
    world.sandbox.clearFaults();
    await run.handle.signal(resumeSignal);
    expect(await world.receipt(run)).toMatchObject({ status: 'completed', reasons: [] });
  });
});
