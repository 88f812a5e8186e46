import { afterEach, describe, expect, it } from 'vitest';
import { differences, none } from '../support/compare.ts';
import { World } from '../support/world.ts';

describe('incentive programmes', () => {
  let world: World;
  afterEach(() => world.close());

  it('are read last, where the connection names them, and only there', async () => {
    const few = { projects: 3, credits: 3, utilizations: 3, incentivePrograms: 120 };
    world = await World.create({
      sandbox: { sizes: few },
      connection: { streams: ['incentive_programs', 'projects'], concurrency: 2 },
    });
    await world.worker();
    const receipt = await world.sync();
    expect(receipt.status).toBe('completed');
    expect(Object.keys(receipt.streams)).toEqual(['projects', 'incentive_programs']);
    expect(receipt.streams.incentive_programs).toMatchObject({ created: 120, pages: 3, orphans: 0 });
    expect(await differences(world.sql, world.sandbox, 'incentive_programs')).toEqual(none);
    const [wrong] = await world.sql`
      SELECT count(*)::int AS rows FROM incentify.incentive_programs
      WHERE name <> raw ->> 'name' OR amount <> raw ->> 'amount' OR recurring <> (raw ->> 'recurring')::boolean
        OR geospecific_is_limited <> (raw #>> '{geospecific,is_limited}')::boolean
        OR sunset_date <> (raw ->> 'sunset_date')::date OR jurisdiction_layers <> raw #> '{jurisdiction,layers}'
        OR monetization_timing_carryforward_is_allowed <> (raw #>> '{monetization_timing,carryforward,is_allowed}')::boolean
        OR government_agency_contacts <> raw #> '{government_agency,contacts}' OR name IS NULL OR amount IS NULL
        OR jurisdiction_layers IS NULL OR recurring IS NULL`;
    expect(wrong).toEqual({ rows: 0 });
    expect((await world.sync()).streams.incentive_programs).toMatchObject({ unchanged: 120, created: 0, updated: 0 });
  });
});
