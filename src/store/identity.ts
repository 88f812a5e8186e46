import type { Sql, TransactionSql } from 'postgres';
import { ConfigurationError, SyncError } from '../errors.ts';
import { databaseError } from './errors.ts';
import type { RecordTable } from './tables.ts';

/** What a connection is, so that two accounts under one name never overwrite each other. */
export interface Identity {
  connection: string;
  system: string;
  /** Scheme, host, port and base path of the vendor's API. */
  pointsAt: string;
}

/**
 * Stores what a connection points at, or compares it with what was stored before. A connection that holds nothing yet may
 * point anywhere: a typing mistake in its first address is no identity.
 *
 * @throws ConfigurationError when it points elsewhere than the rows it has came from.
 */
export async function keepIdentity(
  sql: Sql,
  identity: Identity,
  tables: readonly Pick<RecordTable, 'name'>[],
): Promise<void> {
  const { connection, system, pointsAt } = identity;
  try {
    const [known] = await sql<{ points_at: string | null }[]>`
      SELECT points_at FROM sync.connections WHERE connection = ${connection}`;
    if (known?.points_at === pointsAt) return;
    await sql.begin(async (transaction) => {
      await lockConnections(transaction, connection);
      const stored = await storedAddress(transaction, connection);
      if (stored !== null && stored !== pointsAt && (await holdsAnything(transaction, connection, tables))) {
        throw elsewhere(connection, stored, pointsAt);
      }
      await transaction`
        INSERT INTO sync.connections (connection, system, points_at) VALUES (${connection}, ${system}, ${pointsAt})
        ON CONFLICT (connection) DO UPDATE SET system = excluded.system, points_at = excluded.points_at`;
    });
  } catch (error) {
    if (error instanceof SyncError) throw error;
    throw databaseError(`note what \`${connection}\` points at`, error);
  }
}

/** One after another: whoever registers a run, and whoever renames or purges what it would write to. */
export async function lockConnections(transaction: TransactionSql, ...connections: string[]): Promise<void> {
  for (const connection of connections.toSorted()) {
    await transaction`SELECT pg_advisory_xact_lock(hashtextextended(${`incentive-sync ${connection}`}, 0))`;
  }
}

/** Null where none is stored, or a person has let the connection point elsewhere. */
export async function storedAddress(sql: Sql | TransactionSql, connection: string): Promise<string | null> {
  const [row] = await sql<{ points_at: string | null }[]>`
    SELECT points_at FROM sync.connections WHERE connection = ${connection}`;
  return row?.points_at ?? null;
}

async function holdsAnything(
  sql: TransactionSql,
  connection: string,
  tables: readonly Pick<RecordTable, 'name'>[],
): Promise<boolean> {
  const names = [...tables.map(({ name }) => name), 'sync.quarantine'];
  const found = names.map((name) => `EXISTS (SELECT FROM ${name} WHERE connection = $1)`).join(' OR ');
  const [row] = await sql.unsafe<{ held: boolean }[]>(`SELECT ${found} AS held`, [connection]);
  return row?.held === true;
}

function elsewhere(connection: string, before: string, now: string): ConfigurationError {
  return new ConfigurationError(
    `The connection \`${connection}\` has pointed at ${before} so far, and now points at ${now}. Nothing was requested or changed, because two accounts under one name would overwrite each other. Give the new one a name of its own in the configuration; or, where both are the same account, type \`incentive-sync connection reset ${connection}\`; or remove the rows of the old one with \`incentive-sync connection purge ${connection}\`.`,
  );
}

/** Whether a person has said that the connection may show any account next. */
export async function mayShowAnyAccount(sql: Sql, connection: string): Promise<boolean> {
  const [row] = await sql<{ any_account: boolean }[]>`
    SELECT any_account FROM sync.connections WHERE connection = ${connection}`;
  return row?.any_account === true;
}

/** The accounts have been shown and stored: from now on others are refused again. */
export async function accountsShown(sql: Sql, connection: string): Promise<void> {
  await sql`UPDATE sync.connections SET any_account = false WHERE connection = ${connection} AND any_account`;
}

/**
 * Whether earlier runs stored rows of accounts, and none of them is among `accounts` (the vendor's ids). Costs next to
 * nothing where one is: the search ends at the first row that has it.
 */
export async function areOtherAccounts(
  sql: Sql,
  { connection, runId }: { connection: string; runId: string },
  tables: readonly RecordTable[],
  accounts: readonly string[],
): Promise<boolean> {
  const withAccount = tables.filter(({ columns }) => columns.includes('account_id'));
  if (withAccount.length === 0 || accounts.length === 0) return false;
  const anyRow = (condition: string) =>
    withAccount.map(({ name }) => `EXISTS (SELECT FROM ${name} WHERE connection = $1 AND ${condition})`).join(' OR ');
  try {
    const [shared] = await sql.unsafe<{ found: boolean }[]>(
      `SELECT ${anyRow('account_id = ANY ($2::text::bigint[])')} AS found`,
      [connection, `{${accounts.join(',')}}`],
    );
    if (shared?.found === true) return false;
    const [earlier] = await sql.unsafe<{ found: boolean }[]>(
      `SELECT ${anyRow('account_id IS NOT NULL AND run_id <> $2')} AS found`,
      [connection, runId],
    );
    return earlier?.found === true;
  } catch (error) {
    throw databaseError(`compare the accounts of \`${connection}\``, error);
  }
}
