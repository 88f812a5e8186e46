import { beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationError, DatabaseError, LeaseLostError } from '../../src/errors.ts';
import { purgeConnection, renameConnection, storedConnections } from '../../src/store/connections.ts';
import { commitRows } from '../../src/store/neoday/commit.ts';
import { endResult, startFile } from '../../src/store/neoday/file.ts';
import { mergeResult } from '../../src/store/neoday/merge.ts';
import { packRows } from '../../src/store/neoday/packed-rows.ts';
import { rowTables } from '../../src/store/neoday/tables.ts';
import { batchOf, type Load, Loads, type Result, rowsOf, win } from './loads.ts';

let loads: Loads;
let connections = 0;
beforeAll(async () => {
  loads = await Loads.open();
});

const aConnection = (): string => `c${++connections}`;
const result = (created: number, rows: readonly string[], id = `r${created}`): Result => ({ id, created, rows });
const users = (from: number, upTo: number): string[] =>
  Array.from({ length: upTo - from }, (_, index) => win(`u${from + index}`));

async function stored(load: Load, table = 'win_info'): Promise<Record<string, unknown>[]> {
  return loads.sql`
    SELECT row.*, row.xmin::text, row.ctid::text FROM ${loads.sql(`neoday.${table}`)} AS row
    WHERE connection = ${load.connection ?? ''} ORDER BY content_hash, ordinal`;
}

const current = async (load: Load, view = 'win_info'): Promise<Record<string, unknown>[]> =>
  loads.sql`SELECT * FROM ${loads.sql(`neoday.current_${view}`)} WHERE connection = ${load.connection ?? ''} ORDER BY 2, 3`;

const staged = async (): Promise<number> =>
  (await loads.sql`SELECT count(*)::int FROM neoday.staged_win_info`)[0]?.count;

const ledger = async (load: Load, id: string): Promise<Record<string, unknown>> =>
  (
    await loads.sql`SELECT * FROM neoday.results WHERE connection = ${load.connection ?? ''} AND result_id = ${id}`
  )[0] ?? {};

describe.each([
  ['looked up one by one', 100],
  ['compared with the whole table', 0],
])('rows %s', (_name, fewRows) => {
  const merge = { fewRows };

  it('of the same result loaded again are not written, and the file’s true duplicates stay', async () => {
    const load = { connection: aConnection(), merge };
    const file = result(1, [...users(0, 5), win('u1'), win('u1')]);
    expect(await loads.load(file, load)).toMatchObject({ created: 7, updated: 0, unchanged: 0 });
    const before = await stored(load);
    expect(before.map(({ ordinal }) => ordinal).toSorted()).toEqual([1, 1, 1, 1, 1, 2, 3]);
    expect(await loads.again(file, load)).toMatchObject({ created: 0, updated: 0, unchanged: 7, closed: 0 });
    expect(await stored(load)).toEqual(before);
    expect(await staged()).toBe(0);
  });

  it('of a second snapshot are written where they changed, and nowhere else', async () => {
    const load = { connection: aConnection(), mode: 'snapshot', merge } as const;
    await loads.load(result(1, users(0, 10)), load);
    const before = await stored(load);
    const changed = [...users(0, 9), win('u9', '1'), win('u10')];
    expect(await loads.load(result(2, changed), load)).toMatchObject({ created: 2, unchanged: 9, closed: 1 });
    const after = await stored(load);
    const same = after.filter((row) => before.some(({ xmin, ctid }) => row.xmin === xmin && row.ctid === ctid));
    expect(same).toHaveLength(9);
    expect((await current(load)).map(({ userid, haswon }) => `${userid} ${haswon}`)).toContain('u9 true');
    expect(await current(load)).toHaveLength(11);
    await loads.load(result(3, users(0, 2)), load);
    expect(await current(load)).toHaveLength(2);
    expect(await stored(load)).toHaveLength(12);
  });

  it('of a forced resync are written although nothing changed, and count as unchanged', async () => {
    const load = { connection: aConnection(), merge: { ...merge, rewrite: true } };
    await loads.load(result(1, users(0, 3)), load);
    const [before] = await stored(load);
    expect(await loads.again(result(1, users(0, 3)), load)).toMatchObject({ created: 0, updated: 0, unchanged: 3 });
    for (const row of await stored(load)) {
      expect(row.run_id).not.toBe(before?.run_id);
      expect(row.synced_at).not.toEqual(before?.synced_at);
    }
  });

  it('read in another zone change their times, not their number', async () => {
    const load = { connection: aConnection(), merge };
    const file = result(1, [...users(0, 3), win('gap', '0', '2024-03-31 02:30:00.000')]);
    await loads.load(file, load);
    const zoned = { ...load, timeZone: 'Europe/Amsterdam' };
    expect(await loads.again(file, zoned)).toMatchObject({ created: 0, updated: 4, unchanged: 0 });
    const rows = await current(load);
    expect(rows.map(({ participation_date }) => (participation_date as Date).toISOString())).toEqual([
      '2024-03-31T01:30:00.000Z',
      ...Array(3).fill('2024-05-01T08:00:00.000Z'),
    ]);
    expect(rows.map(({ raw }) => raw)).toEqual([
      JSON.parse(file.rows[3]!),
      ...file.rows.slice(0, 3).map((row) => JSON.parse(row)),
    ]);
    expect(await loads.again(file, zoned)).toMatchObject({ updated: 0, unchanged: 4 });
  });

  it('of a shared table belong to their export', async () => {
    const [one, two] = ['odd-things', 'other-things'].map((name) => ({ connection: 'shared', export: name, merge }));
    const rows = ['{"a":1.50}', '{"a":1.5}', '{"b":[]}'];
    await loads.load(result(1, rows, `x${fewRows}`), one);
    expect(await loads.load(result(1, rows, `x${fewRows}`), two)).toMatchObject({ created: fewRows === 100 ? 3 : 0 });
    expect(await loads.again(result(1, rows, `x${fewRows}`), two)).toMatchObject({ created: 0, unchanged: 3 });
    const counts =
      await loads.sql`SELECT export, count(*)::int, max(ordinal) FROM neoday.other_rows GROUP BY 1 ORDER BY 1`;
    expect([...counts]).toEqual(['odd-things', 'other-things'].map((name) => ({ export: name, count: 3, max: 2 })));
  });
});

