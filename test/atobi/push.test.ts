import { afterEach, describe, expect, it } from 'vitest';
import type { World } from '../support/world.ts';
import { atobiWorld, countsOf, fillValues, journalOf, kpiRequests } from './pushing.ts';

let world: World;
afterEach(() => world.close());

describe('a push', () => {
  it('sends every value once, and Atobi has each with its digits', async () => {
    world = await atobiWorld({ batchElements: 40 });
    await world.worker();
    await fillValues(world, 100);
    await world.sql`UPDATE atobi.kpi_values SET value = 12345678901234567.890 WHERE user_id = 'u7'`;
    const receipt = await world.sync();
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    expect(countsOf(receipt)).toMatchObject({
      total: 100,
      fetched: 100,
      created: 100,
      updated: 0,
      unchanged: 0,
      pages: 3,
      requests: 3,
    });
    const accepted = world.sandbox.atobi.accepted();
    expect(accepted).toHaveLength(100);
    expect(accepted.every(({ takenAt }) => takenAt.length === 1)).toBe(true);
    expect(accepted.find(({ userId }) => userId === 'u7')?.value).toBe('12345678901234567.890');
    expect(await journalOf(world)).toMatchObject([
      { state: 'accepted', elements: 40, http: 200, status: 'ok' },
      { state: 'accepted', elements: 40 },
      { state: 'accepted', elements: 20 },
    ]);
  });

  it('asks Atobi for nothing where nothing has changed, and then sends only what has', async () => {
    world = await atobiWorld();
    await world.worker();
    await fillValues(world, 50);
    await world.sync();
    world.sandbox.resetJournal();
    expect(countsOf(await world.sync())).toMatchObject({ unchanged: 50, created: 0, requests: 0 });
    expect(world.sandbox.journal()).toEqual([]);
    await world.sql`UPDATE atobi.kpi_values SET value = value + 1 WHERE user_id IN ('u3', 'u4')`;
    expect(countsOf(await world.sync())).toMatchObject({ unchanged: 48, updated: 2, requests: 1 });
    const twice = world.sandbox.atobi.accepted().filter(({ takenAt }) => takenAt.length === 2);
    expect(twice.map(({ userId, value }) => [userId, value])).toEqual([
      ['u3', '4'],
      ['u4', '5'],
    ]);
  });

  it('sends everything again when a resync is forced', async () => {
    world = await atobiWorld();
    await world.worker();
    await fillValues(world, 30);
    await world.sync();
    const receipt = await world.receipt(await world.resync());
    expect(countsOf(receipt)).toMatchObject({ updated: 30, unchanged: 0 });
    expect(world.sandbox.atobi.accepted().every(({ takenAt }) => takenAt.length === 2)).toBe(true);
  });

  it('is completed with a sentence when there is nothing to send at all', async () => {
    world = await atobiWorld();
    await world.worker();
    const receipt = await world.sync();
    expect(receipt.status).toBe('completed');
    expect(receipt.reasons.join()).toMatch(/nothing to send/);
    expect(kpiRequests(world)).toEqual([]);
  });
});

describe('a refused batch', () => {
  it('is halved until the elements at fault stand alone; they are put aside with the answer, the rest is delivered', async () => {
    world = await atobiWorld({ batchElements: 64 });
    await world.worker();
    await fillValues(world, 500);
    world.sandbox.addFaults({ kind: 'refuse', users: ['u5', 'u77', 'u300'] });
    const receipt = await world.sync();
    expect(receipt.status).toBe('completed');
    expect(countsOf(receipt)).toMatchObject({ total: 500, created: 497, quarantined: 3 });
    expect(world.sandbox.atobi.accepted()).toHaveLength(497);
    const aside = await world.sql`SELECT reason, raw_text FROM sync.quarantine WHERE resolved_at IS NULL ORDER BY id`;
    expect(aside).toHaveLength(3);
    expect(aside[0]?.reason).toMatch(/HTTP 422.*The selected data.0.user_id is invalid/);
    // Each element at fault costs two halves a step at most.
    expect(kpiRequests(world).length).toBeLessThanOrEqual(8 + 3 * 2 * 6);
    world.sandbox.resetJournal();
    // What was refused is not sent again before it changes.
    expect(countsOf(await world.sync())).toMatchObject({ unchanged: 497, quarantined: 3, requests: 0 });
    world.sandbox.clearFaults();
    await world.sql`UPDATE atobi.kpi_values SET value = value + 1000 WHERE user_id = 'u5'`;
    expect(countsOf(await world.sync())).toMatchObject({ unchanged: 497, created: 1, quarantined: 2 });
    const [open] = await world.sql`SELECT count(*)::int AS open FROM sync.quarantine WHERE resolved_at IS NULL`;
    expect(open?.open).toBe(2);
  });
});
