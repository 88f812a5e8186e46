import { afterEach, describe, expect, it } from 'vitest';
import { downloadsOf, rowDifferences, versions } from '../support/exports.ts';
import { World, type WorldOptions } from '../support/world.ts';

const win = 'win-info';
const prizes = 'gamification-prize-user-id';
const coupons = 'all-coupons';

describe('rows of results that follow each other', { timeout: 60_000 }, () => {
  let world: World;
  afterEach(() => world.close());

  const open = async (name: string, exports: object, connection: WorldOptions['connection'] = {}) => {
    world = await World.create({
      system: 'neoday',
      neoday: { only: [name], exports: { [name]: exports } },
      connection,
    });
    await world.worker();
  };
  const sync = async () => {
    const receipt = await world.sync();
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    return Object.values(receipt.streams)[0]!;
  };
  /** What was not there before, or has another version, and what is gone. */
  const written = async (type: string, work: () => Promise<unknown>) => {
    const before = await versions(world, type);
    await work();
    const after = await versions(world, type);
    const changed = [...after].filter(([key, version]) => before.get(key) !== version).length;
    return { changed, gone: [...before.keys()].filter((key) => !after.has(key)).length };
  };

  it('of which 1 % changed: only those are written', async () => {
    const rows = 10_000;
    await open(win, { rows, results: 1, changedPercent: 1, newPercent: 0, removedPercent: 0 });
    await sync();
    world.sandbox.neoday.addResult(win);
    const again = await written('win_info', async () => {
      expect(await sync()).toMatchObject({ created: 100, updated: 0, unchanged: rows - 100 });
    });
    // The new form of a hundred rows, and the old one, which is closed.
    expect(again).toEqual({ changed: 200, gone: 0 });
    expect(await rowDifferences(world, win)).toEqual({ missing: 0, extra: 0, stored: rows + 100 });
  });

  it('listed and loaded already: nothing is asked for and nothing is written', async () => {
    await open(win, { rows: 300, results: 2 });
    await sync();
    const asked = downloadsOf(world).length;
    const again = await written('win_info', async () => {
      expect(await sync()).toMatchObject({ fetched: 0, pages: 0, results: { found: 2, loaded: 2 } });
    });
    expect(again).toEqual({ changed: 0, gone: 0 });
    expect(downloadsOf(world)).toHaveLength(asked);
  });

  it('listed once more as another result with the same rows: none is written', async () => {
    await open(win, { rows: 1000, results: 1, changedPercent: 0, newPercent: 0, removedPercent: 0 });
    await sync();
    world.sandbox.neoday.addResult(win);
    const again = await written('win_info', async () => {
      expect(await sync()).toMatchObject({ created: 0, updated: 0, unchanged: 1000 });
    });
    expect(again).toEqual({ changed: 0, gone: 0 });
  });

  it('loaded again by a forced resync: every row is written as it is, and none is added', async () => {
    await open(win, { rows: 500, results: 2, changedPercent: 1, newPercent: 0, removedPercent: 0 });
    await sync();
    world.sandbox.resetJournal();
    const again = await written('win_info', async () => {
      expect(await world.receipt(await world.resync())).toMatchObject({
        status: 'completed',
        reasons: [],
        streams: { [win]: { created: 0, unchanged: 1000, pages: 2 } },
      });
    });
    expect(again).toEqual({ changed: 505, gone: 0 });
    expect(downloadsOf(world)).toHaveLength(2);
    expect(await rowDifferences(world, win)).toEqual({ missing: 0, extra: 0, stored: 505 });
  });

  it('that change there and back: the current view shows the newest, whichever way', async () => {
    const row = (haswon: string) =>
      `{"userid":"u","stackid":"s","haswon":"${haswon}","participation_date":"2025-01-01 10:00:00.000"}`;
    await open(win, { results: 0 });
    for (const [day, haswon] of ['0', '1', '0', '1', '1', '0'].entries()) {
      world.sandbox.neoday.addResult(win, { rows: [row(haswon)], createdAt: `2025-01-0${day + 1}T02:00:00Z` });
      await sync();
      const current = await world.sql`SELECT haswon FROM neoday.current_win_info`;
      expect([...current]).toEqual([{ haswon: haswon === '1' }]);
    }
    expect(await rowDifferences(world, win)).toEqual({ missing: 0, extra: 0, stored: 2 });
  });

  it.each([
    ['merge', 3],
    ['snapshot', 2],
  ] as const)('that a newer file does not have: mode %s shows %i rows', async (mode, shown) => {
    const row = (user: string) =>
      `{"userid":"${user}","stackid":"s","haswon":"1","participation_date":"2025-01-01 10:00:00.000"}`;
    await open(win, { results: 0 }, { mode });
    world.sandbox.neoday.addResult(win, { rows: ['a', 'b'].map(row), createdAt: '2025-01-01T02:00:00Z' });
    world.sandbox.neoday.addResult(win, { rows: ['b', 'c'].map(row), createdAt: '2025-01-02T02:00:00Z' });
    await sync();
    expect([...(await world.sql`SELECT userid FROM neoday.current_win_info`)]).toHaveLength(shown);
    expect([...(await world.sql`SELECT userid FROM neoday.win_info`)]).toHaveLength(3);
  });

  it('of a prize that is claimed later: it shows once, claimed', async () => {
    const prize = (claimed: string) =>
      `{"userid":"u","game_id":"g","game_name":"Rad","prizeid":"p","claimed_date":${claimed}}`;
    await open(prizes, { results: 0 });
    world.sandbox.neoday.addResult(prizes, { rows: [prize('null')], createdAt: '2025-01-01T02:00:00Z' });
    await sync();
    expect([...(await world.sql`SELECT claimed_date FROM neoday.current_gamification_prize_user_id`)]).toEqual([
      { claimed_date: null },
    ]);
    world.sandbox.neoday.addResult(prizes, {
      rows: [prize('null'), prize('"2025-01-01 12:30:00"')],
      createdAt: '2025-01-02T02:00:00Z',
    });
    await sync();
    const shown = await world.sql`SELECT claimed_date::text FROM neoday.current_gamification_prize_user_id`;
    expect(shown).toHaveLength(1);
    expect(shown[0]!.claimed_date).toMatch(/^2025-01-01 12:30:00/);
  });

  it('that stand several times in one file are as many rows, in every file', async () => {
    const coupon = '{"userid":"u","coupon_name":"  lucky ","received_date":"2025-01-01 10:00:00"}';
    await open(coupons, { results: 0 });
    world.sandbox.neoday.addResult(coupons, { rows: [coupon, coupon], createdAt: '2025-01-01T02:00:00Z' });
    await sync();
    world.sandbox.neoday.addResult(coupons, { rows: [coupon, coupon, coupon], createdAt: '2025-01-02T02:00:00Z' });
    expect(await sync()).toMatchObject({ created: 1, unchanged: 2 });
    const names = await world.sql`SELECT coupon_name FROM neoday.current_all_coupons`;
    expect([...names]).toEqual(Array.from({ length: 3 }, () => ({ coupon_name: '  lucky ' })));
  });
});

describe('the exports of an account', { timeout: 60_000 }, () => {
  it('are loaded whole: all ten types and one that is not documented', async () => {
    const world = await World.create({ system: 'neoday', neoday: { rows: 1500 } });
    try {
      await world.worker();
      const receipt = await world.sync();
      expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
      const names = Object.keys(receipt.streams);
      expect(names).toHaveLength(11);
      for (const name of names) {
        expect({ name, ...(await rowDifferences(world, name)) }).toMatchObject({ name, missing: 0, extra: 0 });
        expect(receipt.streams[name]).toMatchObject({ pages: 3, results: { found: 3, loaded: 3, left: 0 } });
      }
    } finally {
      await world.close();
    }
  });
});
