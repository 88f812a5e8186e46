import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { downloadsOf, rowDifferences, versions } from '../support/exports.ts';
import { World } from '../support/world.ts';

const win = 'win-info';
const challenges = 'challenges-user-id';
const players = 'player-info-user-id';
const games = 'player-info-game-type';
const connections = 'user-base-connections';
const prizes = 'gamification-prize-user-id';
const coupons = 'all-coupons';

const typeOf = (name: string): string => name.replaceAll('-', '_');

describe('rows of results that follow each other', { timeout: 60_000 }, () => {
  let world: World;
  beforeAll(async () => {
    // Each test has an export, and so a table, of its own.
    world = await World.create({
      system: 'neoday',
      neoday: {
        only: [win, challenges, players, games, connections, prizes, coupons],
        exports: {
          [win]: { rows: 10_000, results: 1, changedPercent: 1, newPercent: 0, removedPercent: 0 },
          [challenges]: { rows: 300, results: 2 },
          [players]: { rows: 1000, results: 1, changedPercent: 0, newPercent: 0, removedPercent: 0 },
          [games]: { rows: 500, results: 2, changedPercent: 1, newPercent: 0, removedPercent: 0 },
          [connections]: { results: 0 },
          [prizes]: { results: 0 },
          [coupons]: { results: 0 },
        },
      },
    });
    await world.worker();
  });
  afterAll(() => world.close());

  const sync = async (name: string) => {
    const receipt = await world.sync([name]);
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    return receipt.streams[name]!;
  };
  /** Rows that were not there before or have another version, and rows that are gone. */
  const written = async (name: string, work: () => Promise<unknown>) => {
    const before = await versions(world, typeOf(name));
    await work();
    const after = await versions(world, typeOf(name));
    const changed = [...after].filter(([key, version]) => before.get(key) !== version).length;
    return { changed, gone: [...before.keys()].filter((key) => !after.has(key)).length };
  };

  it('of which 1 % changed: only those are written', async () => {
    await sync(win);
    world.sandbox.neoday.addResult(win);
    const again = await written(win, async () => {
      expect(await sync(win)).toMatchObject({ created: 100, updated: 0, unchanged: 9_900 });
    });
    // The new form of a hundred rows, and the old one, which is closed.
    expect(again).toEqual({ changed: 200, gone: 0 });
    expect(await rowDifferences(world, win)).toEqual({ missing: 0, extra: 0, stored: 10_100 });
  });

  it('loaded already: nothing is asked for and nothing is written', async () => {
    await sync(challenges);
    const asked = downloadsOf(world).length;
    const again = await written(challenges, async () => {
      expect(await sync(challenges)).toMatchObject({ fetched: 0, pages: 0, results: { found: 2, loaded: 2 } });
    });
    expect(again).toEqual({ changed: 0, gone: 0 });
    expect(downloadsOf(world)).toHaveLength(asked);
  });

  it('the same in a new result: none is written', async () => {
    await sync(players);
    world.sandbox.neoday.addResult(players);
    const again = await written(players, async () => {
      expect(await sync(players)).toMatchObject({ created: 0, updated: 0, unchanged: 1000 });
    });
    expect(again).toEqual({ changed: 0, gone: 0 });
  });

  it('loaded again by a forced resync: every row is written as it is, and none is added', async () => {
    await sync(games);
    const asked = downloadsOf(world).length;
    const again = await written(games, async () => {
      const receipt = await world.receipt(await world.resync([games]));
      expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
      expect(receipt.streams).toMatchObject({ [games]: { created: 0, updated: 0, unchanged: 1000, pages: 2 } });
    });
    expect(again).toEqual({ changed: 505, gone: 0 });
    expect(downloadsOf(world)).toHaveLength(asked + 2);
    expect(await rowDifferences(world, games)).toEqual({ missing: 0, extra: 0, stored: 505 });
  });

  it('that change there and back: the current view shows the newest, and none of the two is doubled', async () => {
    const text = (value: string) => `{"userid":"u","client_id":"c","value":"${value}"}`;
    for (const [day, value] of ['0', '1', '0', '1', '1', '0'].entries()) {
      const createdAt = `2025-01-0${day + 1}T02:00:00Z`;
      world.sandbox.neoday.addResult(connections, { rows: [text(value)], createdAt });
      await sync(connections);
      const [shown, ...more] =
        await world.sql`SELECT raw ->> 'value' AS value FROM neoday.current_user_base_connections`;
      expect([shown, more]).toEqual([{ value }, []]);
    }
    expect(await rowDifferences(world, connections)).toEqual({ missing: 0, extra: 0, stored: 2 });
  });

  it('of a prize that is claimed later: it shows once, claimed', async () => {
    const prize = (claimed: string) =>
      `{"userid":"u","game_id":"g","game_name":"Rad","prizeid":"p","claimed_date":${claimed}}`;
    const claimed = prize('"2025-01-01 12:30:00"');
    const shown = () => world.sql`
      SELECT to_char(claimed_date AT TIME ZONE 'UTC', 'HH24:MI') AS at FROM neoday.current_gamification_prize_user_id`;
    world.sandbox.neoday.addResult(prizes, { rows: [prize('null')], createdAt: '2025-01-01T02:00:00Z' });
    await sync(prizes);
    expect([...(await shown())]).toEqual([{ at: null }]);
    world.sandbox.neoday.addResult(prizes, { rows: [prize('null'), claimed], createdAt: '2025-01-02T02:00:00Z' });
    await sync(prizes);
    expect([...(await shown())]).toEqual([{ at: '12:30' }]);
  });

  it('that stand several times in one file are as many rows, in every file', async () => {
    const coupon = '{"userid":"u","coupon_name":"  lucky ","received_date":"2025-01-01 10:00:00"}';
    world.sandbox.neoday.addResult(coupons, { rows: [coupon, coupon], createdAt: '2025-01-01T02:00:00Z' });
    await sync(coupons);
    world.sandbox.neoday.addResult(coupons, { rows: [coupon, coupon, coupon], createdAt: '2025-01-02T02:00:00Z' });
    expect(await sync(coupons)).toMatchObject({ created: 1, unchanged: 2 });
    const names = await world.sql`SELECT coupon_name FROM neoday.current_all_coupons`;
    expect([...names]).toEqual(Array.from({ length: 3 }, () => ({ coupon_name: '  lucky ' })));
  });
});

