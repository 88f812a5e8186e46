import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAccount } from '../../src/store/neoday/account.ts';
import { approveFewer, listFewer } from '../../src/store/neoday/brake.ts';
import { type Load, Loads, type Result, win } from './loads.ts';

let loads: Loads;
let connections = 0;
beforeAll(async () => {
  loads = await Loads.open();
});

const snapshot = (maxDeletePercent = 20): Load & { connection: string } => ({
  ...{ connection: `b${++connections}`, mode: 'snapshot', merge: { maxDeletePercent } },
});
const file = (created: number, users: number, haswon = '0'): Result => ({
  id: `r${created}`,
  created,
  rows: Array.from({ length: users }, (_, user) => win(`u${user}`, haswon)),
});
const users = async ({ connection }: { connection: string }): Promise<number> =>
  (await loads.sql`SELECT count(*)::int FROM neoday.current_win_info WHERE connection = ${connection}`)[0]?.count;
const waiting = ({ connection }: { connection: string }) => listFewer(loads.sql, connection);

describe('a snapshot that has far fewer rows than the one before', () => {
  it.each([
    ['empty', 0],
    ['tiny', 3],
  ])('and is %s takes no row from the current view, and is told, until a person agrees', async (_name, left) => {
    const load = snapshot();
    await loads.load(file(1, 100), load);
    expect(await loads.load(file(2, left, '1'), load)).toMatchObject({ created: left });
    expect(await users(load)).toBe(100);
    const [fewer] = await waiting(load);
    expect(fewer).toMatchObject({ export: 'win-info', resultId: 'r2', rows: left, rowsBefore: 100 });
    const key = { connection: load.connection, export: 'win-info' };
    expect((await readAccount(loads.sql, key, 'run')).fewer).toEqual(fewer);
    expect(await approveFewer(loads.sql, key, 'another digest')).toBe(false);
    expect(await users(load)).toBe(100);
    expect(await approveFewer(loads.sql, key, fewer?.digest ?? '')).toBe(true);
    expect(await users(load)).toBe(left);
    expect(await waiting(load)).toEqual([]);
    expect(await loads.again(file(2, left, '1'), load)).toMatchObject({ created: 0 });
    expect(await users(load)).toBe(left);
  });

  it('shows the newer content of a row that it has', async () => {
    const load = snapshot();
    await loads.load(file(1, 100), load);
    await loads.load(file(2, 30, '1'), load);
    const won = await loads.sql`
      SELECT count(*) FILTER (WHERE haswon)::int AS won, count(*)::int AS all FROM neoday.current_win_info
      WHERE connection = ${load.connection}`;
    expect([...won]).toEqual([{ won: 30, all: 100 }]);
  });

  it('stays without effect while later ones are as small, and is forgotten once one is not', async () => {
    const load = snapshot();
    await loads.load(file(1, 100), load);
    await loads.load(file(2, 5), load);
    await loads.load(file(3, 6), load);
    expect(await users(load)).toBe(100);
    expect(await waiting(load)).toMatchObject([{ resultId: 'r3', rows: 6, rowsBefore: 100 }]);
    await loads.load(file(4, 90), load);
    expect(await users(load)).toBe(90);
    expect(await waiting(load)).toEqual([]);
  });

  it('counts alone where the same file turns out whole when it is loaded again', async () => {
    const load = snapshot();
    await loads.load(file(1, 100), load);
    await loads.load(file(2, 5), load);
    await loads.again(file(2, 95), load);
    expect(await users(load)).toBe(95);
    expect(await waiting(load)).toEqual([]);
  });

  it('counts alone where the rows that it has not are replaced by others, are few, or may be missing', async () => {
    const changed = snapshot();
    await loads.load(file(1, 100), changed);
    await loads.load(file(2, 100, '1'), changed);
    const few = snapshot();
    await loads.load(file(1, 12), few);
    await loads.load(file(2, 2), few);
    const allowed = snapshot(100);
    await loads.load(file(1, 100), allowed);
    await loads.load(file(2, 0), allowed);
    expect([await users(changed), await users(few), await users(allowed)]).toEqual([100, 2, 0]);
    for (const load of [changed, few, allowed]) expect(await waiting(load)).toEqual([]);
  });

  it('waits exactly where more than 10 rows and more than maxDeletePercent of them are missing', async () => {
    const sizes = fc.tuple(
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 0, max: 60 }),
      fc.constantFrom(0, 20, 50),
    );
    await fc.assert(
      fc.asyncProperty(sizes, async ([before, after, percent]) => {
        const load = snapshot(percent);
        await loads.load(file(1, before), load);
        await loads.load(file(2, after), load);
        const missing = before - after;
        const waits = missing > 10 && missing > (before * percent) / 100;
        expect(await waiting(load)).toHaveLength(waits ? 1 : 0);
        expect(await users(load)).toBe(waits ? before : after);
      }),
      { numRuns: 15 },
    );
  });
});

it('an older file that is loaded late and small leaves the current view alone', async () => {
  const load = snapshot();
  await loads.load(file(5, 100), load);
  await loads.load(file(3, 1, '1'), load);
  expect(await users(load)).toBe(100);
  expect(await waiting(load)).toEqual([]);
});

it('in mode merge an empty file takes nothing away, and nothing waits', async () => {
  const load = { ...snapshot(), mode: 'merge' } as const;
  await loads.load(file(1, 100), load);
  await loads.load(file(2, 0), load);
  expect(await users(load)).toBe(100);
  expect(await waiting(load)).toEqual([]);
  await loads.load(file(3, 100), load);
  expect(await users(load)).toBe(100);
});
