import type { Sql, TransactionSql } from 'postgres';
import { LeaseLostError, SyncError } from '../../errors.ts';
import { boundTransaction, type Fence } from '../commit.ts';
import { databaseError } from '../errors.ts';

/** What came over the network since the last commit. */
export interface Traffic {
  requests: number;
  bytes: number;
}

/** Progress of which nothing came over the network since the last commit. */
export const noTraffic: Traffic = { requests: 0, bytes: 0 };

/**
 * One transaction for the holder of the cursor's newest epoch. Its first statement moves the cursor, so that whoever lost
 * it writes nothing, and nobody takes it meanwhile. `progress`: what came since the last commit; null where nothing of the
 * vendor's data is stored, which is no reason to become patient with it again.
 *
 * @throws LeaseLostError when a newer attempt has the cursor.
 * @throws DatabaseError when PostgreSQL is unreachable or refuses.
 */
export async function fenced<T>(
  sql: Sql,
  fence: Fence,
  doing: string,
  work: (transaction: TransactionSql) => Promise<T>,
  progress: Traffic | null = null,
): Promise<T> {
  try {
    // `begin` unwraps lists of promises, which `work` never gives.
    return (await sql.begin(async (transaction) => {
      await boundTransaction(transaction);
      await moveCursor(transaction, fence, progress);
      return work(transaction);
    })) as T;
  } catch (error) {
    if (error instanceof SyncError) throw error;
    throw databaseError(`${doing} of \`${fence.connection}\` / ${fence.stream}`, error);
  }
}

/**
 * Locks the cursor until the transaction ends. What came before this statement is undone where it throws.
 *
 * @throws LeaseLostError when a newer attempt has the cursor.
 */
export async function moveCursor(transaction: TransactionSql, fence: Fence, progress: Traffic | null): Promise<void> {
  const { requests, bytes } = progress ?? noTraffic;
  const moves = progress !== null;
  const moved = await transaction`
    UPDATE sync.cursors SET
      requests = requests + ${requests}, bytes = bytes + ${bytes},
      failures = CASE WHEN ${moves} THEN 0 ELSE failures END,
      contract_failures = CASE WHEN ${moves} THEN 0 ELSE contract_failures END,
      progressed_at = CASE WHEN ${moves} THEN clock_timestamp() ELSE progressed_at END
    WHERE connection = ${fence.connection} AND stream = ${fence.stream} AND run_id = ${fence.runId}
      AND epoch = ${fence.epoch}
    RETURNING 1`;
  if (moved.length > 0) return;
  throw new LeaseLostError(
    `A newer attempt has taken over \`${fence.connection}\` / ${fence.stream}; this one stops without writing.`,
  );
}

/** A statement over a whole file takes longer than one over a page. */
export async function allowHours(transaction: TransactionSql): Promise<void> {
  await transaction.unsafe(`SET LOCAL statement_timeout = '6h'`);
}
