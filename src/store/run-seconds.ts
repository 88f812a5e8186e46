import type { Sql } from 'postgres';
import { databaseError } from './errors.ts';

/** By connection, the seconds that its last run took which read everything; cancelled and failed ones tell nothing. */
export async function secondsOfLastRuns(sql: Sql): Promise<Map<string, number>> {
  try {
    const rows = await sql<{ connection: string; seconds: number }[]>`
      SELECT DISTINCT ON (connection) connection, seconds FROM sync.receipts JOIN sync.runs USING (run_id, connection)
      WHERE receipts.status IN ('completed', 'partial') AND streams IS NULL
      ORDER BY connection, receipts.finished_at DESC`;
    return new Map(rows.map(({ connection, seconds }) => [connection, seconds]));
  } catch (error) {
    throw databaseError('read how long runs took', error);
  }
}
