import type { Sql, TransactionSql } from 'postgres';
import { LeaseLostError, SyncError } from '../../errors.ts';
import { boundTransaction, type Fence } from '../commit.ts';
import { databaseError } from '../errors.ts';

/** What came over the network since the last commit. */
export interface Traffic {
  requests: number;
  bytes: number;
}

/**
 * One transaction for the holder of the cursor's newest epoch. Its first statement moves the cursor, so that whoever lost
 * it writes nothing, and nobody takes it meanwhile.
 *
 * @throws LeaseLostError when a newer attempt has the cursor.
 * @throws DatabaseError when PostgreSQL is unreachable or refuses.
 */
export async function fenced<T>(
  sql: Sql,
  fence: Fence,
  doing: string,
  work: (transaction: TransactionSql) => Promise<T>,
  traffic: Traffic = { requests: 0, bytes: 0 },
): Promise<T> {
  try {
    // `begin` unwraps lists of promises, which `work` never gives.
    return (await sql.begin(async (transaction) => {
      await boundTransaction(transaction);
      await moveCursor(transaction, fence, traffic);
      return work(transaction);
    })) as T;
  } catch (error) {
    if (error instanceof SyncError) throw error;
    throw databaseError(`${doing} of \`${fence.connection}\` / ${fence.stream}`, error);
  }
}

async function moveCursor(transaction: TransactionSql, fence: Fence, traffic: Traffic): Promise<void> {
  const moved = await transaction`
    UPDATE sync.cursors SET
      requests = requests + ${traffic.requests}, bytes = bytes + ${traffic.bytes},
      failures = 0, contract_failures = 0, progressed_at = clock_timestamp()
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
