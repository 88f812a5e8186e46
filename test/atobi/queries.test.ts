import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../src/errors.ts';
import type { QueriedRow } from '../../src/store/atobi/query.ts';
import { createKpiReader } from '../../src/store/atobi/reader.ts';
import { readerRole } from '../../src/store/atobi/reader-role.ts';
import { connect } from '../store/database.ts';
import { kpi, Sources } from './sources.ts';

let sources: Sources;
beforeAll(async () => {
  sources = await Sources.open();
});
beforeEach(() => sources.fresh());

const good = "SELECT '7' AS user_id, 1.50 AS value, timestamp '2026-03-01 10:00' AS timestamp";

/** Gathers a KPI `q` with this query. */
async function asked(query: string, more: object = {}) {
  sources.configure({ kpis: [kpi('q', { query })], ...more });
  const { streams, toSend } = await sources.gather();
  return { ...streams[0], toSend };
}

describe('the query of a KPI', () => {
  it('gives elements with the digits that PostgreSQL prints, and times in UTC', async () => {
    const values = [
      ['1', '12345678901234567890.10::numeric', "date '2026-03-01'", '2026-03-01 00:00:00'],
      ['2', '9007199254740993::bigint', "timestamptz '2026-03-01 00:30+01'", '2026-02-28 23:30:00'],
      ['3', '0.1::float8 + 0.2::float8', "timestamp '2026-03-01 10:00:59.9'", '2026-03-01 10:00:59'],
      ['4', '-3', "'2026-03-01T00:00:00Z'::text", '2026-03-01 00:00:00'],
    ];
    const queries = values.map(
      ([user, value, time]) => `SELECT ${user} AS user_id, ${value} AS value, ${time} AS timestamp`,
    );
    sources.configure({ kpis: queries.map((query, index) => kpi(`q${index}`, { query })) });
    const { streams } = await sources.gather();
    expect(streams.map(({ failure, toSend }) => [failure, toSend])).toEqual(values.map(() => [null, 1]));
    const sent = (await sources.dryRun()).bodies.map((body) => JSON.parse(body).data[0]);
    expect(sent.map(({ user_id, elements: [{ value, timestamp }] }) => [user_id, value, timestamp])).toEqual([
      ['1', '12345678901234567890.10', values[0]?.[3]],
      ['2', '9007199254740993', values[1]?.[3]],
      ['3', '0.30000000000000004', values[2]?.[3]],
      ['4', '-3', values[3]?.[3]],
    ]);
  });

  it('names columns in any order, leaves units and period out or gives them', async () => {
    const query = `SELECT date '2026-03-31' AS date_to, 5 AS value, 'Eur' AS units, 'x' AS location_id, date '2026-03-01' AS date_from, now() AS timestamp`;
    expect(await asked(query)).toMatchObject({ failure: null, toSend: 1 });
    expect((await sources.elements())[0]).toMatchObject({
      location_id: 'x',
      user_id: null,
      units: 'Eur',
      source: 'query',
    });
    expect(await asked(`${query} -- with a comment`)).toMatchObject({ failure: null, gathered: 1 });
    expect(await asked(`${query};`)).toMatchObject({ failure: null, gathered: 1 });
    expect(await asked(`${query} WHERE false`)).toMatchObject({ failure: null, gathered: 0, vanished: 1 });
  });

  it('reads what is synced, through the views as well, and tables that come later', async () => {
    await sources.sql`CREATE TABLE IF NOT EXISTS incentify.later (n int)`;
    for (const table of ['incentify.projects', 'neoday.current_all_coupons', 'atobi.kpi_values', 'incentify.later']) {
      expect(
        await asked(`SELECT count(*) AS value, 'all' AS user_id, date '2026-03-01' AS timestamp FROM ${table}`),
      ).toMatchObject({
        ...{ failure: null, gathered: 1 },
      });
    }
  });

  it('that is wrong fails alone, in words, and what it gave before is not judged', async () => {
    await asked(good);
    const failures: [string, RegExp][] = [
      [
        'SELECT 1 AS value, now() AS timestamp',
        /^The query of q has no column user_id or location_id: give columns the names value, timestamp/,
      ],
      ["SELECT '7' AS user_id", /has no column value, timestamp: give/],
      [`${good}, 2 AS extra`, /has a column extra that means nothing here/],
      [`${good}, 2 AS value`, /has the column value twice/],
      ['SELEC 1', /is not one SELECT that PostgreSQL understands \(syntax error at or near "SELEC"\)/],
      ['SELECT nothing FROM incentify.projects', /is refused by PostgreSQL \(column "nothing" does not exist\)/],
      ['SELECT 1 / 0 AS value, 1 AS user_id, now() AS timestamp', /failed over what it read \(SQLSTATE 22012\)/],
      [
        "SELECT 'secret'::int AS value, 1 AS user_id, now() AS timestamp",
        /failed over what it read \(SQLSTATE 22P02\)/,
      ],
      [
        'SELECT connection AS user_id, 1 AS value, now() AS timestamp FROM sync.runs',
        /may not read or do \(permission denied for schema sync\)/,
      ],
    ];
    for (const [query, sentence] of failures) {
      const { failure, vanished, gathered, toSend } = await asked(query);
      expect(failure).toMatch(sentence);
      expect(failure).not.toContain('secret');
      expect([vanished, gathered, toSend]).toEqual([0, 0, 0]);
    }
    sources.configure({ kpis: [kpi('bad', { query: 'SELECT' }), kpi('good', { query: good })] });
    const { streams } = await sources.gather();
    expect(streams.map(({ stream, toSend, failure }) => [stream, toSend, failure !== null])).toEqual([
      ['bad', 0, true],
      ['good', 1, false],
      ['q', 0, false],
    ]);
  });

  it('puts single rows aside that do not fit, and takes the others', async () => {
    const rows = [
      "('1', 1e21::float8, now())",
      "('2', 'NaN', now())",
      '(NULL, 1, now())',
      "('4', 1, NULL)",
      "('5', NULL, now())",
      "('6', 1, now())",
    ];
    const query = `SELECT * FROM (VALUES ${rows.join(', ')}) AS shown (user_id, value, timestamp)`;
    expect(await asked(query)).toMatchObject({ failure: null, gathered: 6, aside: 5, toSend: 1 });
    const entries = (await sources.quarantined()).map(({ path, reason }) => `${path} ${reason}`.trim()).toSorted();
    expect(entries).toEqual([
      'It names neither a user_id nor a location_id: give it one of them, or both',
      'timestamp is empty: write YYYY-MM-DD, or YYYY-MM-DD HH:MM:SS with its zone or in UTC',
      'value has an exponent, as floating point does: cast it to numeric in the query',
      'value is empty: give a number such as 17, -3 or 150.00',
      'value is no number that can be sent: give a number such as 17, -3 or 150.00',
    ]);
  });

  it('gives maxRows rows, and with one more none at all', async () => {
    const rows = (count: number) =>
      `SELECT n AS user_id, n AS value, date '2026-03-01' AS timestamp FROM generate_series(1, ${count}) AS n`;
    expect(await asked(rows(2_500), { maxRows: 2_500 })).toMatchObject({ failure: null, gathered: 2_500 });
    const more = await asked(rows(2_501), { maxRows: 2_500 });
    expect(more).toMatchObject({ gathered: 0, toSend: 0, vanished: 0 });
    expect(more.failure).toMatch(/gives more than maxRows \(2500\) rows, so none was taken/);
  });

  it('ends at queryTimeout, wherever the time goes', async () => {
    const slowly = ['SELECT 1 AS user_id, 1 AS value, now() AS timestamp FROM pg_sleep(60)'];
    // Each row alone is quick.
    slowly.push(
      'SELECT n AS user_id, 1 AS value, now() AS timestamp FROM generate_series(1, 100000) AS n, pg_sleep(0.0001 * (n % 2))',
    );
    for (const query of slowly) {
      const begun = performance.now();
      expect((await asked(query, { queryTimeout: 300 })).failure).toMatch(/took longer than queryTimeout \(0.3 s\)/);
      expect(performance.now() - begun).toBeLessThan(2_500);
    }
  });

  it('stands in the place of rows in atobi.kpi_values, and says so', async () => {
    await sources.put({ kpi: 'q', value: '9' }, { kpi: 'other', value: '9' });
    sources.configure({ kpis: [kpi('q', { query: good })] });
    const { streams, remarks } = await sources.gather();
    expect(streams.map(({ stream, gathered }) => [stream, gathered])).toEqual([
      ['other', 1],
      ['q', 1],
    ]);
    expect(remarks).toEqual([
      'q: 1 value in atobi.kpi_values is not sent, since the configuration gives this KPI a query.',
    ]);
  });
});

