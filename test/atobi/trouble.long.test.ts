import { afterEach, describe, expect, it } from 'vitest';
import type { World } from '../support/world.ts';
import { countsOf, kpiRequests } from './pushing.ts';
import { batches, begin, expectAllOnce, kpi, lanes, little, pauseAfter429, token, tokenRequests } from './troubles.ts';

let world: World;
afterEach(() => world.close());

describe('a vendor that asks for a pause', () => {
  it.each([
    ['by a date', { retryAfterSeconds: 3, retryAfterAs: 'date' as const }, 1_900],
    ['without a word how long', {}, 4_900],
  ])('%s gets it from the whole connection, and then everything at once', async (_, how, leastMs) => {
    world = await begin({}, { kind: 'status', ...kpi, skip: 3, first: 1, status: 429, ...how });
    expect(await world.sync()).toMatchObject({ status: 'completed', reasons: [] });
    const pause = await pauseAfter429(world);
    expect(pause).toBeGreaterThan(leastMs);
    expect(pause).toBeLessThan(leastMs + 4_000);
    expect(kpiRequests(world)).toHaveLength(batches + 1);
    await expectAllOnce(world);
    const [row] = await world.sql`SELECT failures FROM atobi.budgets`;
    expect(row?.failures).toBe(0);
  });

  it('is waited for also when the request for a token is told so', async () => {
    world = await begin({}, { kind: 'status', ...token, first: 1, status: 429, retryAfterSeconds: 2 });
    expect(await world.sync()).toMatchObject({ status: 'completed', reasons: [] });
    const [refused, next, ...more] = tokenRequests(world);
    expect(next!.receivedAt - refused!.receivedAt).toBeGreaterThan(1_900);
    expect(more).toEqual([]);
    await expectAllOnce(world);
  });
});

describe('a vendor that fails', () => {
  it('at the first contact of six lanes together is not given up for that', async () => {
    world = await begin({ firstContactTries: 2 }, { kind: 'status', ...kpi, first: lanes, status: 500 });
    expect((await world.sync()).status).toBe('completed');
  });

  it('for good whenever a token is asked for ends it as failed, with a sentence', async () => {
    world = await begin({}, { kind: 'status', ...token, status: 500 });
    const receipt = await world.sync();
    expect(receipt.status).toBe('failed');
    expect(receipt.reasons.join(' ')).toMatch(/oauth\/token.*500/);
    expect(tokenRequests(world).length).toBeGreaterThanOrEqual(5);
    expect(tokenRequests(world).length).toBeLessThan(5 + lanes);
    expect(kpiRequests(world)).toEqual([]);
  });

  it('twice when a token is asked for is asked a third time', async () => {
    world = await begin({}, { kind: 'status', ...token, first: 2, status: 500 });
    expect((await world.sync()).status).toBe('completed');
    expect(tokenRequests(world)).toHaveLength(3);
    await expectAllOnce(world);
  });
});

describe('an answer that tells nothing', () => {
  it('for ever ends the push as failed, after few transfers', async () => {
    world = await begin(little, { kind: 'acknowledge', body: 'OK', taken: true });
    const receipt = await world.sync();
    expect(receipt.status).toBe('failed');
    expect(receipt.reasons.join(' ')).toMatch(/no JSON object/);
    expect(countsOf(receipt)?.elements?.unknown).toBeGreaterThan(0);
    expect(kpiRequests(world).length).toBeLessThan(20 * lanes);
  });
});

describe('a token', () => {
  it('that is never accepted parks the push, which names the secret', async () => {
    world = await begin({}, { kind: 'status', ...kpi, status: 401 });
    const receipt = await world.sync();
    expect(receipt.status).toBe('parked');
    expect(receipt.reasons.join(' ')).toContain('STAFF_SECRET');
    expect(kpiRequests(world).length).toBeLessThanOrEqual(12 + lanes);
  });
});
