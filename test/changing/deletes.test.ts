import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Run } from '../../src/operations/runs.ts';
import {
  approveDeletesSignal,
  forceResyncSignal,
  pauseSignal,
  progressQuery,
  resumeSignal,
} from '../../src/workflows/messages.ts';
import { differences, none } from '../support/compare.ts';
import { World } from '../support/world.ts';
import { startOver } from './stepping.ts';

const sizes = { projects: 40, credits: 20, utilizations: 0, incentivePrograms: 0 };
type Stream = 'projects' | 'credits';

const listed = (world: World, stream: Stream) => [...world.sandbox.records('incentify', stream)];
const removeFirst = (world: World, stream: Stream, count: number) =>
  world.sandbox.edit('incentify', stream, ...Array.from({ length: count }, () => ({ op: 'delete', at: 0 }) as const));
const insert = (world: World, stream: Stream, texts: string[]) =>
  world.sandbox.edit('incentify', stream, ...texts.map((text) => ({ op: 'insert', text }) as const));
const live = async (world: World, stream: Stream) => {
  const rows = await world.sql.unsafe(`SELECT 1 FROM incentify.${stream} WHERE deleted_at IS NULL`);
  return rows.length;
};
const progress = (run: Run) => run.handle.query(progressQuery);
const shows = (run: Run, status: string) =>
  expect.poll(async () => (await progress(run)).status, { timeout: 10_000, interval: 30 }).toBe(status);

describe('rows that vanish from the source', { timeout: 60_000 }, () => {
  let world: World;
  beforeAll(async () => {
    world = await World.create({ sandbox: { sizes }, connection: { streams: ['projects', 'credits'] } });
    await world.worker();
  });
  beforeEach(async () => {
    await startOver(world);
    expect(await world.sync()).toMatchObject({ status: 'completed' });
  });
  afterAll(() => world.close());

  it('are marked as deleted once a second pass has confirmed it, and revived when they are back', async () => {
    const gone = listed(world, 'projects')[0]!.text;
    removeFirst(world, 'projects', 3);
    const receipt = await world.sync();
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    expect(receipt.streams.projects).toMatchObject({ deleted: 3, pages: 2, unchanged: 74 });
    expect(receipt.streams.credits).toMatchObject({ deleted: 0, pages: 1 });
    expect(await differences(world.sql, world.sandbox, 'projects')).toEqual(none);

    insert(world, 'projects', [gone]);
    const revived = await world.sync();
    expect(revived.streams.projects).toMatchObject({ created: 0, updated: 1, deleted: 0, unchanged: 37 });
    expect(await differences(world.sql, world.sandbox, 'projects')).toEqual(none);
  });

  it('may be ten of twenty: ten rows never need a person', async () => {
    removeFirst(world, 'credits', 10);
    expect(await world.sync()).toMatchObject({ status: 'completed', streams: { credits: { deleted: 10 } } });
  });

  it('that are many wait for a person: eleven of forty; a stale digest, or resume, deletes nothing', async () => {
    removeFirst(world, 'projects', 11);
    const parked = await world.sync();
    expect(parked.status).toBe('parked');
    expect(parked.reasons.join(' ')).toMatch(/11 of 40 rows are missing.*approve-deletes portfolio/);
    // Who comes to it later is told the same at once, and neither hangs nor approves.
    const again = await world.sync();
    expect(again).toMatchObject({ status: 'parked', reasons: parked.reasons });
    expect(await live(world, 'projects')).toBe(40);

    const run = await world.start();
    const { approval } = await progress(run);
    expect(approval).toMatchObject({ stream: 'projects', count: 11, live: 40 });
    await run.handle.signal(approveDeletesSignal, { digest: 'stale' });
    await run.handle.signal(resumeSignal);
    await shows(run, 'parked');
    expect(await live(world, 'projects')).toBe(40);
    await run.handle.signal(approveDeletesSignal, { digest: approval!.digest });
    expect(await run.handle.result()).toMatchObject({ status: 'completed', streams: { projects: { deleted: 11 } } });
    expect(await live(world, 'projects')).toBe(29);
  });

  it('and that are back before a person approved it are kept: a resync looks again and drops the list', async () => {
    const gone = listed(world, 'projects').map(({ text }) => text);
    removeFirst(world, 'projects', 20);
    expect(await world.sync()).toMatchObject({ status: 'parked' });
    const run = await world.start();
    const { approval } = await progress(run);
    insert(world, 'projects', gone.slice(0, 20));
    await run.handle.signal(forceResyncSignal, {});
    await run.handle.signal(approveDeletesSignal, { digest: approval!.digest });
    const receipt = await run.handle.result();
    expect(receipt).toMatchObject({ status: 'completed', streams: { projects: { deleted: 0, total: 40 } } });
    expect(await live(world, 'projects')).toBe(40);
  });

  it('wait on through a pause, and can be approved after it', async () => {
    removeFirst(world, 'projects', 20);
    expect(await world.sync()).toMatchObject({ status: 'parked' });
    const run = await world.start();
    const { approval } = await progress(run);
    await run.handle.signal(pauseSignal);
    await shows(run, 'paused');
    await run.handle.signal(resumeSignal);
    await shows(run, 'parked');
    expect((await progress(run)).approval).toEqual(approval);
    await run.handle.signal(pauseSignal);
    await shows(run, 'paused');
    await run.handle.signal(approveDeletesSignal, { digest: approval!.digest });
    await run.handle.signal(resumeSignal);
    expect(await run.handle.result()).toMatchObject({ status: 'completed', streams: { projects: { deleted: 20 } } });
  });

  it('stay when the run is cancelled that waits for a person, and the next run asks again', async () => {
    removeFirst(world, 'projects', 20);
    expect(await world.sync()).toMatchObject({ status: 'parked' });
    const run = await world.start();
    await run.handle.cancel();
    expect(await world.receipt(run)).toMatchObject({ status: 'cancelled', streams: { projects: { deleted: 0 } } });
    expect(await live(world, 'projects')).toBe(40);
    const next = await world.sync();
    expect(next).toMatchObject({ status: 'parked', streams: { projects: { pages: 1 } } });
  });

  it('are not those whose record does not fit but tells its id', async () => {
    const [first, second] = listed(world, 'projects');
    world.sandbox.edit('incentify', 'projects', { op: 'update', id: first!.id!, set: { created_at: 'soon' } });
    world.sandbox.edit('incentify', 'projects', { op: 'delete', id: second!.id! });
    const receipt = await world.sync();
    expect(receipt).toMatchObject({ status: 'completed', streams: { projects: { deleted: 1, quarantined: 2 } } });
    expect(receipt.reasons).toEqual([expect.stringMatching(/1 record was put aside/)]);
    expect(await live(world, 'projects')).toBe(39);
  });

  it('cannot be told from records without an id, so that none is deleted and it is said', async () => {
    world.sandbox.edit('incentify', 'projects', { op: 'update', at: 0, set: { id: null } });
    const receipt = await world.sync();
    expect(receipt).toMatchObject({ status: 'completed', streams: { projects: { deleted: 0, pages: 1 } } });
    expect(receipt.reasons.join(' ')).toMatch(/1 row was not shown by the source, but 1 of its records told no id/);

    // More rows are gone than records are nameless: some of them are stale, which is no success.
    world.sandbox.edit('incentify', 'projects', { op: 'delete', at: 1 });
    expect(await world.sync()).toMatchObject({ status: 'partial', streams: { projects: { deleted: 0 } } });
    expect(await live(world, 'projects')).toBe(40);
  });
});

