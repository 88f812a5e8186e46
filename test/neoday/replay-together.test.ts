import { beforeAll, describe, expect, it } from 'vitest';
import { replayEntries } from '../../src/activities/replay.ts';
import { claimCursor } from '../../src/store/claim.ts';
import { openStore, type Store } from '../../src/store/connect.ts';
import { type KeptEntry, keptEntries } from '../../src/store/quarantine-entries.ts';
import { Loads, type Result, win } from './loads.ts';

const many = 1500;

describe('rows of files that were put aside, tried together', () => {
  let loads: Loads;
  beforeAll(async () => {
    loads = await Loads.open();
  });
  let connections = 0;
  const aConnection = () => `t${++connections}`;
  const withStore = async <T>(work: (store: Store) => Promise<T>): Promise<T> => {
    const store = openStore({ url: loads.url });
    return work(store).finally(() => store.close());
  };
  const putAside = (connection: string, text: string | null, where: number, times = 1) => loads.sql`
    INSERT INTO sync.quarantine
      (connection, stream, content_hash, path, reason, raw_text, page, result_id, row_number, times, run_id)
    VALUES (${connection}, 'win-info', gen_random_uuid(), 'haswon', 'is odd', ${text}, 0,
      ${`${connection}-${where}`}, 1, ${times}, ${`run-${where}`})`;
  const putManyAside = async (connection: string) => {
    await loads.load({ id: `${connection}-1`, created: 1, rows: [win('a')] }, { connection });
    await loads.sql`
      INSERT INTO sync.quarantine (connection, stream, content_hash, path, reason, raw_text, page, result_id, row_number, run_id)
      SELECT ${connection}, 'win-info', gen_random_uuid(), 'haswon', 'is odd', replace(${win('USER')}, 'USER', 'u' || n), 0,
        ${`${connection}-1`}, n, 'r' FROM generate_series(1, ${many}::int) AS n`;
  };
  const kept = async (store: Store, connection: string): Promise<KeptEntry[]> => {
    const found: KeptEntry[] = [];
    for await (const entries of keptEntries(store.sql, { connection, all: true })) found.push(...entries);
    return found;
  };
  const replayAll = (connection: string) =>
    withStore(async (store) => {
      const came: string[] = [];
      for await (const entries of keptEntries(store.sql, { connection })) {
        came.push(...(await replayEntries(store, entries, { connection: null })).map(({ result }) => result));
      }
      return came;
    });
  const rowsOf = (connection: string) => loads.sql`
    SELECT userid, ordinal, raw, substr(first.result_id, length(${connection}) + 1) AS first,
      substr(last.result_id, length(${connection}) + 1) AS last
    FROM neoday.win_info AS own JOIN neoday.results AS first ON first.sequence = first_result
    LEFT JOIN neoday.results AS last ON last.sequence = last_result
    WHERE own.connection = ${connection} ORDER BY userid, participation_date, ordinal`;
  const entriesOf = (connection: string) => loads.sql`
    SELECT path, reason, mapping_version AS version, resolution FROM sync.quarantine
    WHERE connection = ${connection} ORDER BY id`;
  /** Transactions of this database that wait for another's lock. */
  const waiting = async () => {
    const [row] = await loads.sql`
      SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    return row!.count as number;
  };
  const stored = async (connection: string) => (await rowsOf(connection)).length - 1;

  /** Every outcome that there is, rows that are equal to each other and to stored ones, and results in every place. */
  const scene = async (): Promise<string> => {
    const connection = aConnection();
    const result = (created: number, ...rows: string[]): Result => ({ id: `${connection}-${created}`, created, rows });
    await loads.load(result(2, win('a'), win('b')), { connection });
    await loads.load(result(3, win('b')), { connection });
    await loads.load(result(1, win('c')), { connection });
    const unfinished = result(4, win('d'));
    await loads.load(unfinished, { connection });
    await loads.forget(unfinished);
    const texts: [string | null, number, number?][] = [
      ...([
        [win('e'), 3],
        [win('f'), 1],
        [win('f', '1'), 2],
      ] as [string, number][]),
      ...([
        [` ${win('e')}`, 3],
        [`${win('e')} `, 1, 3],
        [win('a'), 1],
        [` ${win('a')}`, 3],
      ] as [string, number, number?][]),
      ...([
        [win('refused'), 3],
        [win('e', '0', '2024-02-30 10:00:00.000'), 3],
        ['[', 1],
      ] as [string, number][]),
      ...([
        [win('g'), 4],
        [win('h'), 9],
        [null, 3],
        [win('i', '1', undefined, { more: 1 }), 3, 2],
      ] as [string, number][]),
      ...([
        [win('closed'), 3],
        [win('refused', '1'), 2],
        [win('k'), 2, 2],
        [win('c'), 3],
      ] as [string, number][]),
    ];
    for (const [text, where, times] of texts) await putAside(connection, text, where, times);
    await loads.sql`
      UPDATE sync.quarantine SET resolved_at = now(), resolution = 'dropped by a person'
      WHERE connection = ${connection} AND raw_text LIKE '%closed%'`;
    return connection;
  };

  it('come to what they come to one by one, also where PostgreSQL refuses some of them', async () => {
    await loads.sql.unsafe(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF NEW.userid = 'refused' THEN RAISE EXCEPTION USING ERRCODE = '22003'; END IF; RETURN NEW; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON neoday.win_info FOR EACH ROW EXECUTE FUNCTION refuse()`);
    const [alone, together] = [await scene(), await scene()];
    await withStore(async (store) => {
      const ones: object[] = [];
      for (const entry of await kept(store, alone)) {
        ones.push(...(await replayEntries(store, [entry], { connection: null })));
      }
      const all = await replayEntries(store, await kept(store, together), { connection: null });
      const plain = (came: readonly object[], connection: string) =>
        came.map((one) => ({ ...one, id: 0 })).map((one) => JSON.stringify(one).replaceAll(connection, 'NAME'));
      expect(plain(all, together)).toEqual(plain(ones, alone));
      expect(all.map(({ result }) => result)).toEqual([
        ...['replayed', 'replayed', 'replayed', 'present', 'replayed', 'present', 'present'],
        ...['unfit', 'unfit', 'unfit', 'impossible', 'impossible', 'impossible', 'replayed'],
        ...['resolved', 'unfit', 'replayed', 'present'],
      ]);
      expect(all[7]).toMatchObject({ sentence: expect.stringContaining('22003') });
    });
    expect([...(await rowsOf(together))]).toEqual([...(await rowsOf(alone))]);
    expect([...(await entriesOf(together))]).toEqual([...(await entriesOf(alone))]);
    await loads.sql.unsafe('DROP TRIGGER refuse ON neoday.win_info');
  });

  it('find places of their own where other contents have their hashes, as one by one', async () => {
    const connection = aConnection();
    await putManyAside(connection);
    await loads.sql`DELETE FROM sync.quarantine WHERE connection = ${connection} AND row_number > 4`;
    await replayAll(connection);
    // What is stored now has the hashes of what comes, as if they collided.
    await loads.sql`UPDATE neoday.win_info SET userid = 'x' || userid WHERE connection = ${connection}`;
    await loads.sql`
      UPDATE sync.quarantine SET resolved_at = NULL, resolution = NULL, times = 2 WHERE connection = ${connection}`;
    expect(await replayAll(connection)).toEqual(['replayed', 'replayed', 'replayed', 'replayed']);
    const users = ['u1', 'u2', 'u3', 'u4'];
    const rows = [...users.flatMap((user) => [user, user]), ...['xa', ...users.map((user) => `x${user}`)]];
    expect((await rowsOf(connection)).map(({ userid }) => userid)).toEqual(rows);
  });

  it('are stored once where two try them at the same time, and each entry by one of them', async () => {
    const connection = aConnection();
    await putManyAside(connection);
    const both = (await Promise.all([replayAll(connection), replayAll(connection)])).flat();
    expect(both.filter((result) => result === 'replayed')).toHaveLength(many);
    expect(both.filter((result) => result !== 'replayed' && result !== 'resolved')).toEqual([]);
    expect(await stored(connection)).toBe(many);
  });

  it('are tried again where a run takes the stream in the middle of them', async () => {
    const connection = aConnection();
    await putManyAside(connection);
    const came = await loads.sql.begin(async (transaction) => {
      const held = await transaction`
        SELECT id FROM sync.quarantine WHERE connection = ${connection} AND row_number = 700 FOR UPDATE`;
      expect(held).toHaveLength(1);
      const replaying = replayAll(connection);
      await expect.poll(waiting, { timeout: 10_000 }).toBe(1);
      expect(await stored(connection)).toBe(500);
      await withStore(({ sql }) =>
        claimCursor(
          sql,
          { connection, stream: 'win-info' },
          { runId: 'newer', runSequence: 1000, lease: 1, attempt: 1, pass: 1 },
        ),
      );
      return { replaying };
    });
    expect(new Set(await came.replaying)).toEqual(new Set(['replayed']));
    expect(await stored(connection)).toBe(many);
  });
});
