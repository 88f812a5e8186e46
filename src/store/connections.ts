import type { Sql, TransactionSql } from 'postgres';
import { ConfigurationError, SyncError } from '../errors.ts';
import type { System } from '../receipt.ts';
import { databaseError, sqlState } from './errors.ts';
import { lockConnections } from './identity.ts';
import { removeStaged } from './neoday/staging.ts';
import { countRows, type RowCounts, type StreamRows } from './row-counts.ts';
import { schemas } from './systems.ts';
import { quote } from './tables.ts';

/** What the database has of a connection, whether or not the configuration names it. */
export interface StoredConnection {
  connection: string;
  system: System | null;
  /** Null where no run has noted it, or a reset has let it point elsewhere. */
  pointsAt: string | null;
  /** By stream; streams without rows are left out. */
  rows: Record<string, RowCounts>;
  /** Records put aside that are still open. */
  quarantined: number;
  receipts: number;
  /** Results of exports that the ledger knows, loaded or not. */
  results: number;
}

/** Every connection that the database has anything of, by name. */
export async function storedConnections(sql: Sql): Promise<StoredConnection[]> {
  try {
    const rows = await countRows(sql);
    const known = await sql<Omit<StoredConnection, 'rows'>[]>`
      WITH names AS (
        SELECT connection FROM sync.connections UNION SELECT connection FROM sync.runs
        UNION SELECT connection FROM sync.cursors UNION SELECT connection FROM sync.quarantine)
      SELECT connection,
        coalesce(
          (SELECT system FROM sync.connections WHERE connection = names.connection),
          (SELECT system FROM sync.runs WHERE connection = names.connection ORDER BY sequence DESC LIMIT 1)) AS system,
        (SELECT points_at FROM sync.connections WHERE connection = names.connection) AS "pointsAt",
        (SELECT count(*)::float8 FROM sync.quarantine
         WHERE connection = names.connection AND resolved_at IS NULL) AS quarantined,
        (SELECT count(*)::float8 FROM sync.receipts WHERE connection = names.connection) AS receipts,
        (SELECT count(*)::float8 FROM neoday.results WHERE connection = names.connection) AS results
      FROM names ORDER BY connection`;
    return known.map((one) => ({ ...one, rows: rowsOf(rows, one.connection) }));
  } catch (error) {
    throw databaseError('list the connections', error);
  }
}

function rowsOf(rows: readonly StreamRows[], connection: string) {
  const own = rows.filter((row) => row.connection === connection);
  return Object.fromEntries(own.map(({ stream, live, deleted }) => [stream, { live, deleted }]));
}

/** Forgets what a connection points at and which accounts it has; its rows stay, and the next run compares them all. */
export async function forgetIdentity(sql: Sql, connection: string, allowed: () => Promise<void>): Promise<void> {
  await changing(sql, `reset \`${connection}\``, [connection], async (transaction) => {
    await transaction`
      UPDATE sync.connections SET points_at = NULL, any_account = true WHERE connection = ${connection}`;
    await allowed();
  });
}

/**
 * Gives everything that one connection has to another name, at once or not at all. `allowed` is asked at the end and
 * throws where a run has begun meanwhile.
 *
 * @throws ConfigurationError where the new name has anything already.
 */
export async function renameConnection(
  sql: Sql,
  { from, to }: { from: string; to: string },
  allowed: () => Promise<void>,
): Promise<void> {
  await changing(sql, `rename \`${from}\``, [from, to], async (transaction) => {
    const tables = await tablesWithConnection(transaction);
    // What a schedule has noted under a name that never ran, or is purged, is no connection.
    await transaction`
      DELETE FROM sync.ticks WHERE connection = ${to} AND NOT EXISTS (SELECT FROM sync.runs WHERE connection = ${to})`;
    if (await hasAnything(transaction, tables, to)) {
      throw new ConfigurationError(
        `There is a connection \`${to}\` in the database already; two cannot become one. Choose another name, or remove it first with \`incentive-sync connection purge ${to}\`.`,
      );
    }
    for (const table of tables) {
      await transaction`UPDATE ${transaction.unsafe(table)} SET connection = ${to} WHERE connection = ${from}`;
    }
    await transaction`
      UPDATE sync.receipts SET receipt = jsonb_set(receipt, '{connection}', to_jsonb(${to}::text)) WHERE connection = ${to}`;
    await allowed();
  });
}

/** Removes everything that a connection has, at once or not at all. */
export async function purgeConnection(sql: Sql, connection: string, allowed: () => Promise<void>): Promise<void> {
  await changing(sql, `purge \`${connection}\``, [connection], async (transaction) => {
    await removeStaged(transaction, connection);
    for (const table of await tablesWithConnection(transaction)) {
      await transaction`DELETE FROM ${transaction.unsafe(table)} WHERE connection = ${connection}`;
    }
    await allowed();
  });
}

async function changing(
  sql: Sql,
  what: string,
  connections: string[],
  work: (transaction: TransactionSql) => Promise<void>,
): Promise<void> {
  try {
    await sql.begin(async (transaction) => {
      await lockConnections(transaction, ...connections);
      await work(transaction);
    });
  } catch (error) {
    // What `allowed` throws is a sentence already; only PostgreSQL's own failures need words.
    if (error instanceof SyncError || sqlState(error) === null) throw error;
    throw databaseError(what, error);
  }
}

/** Asked of the database, so that a table added later is not forgotten. Names are quoted. */
async function tablesWithConnection(sql: TransactionSql): Promise<string[]> {
  const rows = await sql.unsafe<{ schema: string; name: string }[]>(
    `SELECT namespace.nspname AS schema, class.relname AS name
     FROM pg_attribute AS attribute
     JOIN pg_class AS class ON class.oid = attribute.attrelid AND class.relkind IN ('r', 'p')
     JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
     WHERE attribute.attname = 'connection' AND NOT attribute.attisdropped AND namespace.nspname = ANY ($1::text::text[])
     ORDER BY 1, 2`,
    [`{${['sync', ...schemas].join(',')}}`],
  );
  return rows.map(({ schema, name }) => `${quote(schema)}.${quote(name)}`);
}

async function hasAnything(sql: TransactionSql, tables: readonly string[], connection: string): Promise<boolean> {
  const found = tables.map((table) => `EXISTS (SELECT FROM ${table} WHERE connection = $1)`).join(' OR ');
  const [row] = await sql.unsafe<{ held: boolean }[]>(`SELECT ${found} AS held`, [connection]);
  return row?.held === true;
}
