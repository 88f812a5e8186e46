import type { Sql } from 'postgres';
import { databaseError } from './errors.ts';
import { ranNames } from './ran-names.ts';

/** By connection, the seconds that its last run took which read everything; cancelled and failed ones tell nothing. */
export async function secondsOfLastRuns(sql: Sql): Promise<Map<string, number>> {
  try {
    const rows = await sql<{ connection: string; seconds: number }[]>`
      SELECT newest.connection, newest.seconds FROM (${sql.unsafe(ranNames)}) AS known, LATERAL (
        SELECT receipts.connection, seconds FROM sync.receipts JOIN sync.runs USING (run_id)
        WHERE receipts.connection = known.connection AND receipts.status IN ('completed', 'partial') AND streams IS NULL
        ORDER BY receipts.finished_at DESC LIMIT 1) AS newest`;
    return new Map(rows.map(({ connection, seconds }) => [connection, seconds]));
  } catch (error) {
    throw databaseError('read how long runs took', error);
  }
}
