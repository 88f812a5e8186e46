import { afterEach, describe, expect, it } from 'vitest';
import type { Patience } from '../../src/activities/failure.ts';
import type { Fault } from '../../src/sandbox/sandbox.ts';
import { disagreements, takenTwice, truthOf } from '../support/push-truth.ts';
import type { World } from '../support/world.ts';
import { atobiWorld, countsOf, fillValues, journalOf, kpiRequests } from './pushing.ts';

const elements = 120;
const batches = 12;
const lanes = 6;
const kpi = { system: 'atobi', steps: ['kpi'] };
const token = { system: 'atobi', steps: ['token'] };
/** A vendor that stays away is given up within seconds. */
const little: Partial<Patience> = { tries: 3, unavailableMs: 1_500, longestDelayMs: 300 };

let world: World;
afterEach(() => world.close());

async function begin(patience: Partial<Patience> = {}, ...faults: Fault[]): Promise<void> {
  world = await atobiWorld({ batchElements: elements / batches }, { latencyMs: 20 });
  await world.worker(undefined, patience);
  await fillValues(world, elements);
  world.sandbox.setFaults(faults);
}

const tokenRequests = () => world.sandbox.journal({ system: 'atobi' }).filter(({ step }) => step === 'token');

/** Milliseconds without a request after the first answer with that status. */
function pauseAfter(status: number): number {
  const all = world.sandbox.journal({ system: 'atobi' });
  const from = all.find((entry) => entry.status === status)?.answeredAt ?? 0;
  const later = all.map(({ receivedAt }) => receivedAt).filter((time) => time > from + 500);
  return Math.min(...later) - from;
}

async function expectAllOnce(): Promise<void> {
  const truth = await truthOf(world);
  expect(disagreements(truth, elements)).toEqual([]);
  expect(takenTwice(truth)).toBe(0);
}

describe('a vendor that asks for a pause', () => {
  it.each([
    ['in seconds', { retryAfterSeconds: 2, retryAfterAs: 'seconds' as const }, 1_900],
    ['by a date', { retryAfterSeconds: 3, retryAfterAs: 'date' as const }, 1_900],
    ['without a word how long', {}, 4_900],
  ])('%s gets it from the whole connection, and then everything at once', async (_, how, leastMs) => {
    await begin({}, { kind: 'status', ...kpi, skip: 3, first: 1, status: 429, ...how });
    expect(await world.sync()).toMatchObject({ status: 'completed', reasons: [] });
    expect(pauseAfter(429)).toBeGreaterThan(leastMs);
    expect(pauseAfter(429)).toBeLessThan(leastMs + 4_000);
    expect(kpiRequests(world)).toHaveLength(batches + 1);
    await expectAllOnce();
    const [row] = await world.sql`SELECT failures FROM atobi.budgets`;
    expect(row?.failures).toBe(0);
  });

  it('is waited for also when the request for a token is told so', async () => {
    await begin({}, { kind: 'status', ...token, first: 1, status: 429, retryAfterSeconds: 2 });
    expect(await world.sync()).toMatchObject({ status: 'completed', reasons: [] });
    expect(pauseAfter(429)).toBeGreaterThan(1_900);
    expect(tokenRequests()).toHaveLength(2);
    await expectAllOnce();
  });
});