describe('an account', { timeout: 60_000 }, () => {
  let world: World;
  afterEach(() => world.close());

  it('is loaded whole: all ten types and one that is not documented', async () => {
    const timeZone = 'Europe/Amsterdam';
    world = await World.create({ system: 'neoday', neoday: { rows: 1500 }, connection: { timeZone } });
    await world.worker();
    const receipt = await world.sync();
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    const names = Object.keys(receipt.streams);
    expect(names).toHaveLength(11);
    for (const name of names) {
      expect({ name, ...(await rowDifferences(world, name)) }).toMatchObject({ name, missing: 0, extra: 0 });
      expect(receipt.streams[name]).toMatchObject({ pages: 3, results: { found: 3, loaded: 3, left: 0 } });
    }
  });

  it('of mode snapshot has no row in its current views that the newest file does not have', async () => {
    const row = (user: string) =>
      `{"userid":"${user}","stackid":"s","haswon":"1","participation_date":"2025-01-01 10:00:00.000"}`;
    const neoday = { only: [win], exports: { [win]: { results: 0 } } };
    world = await World.create({ system: 'neoday', neoday, connection: { mode: 'snapshot' } });
    await world.worker();
    world.sandbox.neoday.addResult(win, { rows: ['a', 'b'].map(row), createdAt: '2025-01-01T02:00:00Z' });
    world.sandbox.neoday.addResult(win, { rows: ['b', 'c'].map(row), createdAt: '2025-01-02T02:00:00Z' });
    expect(await world.sync()).toMatchObject({ status: 'completed' });
    const users = async (view: string) =>
      (await world.sql.unsafe<{ userid: string }[]>(`SELECT userid FROM neoday.${view} ORDER BY 1`)).map(
        ({ userid }) => userid,
      );
    expect(await users('current_win_info')).toEqual(['b', 'c']);
    expect(await users('win_info')).toEqual(['a', 'b', 'c']);
  });
});
