import { afterEach, describe, expect, it } from 'vitest';
import { watchRun } from '../../src/operations/watch.ts';
import type { FilePlace } from '../../src/receipt.ts';
import { cliOf } from '../support/cli-of.ts';
import { World } from '../support/world.ts';

const exports = {
  'win-info': { rows: 300, results: 1 },
  'all-coupons': { rows: 50 },
  'survey-answers': { results: 0 },
};
const account = { only: Object.keys(exports), exports };
const long = { 'win-info': { rows: 45_000, results: 1 }, 'all-coupons': { rows: 45_000, results: 1 } };

describe('the commands for a connection to NeoDay', () => {
  let world: World;
  afterEach(() => world.close());

  const cli = async (...args: string[]) => {
    const done = await cliOf(world, [...args, '--json'], { GAMES_SECRET: 'sandbox-secret' });
    return { ...done, document: JSON.parse(done.stdout) };
  };

  it('tell what it has, how fresh it is and what a resync would load; and try a row again that was put aside', async () => {
    world = await World.create({ system: 'neoday', neoday: account });
    world.sandbox.addFaults(
      { kind: 'row', row: 17, as: 'no-date', streams: ['win-info'] },
      { kind: 'row', row: 18, as: 'no-key', streams: ['win-info'] },
    );
    await world.worker();
    expect(await world.sync()).toMatchObject({ streams: { 'win-info': { quarantined: 2 } } });
    const [result] = await world.sql`SELECT sequence::int, result_id FROM neoday.results WHERE export = 'win-info'`;

    const { document: listed } = await cli('connection', 'list');
    expect(listed.connections).toEqual([
      expect.objectContaining({
        ...{ connection: 'games', system: 'neoday', quarantined: 2, receipts: 1, results: 4 },
        rows: { 'win-info': { live: 298, deleted: 0 }, 'all-coupons': { live: expect.any(Number), deleted: 0 } },
      }),
    ]);

    const { document: told } = await cli('status');
    const [oldest] = await world.sql`
      SELECT min(newest) AS at FROM (SELECT max(created_at) AS newest FROM neoday.results GROUP BY export) AS each`;
    expect(told.connections).toMatchObject([
      {
        ...{ connection: 'games', system: 'neoday', state: 'idle', type: [] },
        freshness: { asOf: oldest!.at.toISOString() },
        reasons: expect.arrayContaining([expect.stringContaining('has not run this export yet')]),
      },
    ]);

    const dry = await cli('resync', 'games', '--dry-run');
    const [files] = await world.sql`SELECT sum(length)::int AS bytes FROM neoday.results`;
    expect(dry.document).toMatchObject({
      ...{ connection: 'games', results: 4, bytes: files!.bytes },
      streams: { 'win-info': { results: 1, rows: 300, seconds: expect.any(Number) }, 'all-coupons': { results: 3 } },
    });
    expect(dry.stderr).toMatch(/would load about 4 results again, 0\.\d MB, in/);
    expect(await cli('resync', 'games', '--stream', 'win-inof')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean `win-info`?'),
    });

    const { document: aside, stderr } = await cli('quarantine', 'list');
    expect(stderr).toContain(`row 17 of result ${result!.result_id}, last seen`);
    const { id } = aside.quarantine.find(({ rowNumber }: { rowNumber: number }) => rowNumber === 17);
    await world.sql`
      UPDATE sync.quarantine SET raw_text = jsonb_set(raw_text::jsonb, '{participation_date}', '"2024-05-01 10:00:00.123"')::text
      WHERE id = ${id}`;
    const replayed = await cli('quarantine', 'replay', '--connection', 'games');
    expect(replayed).toMatchObject({ code: 3 });
    expect(replayed.document.replayed).toEqual(
      expect.arrayContaining([
        { id, result: 'replayed', sentence: 'stored as a row' },
        expect.objectContaining({ result: 'unfit' }),
      ]),
    );
    const stored = await world.sql`
      SELECT first_result::int, last_result FROM neoday.win_info WHERE participation_date = '2024-05-01T10:00:00.123Z'`;
    expect(stored).toEqual([{ first_result: result!.sequence, last_result: null }]);
  });

  it('show each export that is loaded beside others, with what has come of its file', async () => {
    world = await World.create({ system: 'neoday', neoday: { only: Object.keys(long), exports: long } });
    // Each file takes some seconds, and several commits.
    world.sandbox.addFaults({ kind: 'trickle', bytes: 400_000, everyMs: 200, steps: ['download'] });
    await world.worker();
    const seen = new Map<string, FilePlace[]>();
    let together = false;
    const receipt = await watchRun(await world.start(['win-info', 'all-coupons']), {
      pollMs: 100,
      onProgress: ({ streams }) => {
        const loading = Object.entries(streams).flatMap(([stream, { file }]) =>
          file ? [[stream, file] as const] : [],
        );
        for (const [stream, file] of loading) seen.set(stream, [...(seen.get(stream) ?? []), file]);
        together ||= loading.length === 2;
      },
    });
    expect(receipt).toMatchObject({ status: 'completed' });
    expect(together).toBe(true);
    for (const places of seen.values()) {
      expect(places.some(({ bytes, length, rows }) => rows > 0 && bytes > 0 && bytes < (length ?? 0))).toBe(true);
    }
  });
});
