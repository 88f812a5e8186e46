import type { Sql } from 'postgres';
import type { Receipt, System, Wait } from '../receipt.ts';
import { databaseError } from './errors.ts';
import { iso } from './iso.ts';
import type { KnownTick } from './ticks.ts';

/** A run as the database knows it. Times are ISO 8601. */
export interface PastRun {
  runId: string;
  /** So many characters of `runId` tell it from all others. */
  unique: number;
  connection: string;
  system: System;
  workflowId: string;
  trigger: string;
  /** running, paused, or what the receipt says. */
  status: string;
  /** Streams that it was asked for; null: all. */
  streams: string[] | null;
  startedAt: string;
  finishedAt: string | null;
  /** Since the status is so. */
  statusAt: string;
  /** From its first step to its end, or to now. */
  seconds: number;
  /** By its schedule; null where no schedule began it. */
  dueAt: string | null;
  waits: { for: Wait['for']; stream: string | null; why: string } | null;
  /** Null while it is under way, and of a run that was terminated. */
  receipt: Receipt | null;
}

/** What became of a time that a schedule was due. */
export type PastTick = Omit<KnownTick, 'tickId' | 'connection'>;

const columns = `
  runs.run_id AS "runId", runs.connection, runs.system, runs.workflow_id AS "workflowId", runs.trigger,
  runs.status, to_jsonb(runs.streams) AS streams, ${iso('runs.started_at')} AS "startedAt",
  ${iso('runs.finished_at')} AS "finishedAt", ${iso('runs.status_at')} AS "statusAt", ${iso('runs.due_at')} AS "dueAt",
  coalesce(receipts.seconds,
    extract(epoch FROM coalesce(runs.finished_at, clock_timestamp()) - runs.started_at)::float8) AS seconds,
  CASE WHEN runs.waits_for IS NOT NULL AND runs.finished_at IS NULL THEN jsonb_build_object(
    'for', runs.waits_for, 'stream', runs.waits_stream, 'why', runs.waits_why) END AS waits,
  receipts.receipt, ids.before, ids.after`;

/** With the ids that come before and after each in order, which tell how much of it is needed; looked up by the index. */
const tables = `
  sync.runs CROSS JOIN LATERAL (SELECT
    (SELECT max(other.run_id) FROM sync.runs AS other WHERE other.run_id < runs.run_id) AS before,
    (SELECT min(other.run_id) FROM sync.runs AS other WHERE other.run_id > runs.run_id) AS after) AS ids
  LEFT JOIN sync.receipts USING (run_id)`;

type Row = Omit<PastRun, 'unique'> & { before: string | null; after: string | null };

/** The time, to the millisecond, in the ids that Temporal makes: shorter ones would not stay the only ones for long. */
const shortest = 13;

function pastRun({ before, after, ...run }: Row): PastRun {
  const needed = [before, after].map((other) => 1 + shared(run.runId, other ?? ''));
  return { ...run, unique: Math.min(run.runId.length, Math.max(shortest, ...needed)) };
}

function shared(one: string, other: string): number {
  const at = [...one].findIndex((character, index) => character !== other[index]);
  return at < 0 ? one.length : at;
}

export interface RunFilter {
  /** Any where left out. */
  status?: string | undefined;
  /** Begun since; ISO 8601. */
  since?: string | undefined;
  limit: number;
}

/** Newest first, the run under way among them. */
export async function readRuns(sql: Sql, connection: string, { status, since, limit }: RunFilter): Promise<PastRun[]> {
  try {
    const rows = await sql<Row[]>`
      SELECT ${sql.unsafe(columns)} FROM ${sql.unsafe(tables)}
      WHERE runs.connection = ${connection} AND (${status ?? null}::text IS NULL OR runs.status = ${status ?? null})
        AND (${since ?? null}::timestamptz IS NULL OR runs.started_at >= ${since ?? null}::timestamptz)
      ORDER BY runs.sequence DESC LIMIT ${limit}`;
    return rows.map(pastRun);
  } catch (error) {
    throw databaseError(`list the runs of \`${connection}\``, error);
  }
}

