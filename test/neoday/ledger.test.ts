import { beforeAll, describe, expect, it } from 'vitest';
import { readAccount } from '../../src/store/neoday/account.ts';
import { endResult } from '../../src/store/neoday/file.ts';
import {
  countWaiting,
  type ExportKey,
  loadAgain,
  pendingResult,
  registerExports,
  registerResults,
} from '../../src/store/neoday/ledger.ts';
import { Loads, type Result, timeOf, win } from './loads.ts';

let loads: Loads;
let connections = 0;
beforeAll(async () => {
  loads = await Loads.open();
});

const newKey = () => ({ connection: `l${++connections}`, export: 'win-info' });
const listed = (id: string, created: number, expiresAt: string | null = null) => ({
  id,
  createdAt: timeOf(created),
  expiresAt,
});
const resultsOf = async (key: ExportKey, runId = 'run') => (await readAccount(loads.sql, key, runId)).results;
const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();

describe('the ledger of results', () => {
  it('has each result once, however often and in whichever order it is listed, and hands out the oldest first', async () => {
    const key = newKey();
    expect(await registerResults(loads.sql, key, [listed('new', 9), listed('old', 1), listed('new', 9)])).toBe(2);
    expect(await registerResults(loads.sql, key, [listed('old', 1), listed('middle', 5)])).toBe(1);
    expect(await registerResults(loads.sql, key, [])).toBe(0);
    expect(await pendingResult(loads.sql, key, 'run')).toEqual({
      ...{ resultId: 'old', createdAt: timeOf(1), expiresAt: null, bytesDone: 0, rowsDone: 0 },
    });
    const order: (string | undefined)[] = [];
    for (let next = await pendingResult(loads.sql, key, 'x'); next; next = await pendingResult(loads.sql, key, 'x')) {
      order.push(next.resultId);
      await loads.load({ id: next.resultId, created: order.length, rows: [] }, key);
    }
    expect(order).toEqual(['old', 'middle', 'new']);
  });

  it('takes 10,000 results at once', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => listed(`r${index}`, 10_000 - index));
    const key = newKey();
    expect(await registerResults(loads.sql, key, many)).toBe(10_000);
    expect((await pendingResult(loads.sql, key, 'run'))?.resultId).toBe('r9999');
  });

  it('skips what is older than `since`, and takes it up where that is set back', async () => {
    const key = newKey();
    const all = [listed('a', 1), listed('b', 2), listed('c', 3)];
    await registerResults(loads.sql, key, all, { since: timeOf(2) });
    expect(await resultsOf(key)).toMatchObject({ found: 3, left: 2, skipped: 1 });
    await loads.load({ id: 'b', created: 2, rows: [] }, key);
    await registerResults(loads.sql, key, all, { since: timeOf(3) });
    expect(await resultsOf(key)).toMatchObject({ loaded: 1, left: 1, skipped: 1 });
    expect(await countWaiting(loads.sql, key, 'run')).toBe(1);
    await registerResults(loads.sql, key, all);
    expect((await pendingResult(loads.sql, key, 'run'))?.resultId).toBe('a');
  });

  it('leaves a result that failed to the next run, and one that is gone to nobody', async () => {
    const key = newKey();
    await registerResults(loads.sql, key, [listed('bad', 1), listed('gone', 2)]);
    const fence = await loads.claim(key);
    const table = loads.table(key);
    await endResult(loads.sql, table, fence, 'bad', { state: 'failed', reason: 'ends in row 3' });
    await endResult(loads.sql, table, fence, 'gone', { state: 'expired', reason: 'the vendor has it no more' });
    expect(await pendingResult(loads.sql, key, fence.runId)).toBeNull();
    expect((await pendingResult(loads.sql, key, 'next'))?.resultId).toBe('bad');
    expect(await countWaiting(loads.sql, key, fence.runId)).toBe(0);
    expect(await countWaiting(loads.sql, key, 'next')).toBe(1);
    expect(await resultsOf(key, fence.runId)).toEqual({ found: 2, loaded: 0, expired: 1, skipped: 0, left: 1 });
  });

  it('counts what is about to end without being loaded, and tells when the first does', async () => {
    const key = newKey();
    await registerResults(loads.sql, key, [
      listed('later', 1, inHours(100)),
      listed('soon', 2, inHours(20)),
      listed('past', 3, inHours(-1)),
      listed('never', 4),
      listed('loaded', 5, inHours(1)),
    ]);
    await loads.sql`UPDATE neoday.results SET state = 'loaded' WHERE result_id = 'loaded'`;
    const { expiring } = await readAccount(loads.sql, key, 'run');
    expect(expiring.count).toBe(2);
    expect(Date.parse(expiring.first ?? '')).toBeLessThan(Date.now());
  });

  it('has everything loaded again for a forced resync, but what has ended', async () => {
    const key = newKey();
    const files: Result[] = [1, 2, 3].map((created) => ({ id: `r${created}`, created, rows: [win(`u${created}`)] }));
    for (const file of files) await loads.load(file, key);
    await loads.sql`
      UPDATE neoday.results SET expires_at = now() - interval '1 hour'
      WHERE connection = ${key.connection} AND result_id = 'r1'`;
    const rows = () => loads.sql`
      SELECT userid, first_result, last_result FROM neoday.win_info WHERE connection = ${key.connection} ORDER BY userid`;
    const before = [...(await rows())];
    expect(await loadAgain(loads.sql, key)).toBe(2);
    expect((await pendingResult(loads.sql, key, 'run'))?.resultId).toBe('r2');
    expect(await loads.load(files[1]!, key)).toMatchObject({ created: 0, updated: 0, unchanged: 1, closed: 0 });
    expect([...(await rows())]).toEqual(before);
  });
});

describe('exports', () => {
  const type = 'win_info';
  it('of the same type do not share a table: the one that had it first keeps it', async () => {
    const connection = newKey().connection;
    const of = (...names: string[]) => names.map((systemName) => ({ systemName, id: 'x', type }));
    const settings = { connection, mode: 'merge', timeZone: 'UTC' } as const;
    expect(await registerExports(loads.sql, settings, of('win_info'))).toEqual(new Map([['win_info', 'win_info']]));
    expect(await registerExports(loads.sql, settings, of('win-info', 'win_info'))).toEqual(
      new Map([
        ['win_info', 'win_info'],
        ['win-info', 'other_rows'],
      ]),
    );
  });

  it('outside the ten share one', async () => {
    const settings = { connection: newKey().connection, mode: 'snapshot', timeZone: 'Europe/Paris' } as const;
    const listedExports = ['b', 'a'].map((systemName) => ({ systemName, id: 'x', type: null }));
    const tables = await registerExports(loads.sql, settings, listedExports);
    expect([...tables.values()]).toEqual(['other_rows', 'other_rows']);
    const [row] = await loads.sql`SELECT mode, time_zone FROM neoday.exports WHERE connection = ${settings.connection}`;
    expect(row).toEqual({ mode: 'snapshot', time_zone: 'Europe/Paris' });
  });

  it.each(['+02:00', 'Mars/Olympus'])('are not read in %s, in words', async (timeZone) => {
    const refused = registerExports(loads.sql, { connection: 'z', mode: 'merge', timeZone }, []);
    await expect(refused).rejects.toThrow(
      /`timeZone` of `z` is .*, which PostgreSQL does not know\. Write a zone by its name/,
    );
  });
});
