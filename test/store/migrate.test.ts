import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import { ConfigurationError, DatabaseError } from '../../src/errors.ts';
import { historyProblem, migrate, planMigrations } from '../../src/store/migrate.ts';
import { recordTables } from '../../src/store/tables.ts';
import { withDatabase } from '../support/servers.ts';
import { connect, emptyDatabase } from './database.ts';

function withUser(url: string, user: string, password: string): string {
  const changed = new URL(url);
  changed.username = user;
  changed.password = password;
  return changed.href;
}

const refusal = (url: string): Promise<Error> =>
  migrate({ url }).then(
    () => Promise.reject(new Error('was migrated')),
    (error: Error) => error,
  );

describe('migrations', () => {
  it('started twice at once on an empty database both succeed, and one applies', async () => {
    const url = await emptyDatabase();
    const both = await Promise.all([migrate({ url }), migrate({ url })]);
    expect(both.map(({ applied }) => applied > 0).toSorted()).toEqual([false, true]);
    expect(both[0]!.installationId).toBe(both[1]!.installationId);
    expect(await migrate({ url })).toEqual({ applied: 0, names: [], installationId: both[0]!.installationId });
  });

  it('are named before they are applied, and looking changes nothing', async () => {
    const url = await emptyDatabase();
    const planned = await planMigrations(connect(url));
    expect(planned[0]).toBe('0000_initial');
    expect(await planMigrations(connect(url))).toEqual(planned);
    expect((await migrate({ url })).names).toEqual(planned);
    expect(await planMigrations(connect(url))).toEqual([]);
  });

  it('give two databases two identities', async () => {
    const [one, other] = await Promise.all([emptyDatabase(), emptyDatabase()]);
    expect((await migrate({ url: one })).installationId).not.toBe((await migrate({ url: other })).installationId);
  });

  it('refuse a database that a newer version has used, and leave it as it is', async () => {
    const url = await emptyDatabase();
    await migrate({ url });
    const sql = connect(url);
    await sql`INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('of-the-future', 99999999999999)`;
    const error = await refusal(url);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toMatch(/1 schema change.*newer version\. Update incentive-sync, or point DATABASE_URL/);
    expect(await sql`SELECT count(*)::int FROM drizzle.__drizzle_migrations WHERE hash = 'of-the-future'`).toEqual([
      { count: 1 },
    ]);
  });

  it('refuse a history with a gap, which Drizzle alone would skip', () => {
    const known = ['a', 'b', 'c'];
    expect(historyProblem(known, ['a', 'c'])).toMatch(/lacks a schema change in the middle.*Restore it from a backup/);
    expect(historyProblem(known, ['b'])).toMatch(/in the middle/);
    expect(historyProblem(known, ['a', 'x'])).toMatch(/newer version/);
    for (const applied of [[], ['a'], ['a', 'b'], known]) expect(historyProblem(known, applied)).toBeNull();
  });
});

describe('a database that cannot be used is told in a sentence with what to do', () => {
  it.each([
    [
      'that nobody runs',
      'postgres://u:secret-word@127.0.0.1:1/x',
      /nothing listens at its address; start it, or correct/,
    ],
    [
      'on a host that is not known',
      'postgres://u:secret-word@database.invalid/x',
      /host name (is not known|could not)/,
    ],
  ])('%s', async (_name, url, words) => {
    const error = await refusal(url);
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error.message).toMatch(/^PostgreSQL could not bring its schema up to date: /);
    expect(error.message).toMatch(words);
    expect(error.message).not.toContain('secret-word');
  });

  it('with a wrong password', async () => {
    const error = await refusal(withUser(inject('databaseUrl'), new URL(inject('databaseUrl')).username, 'wrong'));
    expect(error.message).toMatch(/refused the password in DATABASE_URL; correct it/);
  });

  it('that does not exist', async () => {
    const error = await refusal(withDatabase(inject('databaseUrl'), 'nowhere'));
    expect(error.message).toMatch(/database named in DATABASE_URL does not exist; create it/);
  });

  it('that only takes reads', async () => {
    const url = await emptyDatabase();
    await connect(url).unsafe(
      `ALTER DATABASE "${new URL(url).pathname.slice(1)}" SET default_transaction_read_only = on`,
    );
    expect((await refusal(url)).message).toMatch(/only takes reads; DATABASE_URL must name the primary/);
  });

  it('whose user may not create what is needed', async () => {
    const url = await emptyDatabase();
    const user = `guest_${randomUUID().slice(0, 8).replaceAll('-', '')}`;
    await connect(url).unsafe(`CREATE ROLE ${user} LOGIN PASSWORD 'guest'`);
    const error = await refusal(withUser(url, user, 'guest'));
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error.message).toMatch(/user lacks a right that is needed; grant it, or use the owner of the database/);
    // What was missing is enough.
    await connect(url).unsafe(`GRANT CREATE ON DATABASE "${new URL(url).pathname.slice(1)}" TO ${user}`);
    expect((await migrate({ url: withUser(url, user, 'guest') })).applied).toBeGreaterThan(0);
  });
});

describe('the schema', () => {
  it('explains itself: every table, and what the columns of rows mean', async () => {
    const url = await emptyDatabase();
    await migrate({ url });
    const sql = connect(url);
    const tables = await sql<{ name: string; comment: string | null }[]>`
      SELECT format('%s.%s', nspname, relname) AS name, obj_description(pg_class.oid, 'pg_class') AS comment
      FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE relkind = 'r' AND nspname IN ('incentify', 'neoday', 'sync')`;
    expect(tables.length).toBeGreaterThanOrEqual(9);
    expect(tables.filter(({ comment }) => comment === null).map(({ name }) => name)).toEqual([]);
    for (const { name } of Object.values(recordTables.incentify)) {
      const columns = await sql<{ column: string }[]>`
        SELECT attname AS column FROM pg_attribute
        WHERE attrelid = ${name}::regclass AND col_description(attrelid, attnum) IS NOT NULL`;
      const commented = columns.map(({ column }) => column);
      for (const column of ['id', 'connection', 'raw', 'content_hash', 'synced_at', 'run_id', 'deleted_at']) {
        expect(commented, name).toContain(column);
      }
    }
  });

  it('has each comment put right again, should somebody have changed it', async () => {
    const url = await emptyDatabase();
    await migrate({ url });
    const sql = connect(url);
    await sql.unsafe(`COMMENT ON TABLE incentify.projects IS 'old'`);
    await migrate({ url });
    const [row] = await sql<{ comment: string }[]>`SELECT obj_description('incentify.projects'::regclass) AS comment`;
    expect(row!.comment).toMatch(/^Incentify projects/);
  });
});