describe('a prize', () => {
  const load = { connection: 'prizes', export: 'gamification-prize-user-id' };
  const prize = (claimed: string | null) =>
    JSON.stringify({ userid: 'u', game_id: 'g', game_name: 'Scratch', prizeid: 'p', claimed_date: claimed });
  const claimed = async () => (await current(load, 'gamification_prize_user_id')).map(({ raw }) => raw);

  it('that is claimed later shows once, claimed, also where an older result is loaded last', async () => {
    await loads.load(result(5, [prize('2024-05-01 10:00:00')]), load);
    await loads.load(result(3, [prize(null)]), load);
    expect(await claimed()).toEqual([JSON.parse(prize('2024-05-01 10:00:00'))]);
    expect(await stored(load, 'gamification_prize_user_id')).toHaveLength(2);
  });

  it('that one file shows both ways is claimed', async () => {
    await loads.load(result(6, [prize(null), prize('2024-06-01 10:00:00'), prize(null)]), load);
    expect(await claimed()).toEqual([JSON.parse(prize('2024-06-01 10:00:00'))]);
  });
});

describe('an attempt that a newer one has taken over from', () => {
  it('commits, merges, begins and ends nothing', async () => {
    const load = { connection: aConnection() };
    const file = result(1, users(0, 6));
    await loads.register(load, file);
    const zombie = await loads.claim(load);
    const opened = await loads.begin(load, zombie, file);
    await loads.stage(load, zombie, opened, file, 3);
    const fence = await loads.claim(load);
    const table = loads.table(load);
    for (const late of [
      () => commitRows(loads.sql, table, zombie, opened, batchOf(load, file, opened.sequence, 3, 6)),
      () => mergeResult(loads.sql, table, zombie, file.id, { complete: true }),
      () => startFile(loads.sql, table, zombie, opened.sequence, { etag: null, length: null }),
      () => endResult(loads.sql, table, zombie, file.id, { state: 'expired', reason: 'gone' }),
      () => loads.begin(load, zombie, file),
    ]) {
      await expect(late()).rejects.toThrow(LeaseLostError);
    }
    expect(await stored(load)).toEqual([]);
    const taken = await loads.begin(load, fence, file);
    expect(taken).toMatchObject({ bytesDone: 40, rowsDone: 3, restarted: false, state: 'loading' });
    await loads.stage(load, fence, taken, file);
    expect(await mergeResult(loads.sql, table, fence, file.id, { complete: true })).toMatchObject({ created: 6 });
  });
});

