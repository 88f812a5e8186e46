import type { Sql, TransactionSql } from 'postgres';
import { ConfigurationError } from '../../errors.ts';
import type { Fence } from '../commit.ts';
import { allowHours, fenced } from './fence.ts';
import { countStaged, emptyStaging } from './staging.ts';
import type { RowTable } from './tables.ts';

/** A result's file as the ledger knows it, and the committed place in it. */
export interface LoadingFile {
  /** `neoday.results.sequence`, which rows name the result by. */
  sequence: number;
  resultId: string;
  state: 'pending' | 'loading' | 'loaded' | 'expired' | 'failed' | 'skipped';
  etag: string | null;
  /** Bytes of the file as it is sent; null where the server did not say. */
  length: number | null;
  /** Byte after the last committed row. 0: begin at the beginning. */
  bytesDone: number;
  rowsDone: number;
  /** Of those, rows that were put aside. */
  quarantined: number;
  /** True where rows were committed before but cannot be used any more. */
  restarted: boolean;
}

/** What tells that a file is still the one that was begun. */
export interface FileIdentity {
  etag: string | null;
  length: number | null;
}

const fileColumns = `sequence::float8, result_id AS "resultId", state, etag, length::float8, bytes_done::float8 AS "bytesDone",
  rows_done::float8 AS "rowsDone", quarantined::float8`;

/**
 * Takes up a result where it was left, by whichever run. It starts again where its rows wait under another `mapping` (time
 * zone, rules for personal data), or are gone: PostgreSQL empties the tables that they wait in when it crashes.
 *
 * A result that is loaded is left as it is.
 *
 * @throws LeaseLostError when a newer attempt has the cursor.
 * @throws ConfigurationError when the ledger has no such result (any more).
 */
export async function openFile(
  sql: Sql,
  table: RowTable,
  fence: Fence,
  resultId: string,
  mapping: string,
): Promise<LoadingFile> {
  return fenced(sql, fence, `open result ${resultId}`, async (transaction) => {
    await allowHours(transaction);
    const known = await lockFile(transaction, fence, resultId);
    if (known.state === 'loaded') return { ...known, restarted: false };
    const usable = known.mapping === mapping && (await isStaged(transaction, table, known));
    const restarted = known.rowsDone > 0 && !usable;
    if (!usable) await beginAnew(transaction, table, known.sequence, { etag: null, length: null });
    await transaction`
      UPDATE neoday.results SET state = 'loading', reason = NULL, mapping = ${mapping}, run_id = ${fence.runId}
      WHERE sequence = ${known.sequence}`;
    const { mapping: _, ...file } = known;
    const begun = usable ? file : { ...file, etag: null, length: null, bytesDone: 0, rowsDone: 0, quarantined: 0 };
    return { ...begun, state: 'loading', restarted };
  });
}

type KnownFile = Omit<LoadingFile, 'restarted'> & { mapping: string | null };

/** Locks a result's row in the ledger until the transaction ends. */
export async function lockFile(transaction: TransactionSql, fence: Fence, resultId: string): Promise<KnownFile> {
  const [known] = await transaction<KnownFile[]>`
    SELECT ${transaction.unsafe(fileColumns)}, mapping FROM neoday.results
    WHERE connection = ${fence.connection} AND export = ${fence.stream} AND result_id = ${resultId} FOR UPDATE`;
  if (known !== undefined) return known;
  throw new ConfigurationError(
    `Result ${resultId} of \`${fence.connection}\` / ${fence.stream} is not in the ledger: the connection was purged or renamed meanwhile. Start a new run.`,
  );
}

/** Whether all rows that the ledger counts are still in the staging table. */
export async function isStaged(
  transaction: TransactionSql,
  table: RowTable,
  { sequence, rowsDone, quarantined, bytesDone }: Omit<LoadingFile, 'restarted'>,
): Promise<boolean> {
  if (bytesDone === 0) return false;
  return (await countStaged(transaction, table, sequence)) === rowsDone - quarantined;
}

/**
 * Begins a file at its beginning, whatever was committed of it, and notes by what it is known again.
 *
 * @throws LeaseLostError when a newer attempt has the cursor.
 */
export async function startFile(
  sql: Sql,
  table: RowTable,
  fence: Fence,
  sequence: number,
  identity: FileIdentity,
): Promise<void> {
  await fenced(sql, fence, 'begin a file', async (transaction) => {
    await allowHours(transaction);
    await beginAnew(transaction, table, sequence, identity);
  });
}

async function beginAnew(
  transaction: TransactionSql,
  table: RowTable,
  sequence: number,
  { etag, length }: FileIdentity,
): Promise<void> {
  if ((await countStaged(transaction, table, sequence)) > 0) await emptyStaging(transaction, table, sequence);
  await transaction`
    UPDATE neoday.results SET
      etag = ${etag}, length = ${length}, bytes_done = 0, rows_done = 0, quarantined = 0, opened_at = now()
    WHERE sequence = ${sequence}`;
}

/**
 * Ends a result that cannot be loaded: gone at the vendor (`expired`), which no run tries again, or unreadable (`failed`),
 * which the next one does. Rows of it that were not merged (`mergeResult` with
 * `complete: false`) are dropped in the first case, and wait in the second.
 *
 * @param reason a sentence without a URL.
 * @throws LeaseLostError when a newer attempt has the cursor.
 */
export async function endResult(
  sql: Sql,
  table: RowTable,
  fence: Fence,
  resultId: string,
  { state, reason }: { state: 'expired' | 'failed'; reason: string },
): Promise<void> {
  const end = async (transaction: TransactionSql): Promise<void> => {
    await allowHours(transaction);
    const { sequence } = await lockFile(transaction, fence, resultId);
    if (state === 'expired') await emptyStaging(transaction, table, sequence);
    await transaction`
      UPDATE neoday.results SET state = ${state}, reason = ${reason}, run_id = ${fence.runId} WHERE sequence = ${sequence}`;
  };
  await fenced(sql, fence, `end result ${resultId}`, end);
}
