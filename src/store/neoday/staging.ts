import type { TransactionSql } from 'postgres';
import { sqlState } from '../errors.ts';
import { type RowTable, rowTables } from './tables.ts';

/** How many rows of a file (`neoday.results.sequence`) wait in the staging table. */
export async function countStaged(transaction: TransactionSql, table: RowTable, sequence: number): Promise<number> {
  const [row] = await transaction.unsafe<{ count: number }[]>(
    `SELECT count(*)::float8 AS count FROM ${table.staged} WHERE result = $1::text::bigint`,
    [String(sequence)],
  );
  return row?.count ?? 0;
}

/** Below this emptying the table costs more than removing some rows and reading over their places for a while. */
const worthTruncating = 256 * 1024;

/**
 * Removes the rows of one file: all at once where the table is large, no other file's rows are there and nobody looks at
 * it, which gives the disk space back as well; else one by one.
 */
export async function emptyStaging(transaction: TransactionSql, table: RowTable, sequence: number): Promise<void> {
  const [size] = await transaction.unsafe<{ bytes: number }[]>(
    `SELECT pg_relation_size('${table.staged}')::float8 AS bytes`,
  );
  const large = size === undefined || size.bytes >= worthTruncating;
  if (large && (await truncateIfAlone(transaction, table, sequence))) return;
  await transaction.unsafe(`DELETE FROM ${table.staged} WHERE result = $1::text::bigint`, [String(sequence)]);
}

const lockNotAvailable = '55P03';

async function truncateIfAlone(transaction: TransactionSql, table: RowTable, sequence: number): Promise<boolean> {
  try {
    return await transaction.savepoint(async (inner) => {
      await inner.unsafe(`LOCK TABLE ${table.staged} IN ACCESS EXCLUSIVE MODE NOWAIT`);
      const [row] = await inner.unsafe<{ others: boolean }[]>(
        `SELECT EXISTS (SELECT FROM ${table.staged} WHERE result <> $1::text::bigint) AS others`,
        [String(sequence)],
      );
      if (row?.others !== false) return false;
      await inner.unsafe(`TRUNCATE ${table.staged}`);
      return true;
    });
  } catch (error) {
    if (sqlState(error) === lockNotAvailable) return false;
    throw error;
  }
}

/** Removes the rows of every file of a connection that wait to be complete; they name only their results. */
export async function removeStaged(transaction: TransactionSql, connection: string): Promise<void> {
  for (const { staged } of rowTables) {
    await transaction.unsafe(
      `DELETE FROM ${staged} WHERE result IN (SELECT sequence FROM neoday.results WHERE connection = $1)`,
      [connection],
    );
  }
}
