import type { Sql, TransactionSql } from 'postgres';
import { boundTransaction } from '../commit.ts';
import { sqlState } from '../errors.ts';

const lockNotFree = '55P03';
/** No client of ours thinks so long in the middle of a transaction that holds the budget. */
const frozenSeconds = 3;

/**
 * A transaction that is going to lock a connection's budget. Where the lock is not free in time because a frozen worker
 * holds it, that worker's session is ended and the transaction tried once more: between two messages of one statement
 * PostgreSQL's own time-outs do not end it.
 */
export function inBudget<T>(sql: Sql, work: (transaction: TransactionSql) => Promise<T>): Promise<T> {
  return withoutFrozen(sql, async () => {
    const done = await sql.begin(async (transaction) => {
      await boundTransaction(transaction);
      return { value: await work(transaction) };
    });
    return done.value;
  });
}

/** The same for a transaction that bounds itself. */
export async function withoutFrozen<T>(sql: Sql, transact: () => Promise<T>): Promise<T> {
  try {
    return await transact();
  } catch (error) {
    if (sqlState(error) !== lockNotFree || (await endFrozen(sql)) === 0) throw error;
    return transact();
  }
}

/** How many sessions were ended that hold a budget and wait for their client. */
async function endFrozen(sql: Sql): Promise<number> {
  const ended = await sql`
    SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
    WHERE pid IN (SELECT pid FROM pg_locks WHERE relation = 'atobi.budgets'::regclass AND granted)
      AND datname = current_database() AND wait_event_type = 'Client'
      AND greatest(query_start, state_change) < clock_timestamp() - ${frozenSeconds}::float8 * interval '1 second'`;
  return ended.length;
}
