import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { World } from '../support/world.ts';
import { startOver } from './stepping.ts';

const rows = 5_000;
const sizes = { projects: 10, credits: 10, utilizations: rows, incentivePrograms: 1 };

describe('a portfolio of 5,000', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.create({ sandbox: { sizes, perPage: 500 }, connection: { streams: ['utilizations'] } });
    await world.worker();
  });
  beforeEach(async () => {
    await startOver(world);
    expect((await world.sync()).streams.utilizations).toMatchObject({ created: rows });
  });
  afterAll(() => world.close());

  const live = async () => {
    const [row] = await world.sql`SELECT count(*)::int AS live FROM incentify.utilizations WHERE deleted_at IS NULL`;
    return row!.live;
  };

  it('that comes empty deletes nothing and says what to type', async () => {
    const everything = Array.from({ length: rows }, () => ({ op: 'delete', at: 0 }) as const);
    world.sandbox.edit('incentify', 'utilizations', ...everything);
    const receipt = await world.sync();
    expect(receipt).toMatchObject({ status: 'parked', streams: { utilizations: { total: 0, deleted: 0 } } });
    expect(receipt.reasons.join(' ')).toMatch(
      /5000 of 5000 rows are missing from the source.*`incentive-sync approve-deletes portfolio`/,
    );
    expect(await live()).toBe(rows);
  });

  it('that ends after two pages deletes nothing and is no success', async () => {
    world.sandbox.setFaults([{ kind: 'next', to: { url: null }, fromPage: 2 }]);
    const short = await world.sync();
    expect(short).toMatchObject({ status: 'partial', streams: { utilizations: { deleted: 0 } } });
    expect(short.reasons.join(' ')).toMatch(/the source says 5000, but 1000 different records were seen/);
    expect(await live()).toBe(rows);
  });

  it('of which half do not fit is partial, and nothing is swept', async () => {
    const ids = [...world.sandbox.records('incentify', 'utilizations')].map(({ id }) => id!);
    const bad = Array.from(
      { length: rows / 2 },
      (_, index) => ({ op: 'put', at: index, text: `{"id":${ids[index]},"notes":5}` }) as const,
    );
    world.sandbox.edit(
      'incentify',
      'utilizations',
      ...bad,
      ...ids.slice(-7).map((id) => ({ op: 'delete', id }) as const),
    );
    const receipt = await world.sync();
    expect(receipt).toMatchObject({
      status: 'partial',
      streams: { utilizations: { quarantined: rows / 2, deleted: 0 } },
    });
    expect(receipt.reasons.join(' ')).toMatch(/2500 of 4993 records do not fit/);
    expect(await live()).toBe(rows);
  });
});