/** Runs whose id begins so, newest first, ten at most. */
export async function findRuns(sql: Sql, beginning: string): Promise<PastRun[]> {
  try {
    const rows = await sql<Row[]>`
      SELECT ${sql.unsafe(columns)} FROM ${sql.unsafe(tables)}
      WHERE starts_with(runs.run_id, ${beginning}) ORDER BY runs.sequence DESC LIMIT 10`;
    return rows.map(pastRun);
  } catch (error) {
    throw databaseError(`look for the run ${beginning}`, error);
  }
}

/** A run that this one can be compared with. */
export interface CompletedRun {
  seconds: number;
  /** Records that it read. */
  rows: number;
}

/** The completed runs before this one that read the same streams, newest first, ten at most. */
export async function readAlike(sql: Sql, { runId, connection }: PastRun, streams: string[]): Promise<CompletedRun[]> {
  try {
    return await sql<CompletedRun[]>`
      SELECT receipts.seconds, counted.rows FROM sync.receipts JOIN sync.runs USING (run_id), LATERAL (
        SELECT sum((value ->> 'fetched')::float8) AS rows, array_agg(key ORDER BY key COLLATE "C") AS streams
        FROM jsonb_each(receipt -> 'streams')) AS counted
      WHERE receipts.connection = ${connection} AND receipts.status = 'completed'
        AND counted.streams = ARRAY(SELECT jsonb_array_elements_text(${JSON.stringify(streams.toSorted())}::text::jsonb))
        AND runs.sequence < (SELECT sequence FROM sync.runs WHERE run_id = ${runId})
      ORDER BY runs.sequence DESC LIMIT 10`;
  } catch (error) {
    throw databaseError(`compare the runs of \`${connection}\``, error);
  }
}

/** Runs of the connection that came after this one; null where none did. */
export async function readLater(
  sql: Sql,
  { runId, connection }: PastRun,
): Promise<{ runs: number; newest: { unique: string; status: string } } | null> {
  try {
    const [row] = await sql<{ runs: number }[]>`
      SELECT count(*)::float8 AS runs FROM sync.runs WHERE connection = ${connection}
        AND sequence > (SELECT sequence FROM sync.runs WHERE run_id = ${runId})`;
    const [newest] = row?.runs ? await readRuns(sql, connection, { limit: 1 }) : [];
    if (row === undefined || newest === undefined) return null;
    return { runs: row.runs, newest: { unique: newest.runId.slice(0, newest.unique), status: newest.status } };
  } catch (error) {
    throw databaseError(`look what came after the run ${runId}`, error);
  }
}

const tickColumns = `
  ${iso('due_at')} AS "dueAt", ${iso('begun_at')} AS "begunAt", ${iso('judged_at')} AS "judgedAt", overlap, outcome,
  run_id AS "runId", why`;

/** The tick that began a run; null where none did. */
export async function readTickOf(sql: Sql, { runId, connection }: PastRun): Promise<PastTick | null> {
  try {
    const [tick] = await sql<PastTick[]>`
      SELECT ${sql.unsafe(tickColumns)} FROM sync.ticks
      WHERE connection = ${connection} AND run_id = ${runId} AND outcome = 'started' ORDER BY ticks.due_at LIMIT 1`;
    return tick ?? null;
  } catch (error) {
    throw databaseError(`read when the run ${runId} was due`, error);
  }
}

/** Every connection that ever ran. */
export async function ranConnections(sql: Sql): Promise<string[]> {
  try {
    const rows = await sql<{ connection: string }[]>`SELECT DISTINCT connection FROM sync.runs ORDER BY connection`;
    return rows.map(({ connection }) => connection);
  } catch (error) {
    throw databaseError('list the connections', error);
  }
}
