import type { Sql } from 'postgres';
import type { System } from '../receipt.ts';
import { databaseError } from './errors.ts';

/** A run that has not ended, as far as the database knows. Times are seconds until now by its clock. */
export interface UnendedRun {
  runId: string;
  connection: string;
  system: System;
  status: string;
  /** credential, settings, deletes or push, while it is parked. */
  waitsFor: string | null;
  waitsWhy: string | null;
  /** Since it has this status. */
  statusSeconds: number;
  /** Since anything of it was stored. */
  quietSeconds: number;
}

export async function unendedRuns(sql: Sql): Promise<UnendedRun[]> {
  try {
    const rows = await sql<UnendedRun[]>`
      SELECT run_id AS "runId", connection, system, status, waits_for AS "waitsFor", waits_why AS "waitsWhy",
        extract(epoch FROM clock_timestamp() - status_at)::float8 AS "statusSeconds",
        extract(epoch FROM clock_timestamp() - greatest(status_at,
          (SELECT max(progressed_at) FROM sync.cursors WHERE cursors.run_id = runs.run_id),
          (SELECT max(greatest(opened_at, loaded_at)) FROM neoday.results WHERE results.connection = runs.connection),
          (SELECT max(progressed_at) FROM atobi.budgets WHERE budgets.connection = runs.connection)))::float8
          AS "quietSeconds"
      FROM sync.runs WHERE finished_at IS NULL ORDER BY connection, sequence`;
    return [...rows];
  } catch (error) {
    throw databaseError('look for runs under way', error);
  }
}

/** What a stream has in quarantine that is still open. */
export interface OpenQuarantine {
  connection: string;
  stream: string;
  entries: number;
  /** Since the oldest was put aside. */
  seconds: number;
}

export async function openQuarantine(sql: Sql): Promise<OpenQuarantine[]> {
  try {
    const rows = await sql<OpenQuarantine[]>`
      SELECT connection, stream, count(*)::float8 AS entries,
        extract(epoch FROM clock_timestamp() - min(first_seen_at))::float8 AS seconds
      FROM sync.quarantine WHERE resolved_at IS NULL GROUP BY 1, 2 ORDER BY 1, 2`;
    return [...rows];
  } catch (error) {
    throw databaseError('count the quarantine', error);
  }
}
