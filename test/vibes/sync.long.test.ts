import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forceResyncSignal, pauseSignal, progressQuery } from '../../src/workflows/messages.ts';
import { World } from '../support/world.ts';
import { levelsOf, startOver } from './help.ts';

let world: World;
beforeAll(async () => {
  world = await World.create({ system: 'vibes', vibes: { pools: 300 } });
  await world.worker(undefined, { firstContactTries: 5, longestDelayMs: 100 });
});
beforeEach(() => startOver(world));
afterAll(() => world.close());

describe('a sync of pools', { timeout: 60_000 }, () => {
  it('is partial where a list shows a pool twice at every reading', async () => {
    const [first] = [...world.sandbox.records('vibes', 'pools')];
    world.sandbox.edit('vibes', 'pools', { op: 'insert', text: first!.text });
    expect(await world.sync()).toMatchObject({
      status: 'partial',
      reasons: [expect.stringMatching(/pools: .* in 3 passes/)],
      streams: { pools: { asOf: null, pages: 3 } },
    });
    expect(await world.sql`SELECT count(*)::int FROM vibes.pools`).toEqual([{ count: 300 }]);
    expect(await levelsOf(world, 301)).toHaveLength(1);
  });

  it('writes everything again at a forced resync', async () => {
    const { runId } = await world.sync();
    const receipt = await world.receipt(await world.resync());
    expect(receipt.streams.pools).toMatchObject({ updated: 0, unchanged: 300 });
    expect(await world.sql`SELECT DISTINCT run_id FROM vibes.pools`).toEqual([{ run_id: receipt.runId }]);
    expect(receipt.runId).not.toBe(runId);
  });

  it('can be paused and told to begin again before its list has come', async () => {
    world.sandbox.addFaults({ kind: 'hold', first: 1 });
    const run = await world.start();
    await expect.poll(() => world.sandbox.held().length, { timeout: 30_000 }).toBe(1);
    await run.handle.signal(pauseSignal);
    await expect.poll(async () => (await run.handle.query(progressQuery)).status, { timeout: 30_000 }).toBe('paused');
    await run.handle.signal(forceResyncSignal, { reason: 'a test' });
    await run.handle.signal('resume');
    expect(await run.handle.result()).toMatchObject({
      status: 'completed',
      reasons: ['A person asked for a resync: a test'],
      streams: { pools: { created: 300 } },
    });
  });

  it('waits out a pause that the vendor asks for, and an outage', async () => {
    world.sandbox.addFaults(
      { kind: 'status', status: 429, retryAfterSeconds: 1, first: 1 },
      { kind: 'drop', skip: 1, first: 2 },
    );
    expect(await world.sync()).toMatchObject({ status: 'completed', streams: { pools: { created: 300, pages: 1 } } });
  });
});
