import type { Sql } from 'postgres';
import { passwordOf } from '../../config/environment.ts';
import { ConfigurationError, SyncError } from '../../errors.ts';
import { databaseError, sqlState } from '../errors.ts';
import { type KpiQuery, openReader, type QueriedRow, type ReaderLogin, runQuery } from './query.ts';
import { byHand, ensureReaderRole, readerPassword, readerRole, renewReaderPassword } from './reader-role.ts';

/** Runs queries of the configuration, as a role that may only read. */
export interface KpiReader {
  /**
   * @throws ConfigurationError with a sentence that goes on after the query's name.
   * @throws DatabaseError when PostgreSQL is unreachable.
   */
  read(query: KpiQuery, take: (rows: readonly QueriedRow[]) => Promise<void>): Promise<void>;
}

export interface ReaderOptions {
  sql: Sql;
  databaseUrl: string;
  /** Where `databaseUrl` points at a pooler, which knows no role of ours. */
  databaseDirectUrl?: string | undefined;
  /** A role that somebody has made for queries. */
  databaseQueryUrl?: string | undefined;
}

/** Queries run by the role in DATABASE_QUERY_URL, else by one of our own, which is made when it is first needed. */
export function createKpiReader(options: ReaderOptions): KpiReader {
  return {
    read: async (query, take) => {
      const run = (login: ReaderLogin) => withReader(login, (reader) => runQuery(reader, query, take));
      const { databaseQueryUrl: url } = options;
      if (url !== undefined) return run({ url }).catch(refusedLogin('correct its user and password'));
      const { role, login } = await ownLogin(options);
      try {
        return await run(login);
      } catch (error) {
        if (!isRefusedLogin(error)) throw error;
      }
      await making(options, () => renewReaderPassword(options.sql, role, login.password));
      await run(login).catch(refusedLogin(`make a role that may only SELECT, and set it; a pooler knows no ${role}`));
    },
  };
}

const refusedLogin =
  (remedy: string) =>
  (error: unknown): never => {
    if (!isRefusedLogin(error)) throw error;
    throw new ConfigurationError(`is not run, because PostgreSQL refuses its role. DATABASE_QUERY_URL: ${remedy}`);
  };

async function ownLogin(options: ReaderOptions) {
  const { sql, databaseUrl, databaseDirectUrl } = options;
  const databasePassword = passwordOf(databaseUrl);
  if (databasePassword === '') throw await noRole(sql, 'DATABASE_URL has no password to derive one from');
  const role = readerRole(await databaseName(sql));
  const login = {
    url: databaseDirectUrl ?? databaseUrl,
    username: role,
    password: readerPassword(databasePassword, role),
  };
  await making(options, () => ensureReaderRole(sql, role, login.password));
  return { role, login };
}

async function databaseName(sql: Sql): Promise<string> {
  const [row] = await sql<{ name: string }[]>`SELECT current_database() AS name`.catch((error) => {
    throw databaseError('tell the name of the database', error);
  });
  return row?.name ?? '';
}

/** Rights that are missing are told with what to type; the rest is the database's. */
async function making({ sql }: ReaderOptions, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (sqlState(error) === '42501') throw await noRole(sql, 'the user in DATABASE_URL may not make or change it');
    throw databaseError('make a role that may only read', error);
  }
}

async function noRole(sql: Sql, why: string): Promise<ConfigurationError> {
  const remedy = await byHand(sql).catch((error: unknown) => {
    throw databaseError('tell what a role for queries needs', error);
  });
  return new ConfigurationError(`needs a role of its own that may only read, and ${why}. ${remedy}`);
}

/** A wrong password, a host that pg_hba.conf does not let in, a pooler that does not know the role. */
const refusals = ['28P01', '28000', '08P01'];

const isRefusedLogin = (error: unknown): boolean =>
  error instanceof SyncError && refusals.includes(sqlState(error.cause) ?? '');

async function withReader<T>(login: ReaderLogin, work: (reader: Sql) => Promise<T>): Promise<T> {
  const reader = openReader(login);
  try {
    return await work(reader);
  } finally {
    await reader.end({ timeout: 0 });
  }
}