describe('a query can do nothing but read', () => {
  const writes = [
    'DELETE FROM atobi.kpi_values RETURNING user_id, value, timestamp',
    'WITH gone AS (DELETE FROM atobi.kpi_values RETURNING *) SELECT user_id, value, timestamp FROM gone',
    `${good}; COMMIT; DELETE FROM atobi.kpi_values`,
    `${good}; DELETE FROM atobi.kpi_values`,
    'COMMIT',
    "COPY (SELECT 1) TO PROGRAM 'true'",
    'SELECT user_id, value, timestamp INTO atobi.copy FROM atobi.kpi_values',
    'SELECT user_id, value, timestamp FROM atobi.kpi_values FOR UPDATE',
    `${good}, set_config('transaction_read_only', 'off', true) AS units`,
    `${good}, set_config('role', 'incentive_sync', false) AS units`,
    `${good}, (SELECT lo_create(0))::text AS units`,
    `${good}, (SELECT nextval('atobi.batches_batch_seq'))::text AS units`,
    `${good}, pg_read_file('PG_VERSION') AS units`,
    `${good}, query_to_xml('DELETE FROM atobi.kpi_values', true, true, '')::text AS units`,
    `${good}) TO STDOUT; DELETE FROM atobi.kpi_values; --`,
    `SELECT 1; ${good}`,
  ];

  it.each(writes)('%s', async (query) => {
    await sources.put({ value: '1' });
    const { failure } = await asked(query);
    expect(failure).toMatch(/^The query of q /);
    const [left] = await sources.sql`
      SELECT count(*)::int FROM atobi.kpi_values WHERE connection = ${sources.connection.name}`;
    expect(left).toEqual({ count: 1 });
  });

  it('even as the administrator’s own connection would let it: these very texts delete through the simple protocol', async () => {
    await sources.put({ value: '1' });
    await sources.sql.begin('READ ONLY', (transaction) =>
      transaction.unsafe(`${good}; COMMIT; DELETE FROM atobi.kpi_values`),
    );
    expect([...(await sources.sql`SELECT count(*)::int FROM atobi.kpi_values`)]).toEqual([{ count: 0 }]);
  });
});

