import type { Sql } from 'postgres';
import { databaseError } from './errors.ts';

export interface RecentRun {
  runId: string;
  status: string;
  /** Who asked for it: person, schedule or start. */
  trigger: string;
  startedAt: Date;
  /** Null while it is under way, and of one that was terminated. */
  seconds: number | null;
}

/** The newest runs of a connection, newest first. */
export async function recentRuns(sql: Sql, connection: string, limit: number): Promise<RecentRun[]> {
  try {
    return await sql<RecentRun[]>`
      SELECT run_id AS "runId", runs.status, trigger, runs.started_at AS "startedAt", receipts.seconds
      FROM sync.runs LEFT JOIN sync.receipts USING (run_id)
      WHERE runs.connection = ${connection} ORDER BY sequence DESC LIMIT ${limit}`;
  } catch (error) {
    throw databaseError(`read the last runs of \`${connection}\``, error);
  }
}

/** When the schedule of a connection was last paused after failures; null where it never was. */
export async function pausedAfterFailuresAt(sql: Sql, connection: string): Promise<Date | null> {
  try {
    const [row] = await sql<{ pausedAt: Date }[]>`
      SELECT paused_at AS "pausedAt" FROM sync.schedule_pauses WHERE connection = ${connection}`;
    return row?.pausedAt ?? null;
  } catch (error) {
    throw databaseError(`read why the schedule of \`${connection}\` is paused`, error);
  }
}

/** What became of one due time; null while no worker has looked at it. */
export async function tickOutcome(sql: Sql, tickId: string): Promise<{ outcome: string; why: string | null } | null> {
  try {
    const [row] = await sql<{ outcome: string; why: string | null }[]>`
      SELECT outcome, why FROM sync.ticks WHERE tick_id = ${tickId}`;
    return row ?? null;
  } catch (error) {
    throw databaseError('read what became of a due time', error);
  }
}