describe('the setting confirmDeletes', { timeout: 60_000 }, () => {
  const worldWith = async (confirmDeletes: string) => {
    const world = await World.create({ sandbox: { sizes }, connection: { streams: ['projects'], confirmDeletes } });
    onTestFinished(() => world.close());
    await world.worker();
    expect(await world.sync()).toMatchObject({ status: 'completed' });
    removeFirst(world, 'projects', 2);
    return world;
  };

  it('next-run marks rows as deleted that the run after does not see either, one pass each', async () => {
    const world = await worldWith('next-run');
    const first = await world.sync();
    expect(first).toMatchObject({ status: 'completed', streams: { projects: { deleted: 0, pages: 1 } } });
    expect(first.reasons).toEqual([expect.stringMatching(/2 rows were not shown by the source for the first time/)]);
    const second = await world.sync();
    expect(second).toMatchObject({ status: 'completed', reasons: [], streams: { projects: { deleted: 2, pages: 1 } } });
    expect(await differences(world.sql, world.sandbox, 'projects')).toEqual(none);
  });

  it('off keeps them, and says so each time', async () => {
    const world = await worldWith('off');
    for (const _ of [1, 2]) {
      const receipt = await world.sync();
      expect(receipt).toMatchObject({ status: 'completed', streams: { projects: { deleted: 0, pages: 1 } } });
      expect(receipt.reasons).toEqual([
        expect.stringMatching(/2 rows were not shown.*kept, because confirmDeletes is/),
      ]);
    }
    expect(await live(world, 'projects')).toBe(40);
  });
});