describe('the role of queries', () => {
  const role = () => readerRole(new URL(sources.url).pathname.slice(1));

  it('may log in and SELECT, and is nothing else', async () => {
    expect(await asked(good)).toMatchObject({ failure: null });
    const [is] = await sources.sql`
      SELECT rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolinherit, rolreplication, rolconnlimit,
        (SELECT count(*)::int FROM pg_auth_members WHERE member = role.oid) AS memberships
      FROM pg_roles AS role WHERE rolname = ${role()}`;
    expect(is).toEqual({
      ...{ rolcanlogin: true, rolsuper: false, rolcreatedb: false, rolcreaterole: false, rolinherit: false },
      ...{ rolreplication: false, rolconnlimit: 10, memberships: 0 },
    });
  });

  it('has a name of at most 63 bytes, another one for each database', () => {
    const long = 'ü'.repeat(40);
    const names = ['a', 'b', long, `${long}x`].map(readerRole);
    expect(new Set(names).size).toBe(4);
    for (const name of names) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
  });

  it('has a password that no statement shows and every worker knows, also after DATABASE_URL got another', async () => {
    const password = 'another';
    await sources.sql.unsafe(`DROP ROLE IF EXISTS other_owner`);
    await sources.sql.unsafe(`CREATE ROLE other_owner LOGIN SUPERUSER PASSWORD '${password}'`);
    const other = new URL(sources.url);
    other.username = 'other_owner';
    other.password = password;
    for (const databaseUrl of [sources.url, other.href, sources.url]) {
      const rows: QueriedRow[] = [];
      await sources
        .reader({ databaseUrl })
        .read({ sql: good, timeoutMs: 1000, maxRows: 1 }, async (some) => void rows.push(...some));
      expect(rows).toEqual([{ user_id: '7', value: '1.50', timestamp: '2026-03-01 10:00:00' }]);
    }
    const [kept] = await sources.sql<
      { rolpassword: string }[]
    >`SELECT rolpassword FROM pg_authid WHERE rolname = ${role()}`;
    expect(kept?.rolpassword).toMatch(/^SCRAM-SHA-256\$4096:/);
    await sources.sql.unsafe('DROP ROLE other_owner');
  });

  it('is made once by workers that begin together', async () => {
    const fresh = await Sources.open();
    const reads = Array.from({ length: 4 }, () =>
      fresh.reader().read({ sql: good, timeoutMs: 5000, maxRows: 1 }, async () => undefined),
    );
    expect(await Promise.allSettled(reads)).toEqual(reads.map(() => ({ status: 'fulfilled', value: undefined })));
  });

  /** A role of the test's own in this database, and its URL. */
  async function roleWith(rights: string, grants: readonly string[] = []): Promise<string> {
    const name = `t_${randomUUID().slice(0, 8)}`;
    await sources.sql.unsafe(`CREATE ROLE ${name} LOGIN PASSWORD 'pw' ${rights}`);
    for (const grant of grants) await sources.sql.unsafe(`GRANT ${grant} TO ${name}`);
    const url = new URL(sources.url);
    url.username = name;
    url.password = 'pw';
    return url.href;
  }

  const read = (databaseQueryUrl: string) =>
    sources.reader({ databaseQueryUrl }).read({ sql: good, timeoutMs: 1000, maxRows: 1 }, async () => undefined);

  it('may be one of the person’s own, unless it may do more than read', async () => {
    await read(await roleWith(''));
    await expect(read(await roleWith('SUPERUSER'))).rejects.toThrow(
      /^no query is run, because the role t_\w+ is or may become t_\w+, which may do more than read: set DATABASE_QUERY_URL/,
    );
    await expect(read(await roleWith('', ['UPDATE ON atobi.kpi_values']))).rejects.toThrow(
      /may write to atobi.kpi_values/,
    );
    await expect(read(await roleWith('', ['DELETE ON sync.runs']))).rejects.toThrow(/may write to sync.runs/);
    await expect(read(await roleWith('NOINHERIT', ['pg_execute_server_program']))).rejects.toThrow(
      /may become pg_execute_server_program/,
    );
    await expect(read(sources.url)).rejects.toThrow(ConfigurationError);
    const wrong = new URL(await roleWith(''));
    wrong.password = 'wrong';
    await expect(read(wrong.href)).rejects.toThrow(
      /refuses its role. DATABASE_QUERY_URL: correct its user and password$/,
    );
  });

  it('cannot be made by a user who may make none: then it is said what to type', async () => {
    const owner = await roleWith('', ['USAGE ON SCHEMA atobi']);
    const fresh = await Sources.open();
    const elsewhere = new URL(owner);
    elsewhere.pathname = new URL(fresh.url).pathname;
    const sql = connect(elsewhere.href);
    const query = { sql: good, timeoutMs: 1000, maxRows: 1 };
    const failed = createKpiReader({ sql, databaseUrl: elsewhere.href }).read(query, async () => undefined);
    const error = await failed.then(
      () => null,
      (refused: Error) => refused,
    );
    expect(error?.message).toMatch(
      /^needs a role of its own that may only read, and the user in DATABASE_URL may not make or change it\. Have somebody who may make roles type: CREATE ROLE "incentive_sync_reader_store_\w+" LOGIN NOINHERIT PASSWORD '…'; GRANT CONNECT .*; GRANT USAGE ON SCHEMA "atobi", "incentify", "neoday", "vibes" TO .*; GRANT SELECT ON ALL TABLES .*; ALTER DEFAULT PRIVILEGES .*; then set DATABASE_QUERY_URL=postgres:\/\/incentive_sync_reader_store_\w+:PASSWORD@HOST:PORT\/store_\w+ for every worker$/,
    );
    // What it says to type works.
    const statements = (/type: (.*); then set/.exec(error?.message ?? '')?.[1] ?? '').replace('…', 'typed');
    await fresh.sql.unsafe(statements.replace(/FOR ROLE "t_\w+"/, ''));
    const url = new URL(fresh.url);
    url.username = readerRole(url.pathname.slice(1));
    url.password = 'typed';
    await createKpiReader({ sql, databaseUrl: elsewhere.href, databaseQueryUrl: url.href }).read(
      query,
      async () => undefined,
    );

    const without = new URL(sources.url);
    without.password = '';
    const noPassword = sources.reader({ databaseUrl: without.href }).read(query, async () => undefined);
    await expect(noPassword).rejects.toThrow(/and DATABASE_URL has no password to derive one from\. Have somebody/);
  });

  it('that cannot be reached is the database’s failure, not the query’s', async () => {
    const nowhere = 'postgres://a:b@127.0.0.1:9/c';
    await expect(read(nowhere)).rejects.toThrow(
      /PostgreSQL could not run a query of a KPI: nothing listens at its address/,
    );
  });
});
