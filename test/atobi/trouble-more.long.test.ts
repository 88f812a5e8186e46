import { afterEach, describe, expect, it } from 'vitest';
import { disagreements, takenTwice, truthOf } from '../support/push-truth.ts';
import type { World } from '../support/world.ts';
import { countsOf, journalOf, kpiRequests } from './pushing.ts';
import { batches, begin, elements, expectAllOnce, kpi, lanes, little, token, tokenRequests } from './troubles.ts';

let world: World;
afterEach(() => world.close());

describe('a vendor that fails', () => {
  it('for a while is asked again at growing distances, and failures that come together count once', async () => {
    world = await begin({}, { kind: 'status', ...kpi, first: 12, status: 500 });
    expect(await world.sync()).toMatchObject({ status: 'completed', reasons: [] });
    expect(kpiRequests(world)).toHaveLength(batches + 12);
    await expectAllOnce(world);
  });

  it('for good in the middle of a push ends it as failed, with a sentence', async () => {
    world = await begin(little, { kind: 'status', ...kpi, skip: 4, status: 500 });
    const receipt = await world.sync();
    expect(receipt.status).toBe('failed');
    expect(receipt.reasons.join(' ')).toMatch(/answered 500: it cannot take the transfer now/);
    expect(kpiRequests(world).length).toBeLessThan(4 + 20 * lanes);
    expect(countsOf(receipt)?.elements?.left).toBe(elements - 40);
    world.sandbox.clearFaults();
    expect((await world.sync()).status).toBe('completed');
    await expectAllOnce(world);
  });
});

describe('an answer that tells nothing', () => {
  it.each([
    ['is no JSON', '<html>Thank you</html>'],
    ['has no status', '{"message":"thanks"}'],
  ])('and %s makes the transfer unknown: it goes again, and the journal says why', async (_, body) => {
    world = await begin({}, { kind: 'acknowledge', body, taken: true, first: 2 });
    expect(await world.sync()).toMatchObject({ status: 'completed', reasons: [] });
    const truth = await truthOf(world);
    expect(disagreements(truth, elements)).toEqual([]);
    expect(takenTwice(truth)).toBe(20);
    expect(truth.journal.filter(({ state }) => state === 'unknown')).toHaveLength(2);
  });

  it('and one of success that says failure is a refusal', async () => {
    world = await begin({}, { kind: 'acknowledge', body: '{"status":"Error"}' });
    const receipt = await world.sync();
    expect(receipt.status).toBe('parked');
    expect(receipt.reasons.join(' ')).toMatch(/refused \d deliveries of the context sales alike \(HTTP 200\)/);
    expect(kpiRequests(world).length).toBeLessThanOrEqual(3 + lanes);
    expect(await journalOf(world)).toMatchObject([{ state: 'refused', status: 'Error' }, {}, {}, {}, {}, {}]);
  });
});

describe('a token', () => {
  it('that ends in the middle of a push is replaced, and nothing is sent twice', async () => {
    world = await begin({}, { kind: 'hold', ...kpi, skip: 4, first: 1 });
    const run = await world.start();
    for (;;) {
      if (world.sandbox.held().length > 0) break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    world.sandbox.atobi.revokeTokens();
    world.sandbox.release();
    expect(await world.receipt(run)).toMatchObject({ status: 'completed', reasons: [] });
    expect(kpiRequests(world).filter(({ status }) => status === 401).length).toBeLessThanOrEqual(lanes);
    await expectAllOnce(world);
  });

  it('that is not given out for the secret parks the push, which names the secret', async () => {
    world = await begin({}, { kind: 'status', ...token, status: 401 });
    const receipt = await world.sync();
    expect(receipt.status).toBe('parked');
    expect(receipt.reasons.join(' ')).toContain('STAFF_SECRET');
    expect(tokenRequests(world).length).toBeLessThanOrEqual(lanes);
    expect(kpiRequests(world)).toEqual([]);
  });
});
