import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { World } from '../support/world.ts';

const stream = 'win-info';

describe('rows that an older version put aside', () => {
  let world: World;
  beforeAll(async () => {
    const neoday = { only: [stream], exports: { [stream]: { rows: 200, results: 1, changedPercent: 0 } } };
    world = await World.create({ system: 'neoday', neoday });
    for (const row of [3, 5, 7, 9]) world.sandbox.addFaults({ kind: 'row', row, as: 'no-date', streams: [stream] });
    await world.worker();
    expect(await world.sync()).toMatchObject({ streams: { [stream]: { fetched: 200, quarantined: 4 } } });
  });
  afterAll(() => world.close());

  const entries = () => world.sql`
    SELECT row_number::int AS row, mapping_version AS version, resolution FROM sync.quarantine ORDER BY row_number`;
  /** As if this version could read what that row holds, and an older one could not. */
  const readable = (row: number, version: number | null) => world.sql`
    UPDATE sync.quarantine SET mapping_version = ${version},
      raw_text = jsonb_set(raw_text::jsonb, '{participation_date}', '"2024-05-01 10:00:00.123"')::text
    WHERE row_number = ${row}`;
  const stored = async () => {
    const [row] = await world.sql`SELECT count(*)::int FROM neoday.win_info WHERE last_result IS NULL`;
    return row!.count as number;
  };

  it('are kept with the version that could not read them, and are not tried again by the same', async () => {
    expect([...(await entries())]).toEqual([3, 5, 7, 9].map((row) => ({ row, version: 1, resolution: null })));
    await readable(3, 1);
    expect(await world.sync()).toMatchObject({ status: 'completed', reasons: [] });
    expect(await stored()).toBe(196);
  });

  it('go in by themselves at the next run of a newer one, which says so; the others stay, tried once', async () => {
    await readable(5, 0);
    await readable(7, null);
    await world.sql`UPDATE sync.quarantine SET mapping_version = 0, reason = 'as it was' WHERE row_number = 9`;
    expect(await world.sync()).toMatchObject({
      status: 'completed',
      reasons: ['win-info: 2 rows that were put aside fit now and were stored.'],
      streams: { [stream]: { fetched: 0, created: 0 } },
    });
    expect(await stored()).toBe(198);
    const mended = {
      version: expect.toSatisfy((version) => version !== 1),
      resolution: expect.stringContaining('newer'),
    };
    expect([...(await entries())]).toEqual([
      { row: 3, version: 1, resolution: null },
      { row: 5, ...mended },
      { row: 7, ...mended },
      { row: 9, version: 1, resolution: null },
    ]);
    const [unfit] = await world.sql`SELECT reason FROM sync.quarantine WHERE row_number = 9`;
    expect(unfit!.reason).toMatch(/must be a date/);
    expect(await world.sync()).toMatchObject({ status: 'completed', reasons: [] });
  });

  it('whose text was not kept are left alone, and not tried at every run', async () => {
    await world.sql`UPDATE sync.quarantine SET mapping_version = NULL, raw_text = NULL WHERE row_number = 9`;
    expect(await world.sync()).toMatchObject({ status: 'completed', reasons: [] });
    expect((await entries()).at(-1)).toEqual({ row: 9, version: 1, resolution: null });
  });
});
