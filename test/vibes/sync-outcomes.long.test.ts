import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { approveDeletesSignal, progressQuery } from '../../src/workflows/messages.ts';
import { World } from '../support/world.ts';
import { differences, levelsOf, none, startOver } from './help.ts';

let world: World;
beforeAll(async () => {
  world = await World.create({ system: 'vibes', vibes: { pools: 300 } });
  await world.worker(undefined, { firstContactTries: 5, longestDelayMs: 100 });
});
beforeEach(() => startOver(world));
afterAll(() => world.close());

const remove = (count: number) =>
  world.sandbox.edit('vibes', 'pools', ...Array.from({ length: count }, () => ({ op: 'delete', at: 0 }) as const));

describe('a sync of pools', { timeout: 60_000 }, () => {
  it('notes a level only where one has changed', async () => {
    await world.sync();
    const [before] = await levelsOf(world, 305);
    world.sandbox.vibes.issue(305, 7);
    expect((await world.sync()).streams.pools).toMatchObject({ updated: 1, unchanged: 299 });
    world.sandbox.vibes.refill(305, 50);
    world.sandbox.vibes.change(306, { name: 'Another name' });
    expect((await world.sync()).streams.pools).toMatchObject({ updated: 2, unchanged: 298 });
    await world.sync();
    const { total, issued, remaining, threshold } = before!;
    expect(await levelsOf(world, 305)).toEqual([
      before,
      { total, issued: issued + 7, remaining: remaining - 7, threshold },
      { total: total + 50, issued: issued + 7, remaining: remaining + 43, threshold },
    ]);
    expect(await levelsOf(world, 306)).toHaveLength(1);
  });

  it('marks pools that vanish as deleted once a second pass has confirmed it, and revives them', async () => {
    await world.sync();
    const [gone] = [...world.sandbox.records('vibes', 'pools')];
    remove(10);
    const receipt = await world.sync();
    expect(receipt).toMatchObject({ status: 'completed', streams: { pools: { total: 290, deleted: 10, pages: 2 } } });
    expect(await differences(world)).toEqual(none);
    world.sandbox.edit('vibes', 'pools', { op: 'insert', text: gone!.text });
    expect((await world.sync()).streams.pools).toMatchObject({ updated: 1, created: 0, deleted: 0 });
    expect(await differences(world)).toEqual(none);
  });

  it('waits for a person where many pools are missing, as an empty list says', async () => {
    await world.sync();
    remove(300);
    const run = await world.start();
    expect(await world.receipt(run)).toMatchObject({
      status: 'parked',
      reasons: [expect.stringMatching(/pools: 300 of 300 rows are missing .* approve-deletes coupons/)],
    });
    expect(await world.sql`SELECT count(*)::int FROM vibes.pools WHERE deleted_at IS NOT NULL`).toEqual([{ count: 0 }]);
    const { approval } = await run.handle.query(progressQuery);
    await run.handle.signal(approveDeletesSignal, { digest: approval!.digest });
    expect(await run.handle.result()).toMatchObject({ status: 'completed', streams: { pools: { deleted: 300 } } });
  });

  it('does not take a pool for missing whose record does not fit: it is put aside and its row stays', async () => {
    await world.sync();
    world.sandbox.edit('vibes', 'pools', { op: 'update', id: 301, set: { name: 7 } });
    world.sandbox.vibes.issue(301, 1);
    expect(await world.sync()).toMatchObject({
      status: 'completed',
      reasons: [expect.stringMatching(/1 record was put aside/)],
      streams: { pools: { quarantined: 1, deleted: 0 } },
    });
    expect(await world.sql`SELECT record_id::int AS id, path, reason FROM sync.quarantine`).toEqual([
      { id: 301, path: 'name', reason: 'must be text' },
    ]);
    expect(await levelsOf(world, 301)).toHaveLength(1);
    world.sandbox.edit('vibes', 'pools', { op: 'update', id: 301, set: { name: 'Text again' } });
    expect(await world.sync()).toMatchObject({ status: 'completed', reasons: [] });
    expect(await levelsOf(world, 301)).toHaveLength(2);
    expect(await differences(world)).toEqual(none);
  });

  it('parks while the password is refused, says which it is, and goes on when it is right', async () => {
    world.sandbox.addFaults({ kind: 'allow-list', first: 1 });
    const run = await world.start();
    expect(await world.receipt(run)).toMatchObject({
      status: 'parked',
      reasons: [expect.stringMatching(/allow-list; then the password is not to blame.*resume coupons/s)],
    });
    await run.handle.signal('resume');
    expect(await run.handle.result()).toMatchObject({ status: 'completed', reasons: [] });
  });

  it.each([
    ['an object', { kind: 'no-list' }, /sent an object where the vendor documents a list/],
    ['a web page', { kind: 'html' }, /HTML page/],
  ] as const)('fails where the list is %s, with every row left alone', async (_, fault, reason) => {
    await world.sync();
    world.sandbox.addFaults({ ...fault });
    expect(await world.sync()).toMatchObject({ status: 'failed', reasons: [expect.stringMatching(reason)] });
    expect(await world.sql`SELECT count(*)::int FROM vibes.pools WHERE deleted_at IS NULL`).toEqual([{ count: 300 }]);
  });
});
