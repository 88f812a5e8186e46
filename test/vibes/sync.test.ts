import { afterAll, beforeAll, expect, it } from 'vitest';
import { World } from '../support/world.ts';
import { differences, none } from './help.ts';

let world: World;
beforeAll(async () => {
  world = await World.create({ system: 'vibes', vibes: { pools: 300 } });
  await world.worker(undefined, { firstContactTries: 5, longestDelayMs: 100 });
});
afterAll(() => world.close());

it('a sync of pools stores 300 pools, typed and as they came, with their levels, and writes nothing the second time', async () => {
  const receipt = await world.sync();
  expect(receipt).toMatchObject({
    system: 'vibes',
    status: 'completed',
    reasons: [],
    streams: { pools: { total: 300, fetched: 300, created: 300, pages: 1, requests: 1, asOf: expect.any(String) } },
  });
  expect(await differences(world)).toEqual(none);
  const [pool] = [...world.sandbox.records('vibes', 'pools')].map(({ text }) => JSON.parse(text));
  const [row] = await world.sql`SELECT *, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') AS created
      FROM vibes.pools WHERE id = ${pool.id}`;
  expect(row).toMatchObject({
    connection: 'coupons',
    name: pool.name,
    issuance_allowed: pool.issuance_allowed,
    redemption_allowed: pool.redemption_allowed,
    incentive_codes_total: String(pool.incentive_codes.total),
    incentive_codes_issued: String(pool.incentive_codes.issued),
    incentive_codes_remaining: String(pool.incentive_codes.remaining),
    incentive_codes_low_threshold: String(pool.incentive_codes.low_threshold),
    incentive_codes_max_characters: String(pool.incentive_codes.max_characters),
    distribution_method: pool.distribution.method,
    notification_email_address: pool.notification_email_address,
    created: pool.created_at,
    url: pool.url,
    run_id: receipt.runId,
    deleted_at: null,
  });
  const again = await world.sync();
  expect(again.streams.pools).toMatchObject({ created: 0, updated: 0, unchanged: 300 });
  expect(await world.sql`SELECT count(*)::int FROM vibes.pool_levels`).toEqual([{ count: 300 }]);
  expect(await world.sql`SELECT DISTINCT run_id FROM vibes.pools`).toEqual([{ run_id: receipt.runId }]);
});
