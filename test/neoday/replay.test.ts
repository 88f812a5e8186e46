import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { replayEntry } from '../../src/activities/replay.ts';
import { openStore } from '../../src/store/connect.ts';
import { neodayOf } from '../config/write.ts';
import { World } from '../support/world.ts';
import { Loads, type Result, win } from './loads.ts';

const bad = win('bad', '0', '2024-02-30 10:00:00.000');

describe('a row of a file that was put aside', () => {
  let loads: Loads;
  beforeAll(async () => {
    loads = await Loads.open();
  });

  let connections = 0;
  const scene = () => {
    const connection = `c${++connections}`;
    const result = (created: number, ...rows: string[]): Result => ({ id: `${connection}-${created}`, created, rows });
    /** As a version that cannot read it puts aside what a later one can. */
    const spoiled = async (text: string, where = 1) => {
      const [row] = await loads.sql`
        INSERT INTO sync.quarantine (connection, stream, content_hash, path, reason, raw_text, page, result_id, row_number, run_id)
        VALUES (${connection}, 'win-info', gen_random_uuid(), 'haswon', 'is odd', ${text}, 0, ${`${connection}-${where}`}, 17, 'r')
        RETURNING id::int`;
      return row!.id as number;
    };
    const rows = () => loads.sql`
      SELECT userid, ordinal, first.created_at = ${at(1)} AS "byFirst", last.created_at AS last
      FROM neoday.win_info AS own JOIN neoday.results AS first ON first.sequence = first_result
      LEFT JOIN neoday.results AS last ON last.sequence = last_result
      WHERE own.connection = ${connection} ORDER BY userid, ordinal`;
    return { connection, result, spoiled, rows, load: { connection } };
  };
  const at = (created: number) => new Date(Date.UTC(2024, 0, 1) + created * 60_000);
  const replay = async (id: number) => {
    const store = openStore({ url: loads.url });
    return replayEntry(store, id, null).finally(() => store.close());
  };
  const entryOf = async (id: number) =>
    (await loads.sql`SELECT path, reason, resolution FROM sync.quarantine WHERE id = ${id}`)[0];

  it('becomes an open row of the newest result, and one that has ended of an older', async () => {
    const { result, spoiled, rows, load } = scene();
    await loads.load(result(1, win('a')), load);
    const newest = await spoiled(win('z', '1'));
    expect(await replay(newest)).toMatchObject({ result: 'replayed' });
    expect(await rows()).toMatchObject([
      { userid: 'a', last: null },
      { userid: 'z', ordinal: 1, byFirst: true, last: null },
    ]);
    expect(await entryOf(newest)).toMatchObject({ resolution: 'replayed' });

    await loads.load(result(2, win('a'), win('z', '1')), load);
    const older = await spoiled(win('y'), 1);
    expect(await replay(older)).toMatchObject({ result: 'replayed' });
    expect(await rows()).toMatchObject([
      { userid: 'a', last: null },
      { userid: 'y', last: at(1) },
      { userid: 'z', last: null },
    ]);
    const [current] = await loads.sql`
      SELECT count(*)::int FROM neoday.current_win_info WHERE connection = ${load.connection}`;
    expect(current).toEqual({ count: 3 });
    const [staged] = await loads.sql`SELECT count(*)::int FROM neoday.staged_win_info`;
    expect(staged).toEqual({ count: 0 });
  });

  it('that still does not fit stays, with its reason as it is now', async () => {
    const { result, spoiled, load, rows } = scene();
    await loads.load(result(1, win('a')), load);
    const id = await spoiled(bad);
    expect(await replay(id)).toMatchObject({
      result: 'unfit',
      sentence: expect.stringContaining('participation_date'),
    });
    expect(await entryOf(id)).toMatchObject({ path: 'participation_date', resolution: null });
    expect(await rows()).toHaveLength(1);
  });

  it('adds none where an equal row is, says so, and that its result showed it', async () => {
    const { result, spoiled, rows, load } = scene();
    await loads.load(result(2, win('a'), win('b')), load);
    await loads.load(result(3, win('b')), load);
    await loads.load(result(1, win('c')), load);
    const [open, earlier] = [await spoiled(` ${win('a')}`, 3), await spoiled(win('b'), 1)];
    expect(await replay(open)).toMatchObject({ result: 'present', sentence: expect.stringContaining('already') });
    expect(await replay(earlier)).toMatchObject({ result: 'present' });
    expect(await rows()).toMatchObject([
      { userid: 'a', last: null, byFirst: false },
      { userid: 'b', last: null, byFirst: true },
      { userid: 'c', last: at(1) },
    ]);
    expect(await replay(open)).toMatchObject({ result: 'resolved' });
  });

  it('finds a place of its own where another content has its hash', async () => {
    const { connection, result, spoiled, rows, load } = scene();
    await loads.load(result(1, win('a')), load);
    const [stored, replaced] = [await spoiled(win('z')), await spoiled(win('z'))];
    await replay(stored);
    // What `a` holds now has the hash of `z`, as if the two collided.
    await loads.sql`DELETE FROM neoday.win_info WHERE connection = ${connection} AND userid = 'a'`;
    await loads.sql`UPDATE neoday.win_info SET userid = 'a' WHERE connection = ${connection}`;
    expect(await replay(replaced)).toMatchObject({ result: 'replayed' });
    expect(await rows()).toMatchObject([{ userid: 'a' }, { userid: 'z' }]);
    const again = await spoiled(win('z'));
    expect(await replay(again)).toMatchObject({ result: 'present' });
    expect(await rows()).toHaveLength(2);
  });

  it('waits for the load of its file where that is not whole yet', async () => {
    const { result, spoiled, rows, load } = scene();
    const first = result(1, win('a'));
    await loads.load(first, load);
    await loads.forget(first);
    const [loading, unknown] = [await spoiled(win('z'), 1), await spoiled(win('z'), 9)];
    for (const id of [loading, unknown]) {
      expect(await replay(id)).toMatchObject({
        result: 'impossible',
        sentence: expect.stringContaining('not loaded whole'),
      });
    }
    expect(await rows()).toHaveLength(1);
  });

  it('of an export outside the ten is kept as it is', async () => {
    const { connection, result, load } = scene();
    const answers = { ...load, export: 'survey-answers' };
    await loads.load(result(1, '{"q": 1}'), answers);
    const [row] = await loads.sql`
      INSERT INTO sync.quarantine (connection, stream, content_hash, path, reason, raw_text, page, result_id, row_number, run_id)
      VALUES (${connection}, 'survey-answers', gen_random_uuid(), '', 'is odd', '{"q": 2.50}', 0, ${`${connection}-1`}, 2, 'r')
      RETURNING id::int`;
    expect(await replay(row!.id)).toMatchObject({ result: 'replayed' });
    const stored = await loads.sql`
      SELECT export, raw::text, last_result FROM neoday.other_rows WHERE connection = ${connection} ORDER BY raw::text`;
    expect(stored).toEqual([
      { export: 'survey-answers', raw: '{"q": 1}', last_result: null },
      { export: 'survey-answers', raw: '{"q": 2.50}', last_result: null },
    ]);
  });
});

