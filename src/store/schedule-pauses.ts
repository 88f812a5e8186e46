import type { Sql } from 'postgres';
import { databaseError } from './errors.ts';

/** The last runs that count towards a pause. */
export interface FailedRuns {
  /** So many of the newest, up to those that were asked for, failed without another between. */
  inARow: number;
  /** Of the newest run that has ended; null where none has since the last pause. */
  newestSequence: number | null;
}

/** Looks at the newest `limit` runs that have ended since the last pause of the connection's schedule. */
export async function failedRuns(sql: Sql, connection: string, limit: number): Promise<FailedRuns> {
  try {
    const runs = await sql<{ sequence: number; failed: boolean }[]>`
      SELECT sequence::float8 AS sequence, receipts.status = 'failed' AS failed
      FROM sync.runs JOIN sync.receipts USING (run_id)
      WHERE runs.connection = ${connection} AND sequence > coalesce(
        (SELECT run_sequence FROM sync.schedule_pauses WHERE connection = ${connection}), 0)
      ORDER BY sequence DESC LIMIT ${limit}`;
    const other = runs.findIndex(({ failed }) => !failed);
    return { inARow: other < 0 ? runs.length : other, newestSequence: runs[0]?.sequence ?? null };
  } catch (error) {
    throw databaseError(`count the failed runs of \`${connection}\``, error);
  }
}

/** Counting begins anew after the run of this sequence. */
export async function notePause(
  sql: Sql,
  { connection, sequence, why }: { connection: string; sequence: number; why: string },
): Promise<void> {
  await sql`
    INSERT INTO sync.schedule_pauses (connection, run_sequence, why) VALUES (${connection}, ${sequence}, ${why})
    ON CONFLICT (connection) DO UPDATE SET
      run_sequence = excluded.run_sequence, paused_at = now(), why = excluded.why`.catch((error) => {
    throw databaseError(`note that the schedule of \`${connection}\` is paused`, error);
  });
}
