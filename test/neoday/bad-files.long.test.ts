import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/sandbox/sandbox.ts';
import { downloadsOf, ledgerOf, rowDifferences } from '../support/exports.ts';
import { World } from '../support/world.ts';

const only = [
  'win-info',
  'all-coupons',
  'player-info-user-id',
  'player-info-game-type',
  'challenges-user-id',
  'challenges-game-type',
  'user-base-connections',
  'gamification-prize-user-id',
  'gamification-prize-prize-type',
  'campaign-info',
  'survey-answers',
] as const;
type Name = (typeof only)[number];

const rows = 2_000;

describe('a file that is not as it should be', { timeout: 60_000 }, () => {
  let world: World;
  beforeAll(async () => {
    const exports = Object.fromEntries(
      only.map((one) => [one, { rows: one === 'campaign-info' ? 20_000 : rows, results: 1 }]),
    );
    world = await World.create({ system: 'neoday', neoday: { only, exports }, connection: { maxFileBytes: '1MB' } });
    await world.worker(undefined, { contractTries: 2, tries: 4, unavailableMs: 1_000, longestDelayMs: 250 });
  });
  beforeEach(() => {
    world.sandbox.clearFaults();
    world.sandbox.resetJournal();
  });
  afterAll(() => world.close());

  const sync = (name: Name, ...faults: Fault[]) => {
    world.sandbox.setFaults(faults);
    return world.sync([name]);
  };
  const entryOf = async (name: Name) => (await ledgerOf(world, name))[0]!;
  const textsOf = (name: Name) => [...world.sandbox.neoday.file(world.sandbox.neoday.results(name)[0]!.id).texts()];

  it('puts rows aside that fit nowhere, with result and row number, and loads the rest', async () => {
    const name = 'win-info';
    const kinds = ['number', 'null', 'list', 'no-key', 'no-date', { text: '{"userid":"\\u0000"}' }] as const;
    const faults = kinds.map((as, index): Fault => ({ kind: 'row', row: 10 * (index + 1), as }));
    const receipt = await sync(name, ...faults);
    expect(receipt).toMatchObject({ status: 'completed', streams: { [name]: { fetched: rows, quarantined: 6 } } });
    expect(receipt.reasons).toEqual([
      `${name}: 6 rows were put aside; \`incentive-sync quarantine list\` shows which and why.`,
    ]);
    const aside = await world.sql`
      SELECT row_number::int AS row, path, reason, result_id FROM sync.quarantine WHERE stream = ${name} ORDER BY row_number`;
    expect(aside.map(({ row, path }) => [row, path])).toEqual([
      [10, ''],
      [20, ''],
      [30, ''],
      [40, 'userid'],
      [50, 'participation_date'],
      [60, 'userid'],
    ]);
    expect(new Set(aside.map(({ result_id }) => result_id))).toEqual(new Set([(await entryOf(name)).id]));
    const good = textsOf(name).filter((_, index) => ![9, 19, 29, 39, 49, 59].includes(index));
    expect(await rowDifferences(world, name, [good])).toEqual({ missing: 0, extra: 0, stored: rows - 6 });
  });

  it('broken for good at row 700: what came before is kept, the run says where, the next one tries again', async () => {
    const broken: Partial<Record<Name, { fault: Fault; where: RegExp }>> = {
      'all-coupons': {
        fault: { kind: 'ends-early', row: 700, streams: ['all-coupons'] },
        where: /ends in the middle: after row 699, byte \d+/,
      },
      'survey-answers': {
        fault: { kind: 'row', row: 700, as: { text: '' }, streams: ['survey-answers'] },
        where: /is not JSON at byte \d+: after row 699, byte \d+/,
      },
      'challenges-user-id': {
        fault: { kind: 'row', row: 700, as: 'broken-json', streams: ['challenges-user-id'] },
        where: /holds a row 700 that is not JSON: after row 699, byte \d+/,
      },
    };
    const names = Object.keys(broken) as Name[];
    const faults = Object.values(broken).map(({ fault }) => fault);
    // The second run begins at row 700 and gets no further.
    for (const _ of ['first', 'second']) {
      world.sandbox.setFaults(faults);
      const receipt = await world.sync(names);
      expect(receipt.status).toBe('partial');
      expect(receipt.reasons).toHaveLength(names.length);
      for (const name of names) {
        const told = receipt.reasons.find((reason) => reason.startsWith(name));
        expect(told).toMatch(broken[name]!.where);
        expect(told).toMatch(/could not be loaded whole.*What came before is kept\. The next run tries again\./);
        expect(receipt.streams[name]).toMatchObject({ asOf: null, results: { found: 1, loaded: 0, left: 1 } });
        expect(await entryOf(name)).toMatchObject({ state: 'failed', rows: 699 });
        const before = textsOf(name).slice(0, 699);
        expect(await rowDifferences(world, name, [before])).toEqual({ missing: 0, extra: 0, stored: 699 });
      }
    }
    world.sandbox.clearFaults();
    expect(await world.sync(names)).toMatchObject({ status: 'completed', reasons: [] });
    for (const name of names) {
      expect(await entryOf(name)).toMatchObject({ state: 'loaded', rows });
      expect(await rowDifferences(world, name)).toEqual({ missing: 0, extra: 0, stored: rows });
    }
  });

  it('without rows is told, and read again by the next run', async () => {
    const page: Fault = { kind: 'html', steps: ['download'], streams: ['challenges-game-type'] };
    world.sandbox.setFaults([
      { kind: 'store', rootKey: 'players', streams: ['player-info-user-id'] },
      { kind: 'store', empty: 'file', streams: ['player-info-game-type'] },
      page,
    ]);
    const names: Name[] = ['player-info-user-id', 'player-info-game-type', 'challenges-game-type'];
    const receipt = await world.sync(names);
    expect(receipt.status).toBe('partial');
    expect(receipt.reasons).toEqual([
      expect.stringMatching(/no list of rows under `player_info_user_id`; it has `players`/),
      expect.stringMatching(/sent an empty file/),
      expect.stringMatching(/sent an HTML or XML page instead of a JSON object/),
    ]);
    for (const [index, name] of names.entries()) expect(receipt.reasons[index]).toContain((await entryOf(name)).id);
    world.sandbox.clearFaults();
    expect(await world.sync(names)).toMatchObject({ status: 'completed', reasons: [] });
    for (const name of names) expect(await rowDifferences(world, name)).toEqual({ missing: 0, extra: 0, stored: rows });
  });

  it('a list without rows is a file like any other', async () => {
    const name = 'user-base-connections';
    const receipt = await sync(name, { kind: 'store', empty: 'list' });
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    expect(receipt.streams[name]).toMatchObject({ fetched: 0, pages: 1, results: { loaded: 1, left: 0 } });
    expect(await entryOf(name)).toMatchObject({ state: 'loaded', rows: 0 });
  });

  it('compressed, with other keys around the list, it is read like any other', async () => {
    const name = 'gamification-prize-user-id';
    const receipt = await sync(name, { kind: 'store', gzip: true, extraKeys: true });
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    expect(await rowDifferences(world, name)).toEqual({ missing: 0, extra: 0, stored: rows });
  });

  it('cut at the same byte again and again without a row more, it ends its result, not the run', async () => {
    const name = 'gamification-prize-prize-type';
    const other = 'user-base-connections';
    world.sandbox.setFaults([
      { kind: 'store', ranges: false, streams: [name] },
      { kind: 'cut-file', afterBytes: 100_000, streams: [name] },
    ]);
    const receipt = await world.sync([name, other]);
    expect(receipt.status).toBe('partial');
    expect(receipt.reasons).toEqual([
      expect.stringMatching(/could not be loaded whole.*byte \d+ of \d+\..*What came before is kept/),
    ]);
    expect(receipt.streams[other]).toMatchObject({ results: { loaded: 1 } });
    const { rows: kept } = await entryOf(name);
    expect(kept).toBeGreaterThan(100);
    expect(await rowDifferences(world, name, [textsOf(name).slice(0, kept)])).toMatchObject({ missing: 0, extra: 0 });
    expect(await sync(name)).toMatchObject({ status: 'completed', reasons: [] });
    expect(await rowDifferences(world, name)).toEqual({ missing: 0, extra: 0, stored: rows });
    expect(downloadsOf(world, name).at(-1)?.rangeStart).toBeGreaterThan(0);
  });

  it('larger than `maxFileBytes` it is not loaded, and the sentence says what to raise', async () => {
    const name = 'campaign-info';
    const receipt = await sync(name);
    expect(receipt.status).toBe('partial');
    expect(receipt.reasons.join()).toContain('more than 1000000 bytes. If that is right, raise `maxFileBytes`');
    expect(await entryOf(name)).toMatchObject({ state: 'failed', rows: 0, bytes: 0 });
  });
});