describe('a vendor that fails', () => {
  it('for a while is asked again at growing distances, and failures that come together count once', async () => {
    await begin({}, { kind: 'status', ...kpi, first: 12, status: 500 });
    expect(await world.sync()).toMatchObject({ status: 'completed', reasons: [] });
    expect(kpiRequests(world)).toHaveLength(batches + 12);
    await expectAllOnce();
  });

  it('at the first contact of six lanes together is not given up for that', async () => {
    await begin({ firstContactTries: 2 }, { kind: 'status', ...kpi, first: lanes, status: 500 });
    expect((await world.sync()).status).toBe('completed');
  });

  it('for good in the middle of a push ends it as failed, with a sentence', async () => {
    await begin(little, { kind: 'status', ...kpi, skip: 4, status: 500 });
    const receipt = await world.sync();
    expect(receipt.status).toBe('failed');
    expect(receipt.reasons.join(' ')).toMatch(/answered 500: it cannot take the transfer now/);
    expect(kpiRequests(world).length).toBeLessThan(4 + 20 * lanes);
    expect(countsOf(receipt)?.elements?.left).toBe(elements - 40);
    world.sandbox.clearFaults();
    expect((await world.sync()).status).toBe('completed');
    await expectAllOnce();
  });

  it('for good whenever a token is asked for ends it as failed, with a sentence', async () => {
    await begin({}, { kind: 'status', ...token, status: 500 });
    const receipt = await world.sync();
    expect(receipt.status).toBe('failed');
    expect(receipt.reasons.join(' ')).toMatch(/oauth\/token.*500/);
    expect(tokenRequests().length).toBeGreaterThanOrEqual(5);
    expect(tokenRequests().length).toBeLessThan(5 + lanes);
    expect(kpiRequests(world)).toEqual([]);
  });

  it('twice when a token is asked for is asked a third time', async () => {
    await begin({}, { kind: 'status', ...token, first: 2, status: 500 });
    expect((await world.sync()).status).toBe('completed');
    expect(tokenRequests()).toHaveLength(3);
    await expectAllOnce();
  });
});

describe('an answer that tells nothing', () => {
  it.each([
    ['is no JSON', '<html>Thank you</html>'],
    ['has no status', '{"message":"thanks"}'],
  ])('and %s makes the transfer unknown: it goes again, and the journal says why', async (_, body) => {
    await begin({}, { kind: 'acknowledge', body, taken: true, first: 2 });
    expect(await world.sync()).toMatchObject({ status: 'completed', reasons: [] });
    const truth = await truthOf(world);
    expect(disagreements(truth, elements)).toEqual([]);
    expect(takenTwice(truth)).toBe(20);
    expect(truth.journal.filter(({ state }) => state === 'unknown')).toHaveLength(2);
  });

  it('for ever ends the push as failed, after few transfers', async () => {
    await begin(little, { kind: 'acknowledge', body: 'OK', taken: true });
    const receipt = await world.sync();
    expect(receipt.status).toBe('failed');
    expect(receipt.reasons.join(' ')).toMatch(/no JSON object/);
    expect(countsOf(receipt)?.elements?.unknown).toBeGreaterThan(0);
    expect(kpiRequests(world).length).toBeLessThan(20 * lanes);
  });

  it('and one of success that says failure is a refusal', async () => {
    await begin({}, { kind: 'acknowledge', body: '{"status":"Error"}' });
    const receipt = await world.sync();
    expect(receipt.status).toBe('parked');
    expect(receipt.reasons.join(' ')).toMatch(/refused \d deliveries of the context sales alike \(HTTP 200\)/);
    expect(kpiRequests(world).length).toBeLessThanOrEqual(3 + lanes);
    expect(await journalOf(world)).toMatchObject([{ state: 'refused', status: 'Error' }, {}, {}, {}, {}, {}]);
  });
});

describe('a token', () => {
  it('that ends in the middle of a push is replaced, and nothing is sent twice', async () => {
    await begin({}, { kind: 'hold', ...kpi, skip: 4, first: 1 });
    const run = await world.start();
    for (;;) {
      if (world.sandbox.held().length > 0) break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    world.sandbox.atobi.revokeTokens();
    world.sandbox.release();
    expect(await world.receipt(run)).toMatchObject({ status: 'completed', reasons: [] });
    expect(kpiRequests(world).filter(({ status }) => status === 401).length).toBeLessThanOrEqual(lanes);
    await expectAllOnce();
  });

  it('that is never accepted parks the push, which names the secret', async () => {
    await begin({}, { kind: 'status', ...kpi, status: 401 });
    const receipt = await world.sync();
    expect(receipt.status).toBe('parked');
    expect(receipt.reasons.join(' ')).toContain('STAFF_SECRET');
    expect(kpiRequests(world).length).toBeLessThanOrEqual(12 + lanes);
  });

  it('that is not given out for the secret parks the push, which names the secret', async () => {
    await begin({}, { kind: 'status', ...token, status: 401 });
    const receipt = await world.sync();
    expect(receipt.status).toBe('parked');
    expect(receipt.reasons.join(' ')).toContain('STAFF_SECRET');
    expect(tokenRequests().length).toBeLessThanOrEqual(lanes);
    expect(kpiRequests(world)).toEqual([]);
  });
});