describe('the place in a file', () => {
  it('begins anew, and doubles no row, where the rows that waited are gone, as after a crash of PostgreSQL', async () => {
    const load = { connection: aConnection() };
    const file = result(1, users(0, 6));
    await loads.register(load, file);
    const fence = await loads.claim(load);
    await loads.stage(load, fence, await loads.begin(load, fence, file), file);
    await loads.sql`TRUNCATE neoday.staged_win_info`;
    await expect(mergeResult(loads.sql, loads.table(load), fence, file.id, { complete: true })).rejects.toThrow(
      /has lost the rows that waited for result r1/,
    );
    const again = await loads.begin(load, fence, file);
    expect(again).toMatchObject({ bytesDone: 0, rowsDone: 0, restarted: true });
    await loads.stage(load, fence, again, file);
    expect(await mergeResult(loads.sql, loads.table(load), fence, file.id, { complete: true })).toMatchObject({
      created: 6,
    });
  });

  it('begins anew where rows are read otherwise now, and where the file is another one', async () => {
    const load = { connection: aConnection() };
    const file = result(1, users(0, 6));
    await loads.register(load, file);
    const fence = await loads.claim(load);
    await loads.stage(load, fence, await loads.begin(load, fence, file), file, 3);
    expect(await loads.begin({ ...load, mapping: 'b' }, fence, file)).toMatchObject({ rowsDone: 0, restarted: true });
    await loads.stage(load, fence, await loads.begin({ ...load, mapping: 'b' }, fence, file), file, 3);
    const opened = await loads.begin({ ...load, mapping: 'b' }, fence, file);
    expect(opened).toMatchObject({ rowsDone: 3, restarted: false });
    await startFile(loads.sql, loads.table(load), fence, opened.sequence, { etag: '"2"', length: 99 });
    expect(await staged()).toBe(0);
    const other = result(1, users(3, 6));
    const begun = await loads.begin({ ...load, mapping: 'b' }, fence, other);
    await loads.stage(load, fence, begun, other);
    expect(await mergeResult(loads.sql, loads.table(load), fence, file.id, { complete: true })).toMatchObject({
      created: 3,
    });
  });

  it('outlives the end of a file that is cut: what came counts, and the next run goes on', async () => {
    const load = { connection: aConnection() };
    await loads.load(result(1, users(0, 4)), load);
    const file = result(2, users(2, 8));
    await loads.register(load, file);
    const fence = await loads.claim(load);
    await loads.stage(load, fence, await loads.begin(load, fence, file), file, 5);
    const cut = { complete: false, reason: 'ends in row 6, byte 60' };
    expect(await mergeResult(loads.sql, loads.table(load), fence, file.id, cut)).toMatchObject({
      created: 3,
      unchanged: 2,
      closed: 0,
    });
    expect(await ledger(load, 'r2')).toMatchObject({ state: 'failed', reason: cut.reason, loaded_at: null });
    expect(await current(load)).toHaveLength(7);
    const next = await loads.claim(load);
    const opened = await loads.begin(load, next, file);
    expect(opened).toMatchObject({ rowsDone: 5, restarted: false });
    await loads.stage(load, next, opened, file);
    expect(await mergeResult(loads.sql, loads.table(load), next, file.id, { complete: true })).toMatchObject({
      ...{ created: 1, updated: 3, unchanged: 2, closed: 2 },
    });
    expect(await ledger(load, 'r2')).toMatchObject({ state: 'loaded', reason: null });
  });

  it('is not one in a result that is loaded: that stays as it is', async () => {
    const load = { connection: aConnection() };
    const file = result(1, users(0, 2));
    await loads.load(file, load);
    expect(await loads.begin(load, await loads.claim(load), file)).toMatchObject({ state: 'loaded', rowsDone: 2 });
    expect(await ledger(load, 'r1')).toMatchObject({ state: 'loaded' });
  });

  it('is nowhere after the connection was purged, in words', async () => {
    const load = { connection: aConnection() };
    const fence = await loads.claim(load);
    const error = await loads.begin(load, fence, result(1, [])).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toMatch(/is not in the ledger: the connection was purged or renamed/);
  });

  it('of one file does not suffer from another that is merged meanwhile', async () => {
    const [one, two] = [{ connection: aConnection() }, { connection: aConnection() }];
    const file = result(1, users(0, 6));
    await loads.register(one, file);
    const fence = await loads.claim(one);
    await loads.stage(one, fence, await loads.begin(one, fence, file), file, 3);
    await loads.load(file, two);
    expect(await staged()).toBe(3);
    const opened = await loads.begin(one, fence, file);
    expect(opened).toMatchObject({ rowsDone: 3, restarted: false });
    await loads.stage(one, fence, opened, file);
    expect(await mergeResult(loads.sql, loads.table(one), fence, file.id, { complete: true })).toMatchObject({
      created: 6,
    });
    expect(await staged()).toBe(0);
  });
});