describe('a row that was put aside under rules for personal data', () => {
  let world: World;
  afterEach(() => world.close());

  it('is not hashed a second time, and waits for the next load where the rules are others now', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's own way of naming a variable
    const connection = { hash: ['userid'], hashKey: '${HASH_KEY}' };
    const neoday = { only: ['win-info'], exports: { 'win-info': { rows: 20, results: 1 } } };
    const env = { HASH_KEY: 'a-key-of-32-characters-or-so-xyz' };
    world = await World.create({ system: 'neoday', neoday, connection, env });
    world.sandbox.addFaults({ kind: 'row', row: 3, as: 'no-date', streams: ['win-info'] });
    await world.worker();
    await world.sync();
    const [entry] = await world.sql<{ id: number; userid: string }[]>`
      UPDATE sync.quarantine SET raw_text =
        jsonb_set(raw_text::jsonb, '{participation_date}', '"2024-05-01 10:00:00.123"')::text
      RETURNING id::int, raw_text::jsonb ->> 'userid' AS userid`;
    expect(entry!.userid).toMatch(/^[0-9a-f]{64}$/);
    const now = neodayOf(world.config);
    const store = openStore({ url: world.databaseUrl });
    try {
      expect(await replayEntry(store, entry!.id, { ...now, hash: [] })).toMatchObject({
        result: 'impossible',
        sentence: expect.stringContaining('other rules'),
      });
      expect(await replayEntry(store, entry!.id, now)).toMatchObject({ result: 'replayed' });
    } finally {
      await store.close();
    }
    const stored = await world.sql`
      SELECT userid FROM neoday.win_info WHERE participation_date = '2024-05-01T10:00:00.123Z'`;
    expect(stored).toEqual([{ userid: entry!.userid }]);
  });
});
