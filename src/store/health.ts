import type { Sql } from 'postgres';
import { databaseError } from './errors.ts';
import { schemas } from './systems.ts';

/** What PostgreSQL says of itself and of us. */
export interface ServerFacts {
  database: string;
  user: string;
  /** Like `18.4`. */
  version: string;
  major: number;
  /** Of the whole database, in bytes. */
  bytes: number;
  /** By how many milliseconds its clock is ahead of ours. */
  aheadMs: number;
  /** It takes no writes: a standby, or a user or database that is set so. */
  readOnly: boolean;
}

export async function serverFacts(sql: Sql): Promise<ServerFacts> {
  return reading('ask it about itself', async () => {
    const from = Date.now();
    const [row] = await sql<(Omit<ServerFacts, 'aheadMs'> & { now: number })[]>`
      SELECT current_database() AS database, current_user AS user,
        split_part(current_setting('server_version'), ' ', 1) AS version,
        current_setting('server_version_num')::int / 10000 AS major,
        pg_database_size(current_database())::float8 AS bytes,
        extract(epoch FROM clock_timestamp())::float8 * 1000 AS now,
        pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on' AS "readOnly"`;
    if (row === undefined) throw new Error('it answered nothing');
    const { now, ...facts } = row;
    return { ...facts, aheadMs: now - (from + Date.now()) / 2 };
  });
}

/** What our user may not do in the database. */
export interface LackingRights {
  /** `CREATE` and `TEMPORARY` on the database. */
  database: string[];
  /** Tables of ours, with their schema, that it may not read and write; they belong to another user. */
  tables: string[];
  /** Who these belong to. */
  owners: string[];
  /** It may not end a backend of its own that stands in the way. */
  terminate: boolean;
}

export async function lackingRights(sql: Sql): Promise<LackingRights> {
  return reading('ask it about our rights', async () => {
    const [row] = await sql.unsafe<LackingRights[]>(rightsQuery, [`{${ownSchemas.join(',')}}`]);
    return row ?? { database: [], tables: [], owners: [], terminate: false };
  });
}

const ownSchemas = ['sync', ...schemas];

// A migration changes tables, which only a member of their owner may.
const rightsQuery = `
  WITH ours AS (
    SELECT format('%I.%I', nspname, relname) AS name, pg_get_userbyid(relowner) AS owner
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = relnamespace
    WHERE nspname = ANY ($1::text::text[]) AND relkind IN ('r', 'p') AND NOT pg_has_role(relowner, 'USAGE'))
  SELECT
    (SELECT coalesce(json_agg(kind), '[]') FROM unnest(ARRAY['CREATE', 'TEMPORARY']) AS kind
      WHERE NOT has_database_privilege(current_database(), kind)) AS database,
    (SELECT coalesce(json_agg(name ORDER BY name), '[]') FROM ours) AS tables,
    (SELECT coalesce(json_agg(DISTINCT owner), '[]') FROM ours) AS owners,
    NOT has_function_privilege('pg_terminate_backend(int, bigint)', 'EXECUTE') AS terminate`;

/** A transaction of ours that stands still. */
export interface StandingTransaction {
  pid: number;
  application: string;
  seconds: number;
}

/** Ours by their application's name, idle inside a transaction for longer than any of ours needs. */
export async function standingTransactions(sql: Sql, longerThanSeconds: number): Promise<StandingTransaction[]> {
  return reading('look for transactions that stand', async () => [
    ...(await sql<StandingTransaction[]>`
      SELECT pid, application_name AS application, extract(epoch FROM clock_timestamp() - state_change)::float8 AS seconds
      FROM pg_stat_activity
      WHERE datname = current_database() AND application_name LIKE 'incentive-sync%'
        AND state LIKE 'idle in transaction%'
        AND clock_timestamp() - state_change > ${longerThanSeconds}::float8 * interval '1 second'
      ORDER BY state_change`),
  ]);
}

async function reading<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw databaseError(what, error);
  }
}