describe('rows that do not fit', () => {
  it('are put aside with result and row number; the rest is loaded, and what a reload does not meet is closed', async () => {
    const load = { connection: aConnection() };
    const rows = [...users(0, 2), '[]', win('u2', '0', 'never'), ...users(3, 5)];
    expect(await loads.load(result(1, rows), load)).toMatchObject({ created: 4, quarantined: 2 });
    const aside = () => loads.sql`
      SELECT result_id, row_number::int, path, reason, raw_text, resolution FROM sync.quarantine
      WHERE connection = ${load.connection} ORDER BY row_number`;
    const date = 'must be a date and time (2024-06-20 09:35:57.123)';
    expect([...(await aside())]).toEqual([
      { result_id: 'r1', row_number: 3, path: '', reason: 'is not an object', raw_text: '[]', resolution: null },
      { result_id: 'r1', row_number: 4, path: 'participation_date', reason: date, raw_text: rows[3], resolution: null },
    ]);
    expect(await loads.again(result(1, rows.with(3, win('u2'))), load)).toMatchObject({ created: 1, quarantined: 1 });
    expect((await aside()).map(({ resolution }) => resolution)).toEqual([
      null,
      'the result was loaded again without it',
    ]);
    const [cursor] = await loads.sql`SELECT * FROM sync.cursors WHERE connection = ${load.connection}`;
    expect(cursor).toMatchObject({ fetched: '6', created: '1', unchanged: '4', quarantined: '1' });
  });

  it('are put aside one by one where PostgreSQL refuses what looked well', async () => {
    const load = { connection: aConnection() };
    const file = result(1, users(0, 5));
    await loads.register(load, file);
    const fence = await loads.claim(load);
    const opened = await loads.begin(load, fence, file);
    const batch = rowsOf(load, file, 0, 5);
    const spoil = (index: number, values: (string | null)[]) => ({ ...batch.rows[index]!, values });
    const rows = batch.rows
      .with(1, spoil(1, ['u', 's', 't', '2024-02-30 00:00:00+00', null, null]))
      .with(3, { ...batch.rows[3]!, raw: '{"a":"\\u0000"}' });
    await commitRows(loads.sql, loads.table(load), fence, opened, { ...batch, rows: packRows(opened.sequence, rows) });
    expect(await loads.begin(load, fence, file)).toMatchObject({ rowsDone: 5, quarantined: 2, restarted: false });
    const aside = await loads.sql`
      SELECT row_number::int, reason, raw_text FROM sync.quarantine WHERE connection = ${load.connection} ORDER BY 1`;
    const told = { userid: 'u', stackid: 's', haswon: '1', participation_date: '2024-02-30 00:00:00' };
    expect([...aside]).toEqual([
      { row_number: 2, reason: 'PostgreSQL cannot hold the row (SQLSTATE 22008)', raw_text: JSON.stringify(told) },
      { row_number: 4, reason: 'PostgreSQL cannot hold the row (SQLSTATE 22P05)', raw_text: '{"a":"\\u0000"}' },
    ]);
    expect(await mergeResult(loads.sql, loads.table(load), fence, file.id, { complete: true })).toMatchObject({
      ...{ created: 3, quarantined: 2 },
    });
  });

  it('are no reason to try for ever where the database is away', async () => {
    const load = { connection: aConnection() };
    const fence = await loads.claim(load);
    const file = { sequence: 1, resultId: 'r1', etag: null, length: null };
    const nowhere = { ...loads.table(load), staged: 'neoday.nowhere' };
    await expect(
      commitRows(loads.sql, nowhere, fence, file, batchOf(load, result(1, users(0, 1)), file.sequence, 0, 1)),
    ).rejects.toThrow(DatabaseError);
  });
});

describe('a connection', () => {
  it('is renamed with its rows, results and place, and purged with them', async () => {
    const load = { connection: aConnection() };
    await loads.load(result(1, users(0, 3)), load);
    const file = result(2, users(0, 6));
    await loads.register(load, file);
    const fence = await loads.claim(load);
    await loads.stage(load, fence, await loads.begin(load, fence, file), file, 3);
    const renamed = { connection: aConnection() };
    await renameConnection(loads.sql, { from: load.connection, to: renamed.connection }, async () => undefined);
    expect(await stored(load)).toEqual([]);
    expect(await loads.begin(renamed, await loads.claim(renamed), file)).toMatchObject({
      rowsDone: 3,
      restarted: false,
    });
    const known = (await storedConnections(loads.sql)).find(({ connection }) => connection === renamed.connection);
    expect(known?.rows).toEqual({ 'win-info': { live: 3, deleted: 0 } });
    await purgeConnection(loads.sql, renamed.connection, async () => undefined);
    expect(await stored(renamed)).toEqual([]);
    expect(await staged()).toBe(0);
    for (const table of ['results', 'exports', ...rowTables.map(({ key }) => key)]) {
      const left =
        await loads.sql`SELECT 1 FROM ${loads.sql(`neoday.${table}`)} WHERE connection = ${renamed.connection}`;
      expect(left, table).toHaveLength(0);
    }
  });
});
