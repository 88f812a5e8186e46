import type { Sql } from 'postgres';
import type { CauseKind } from '../causes.ts';
import type { Wait } from '../receipt.ts';
import { databaseError } from './errors.ts';
import { iso } from './iso.ts';

/** Something that made a run slow, late, partial, parked or failed. */
export interface Cause {
  runId: string;
  /** Left out where it is about the run as a whole. */
  stream?: string | undefined;
  kind: CauseKind;
  /** 1 unless told. */
  times?: number | undefined;
  /** What it took, up to now. */
  seconds?: number | undefined;
  /** What will be waited from now on; where several steps wait side by side, the same second counts once. */
  waitSeconds?: number | undefined;
  /** `times` is all of them, not one more. */
  all?: boolean | undefined;
  /** A sentence of ours; never what a vendor or a record said. */
  note?: string | undefined;
}

const longestNote = 400;

/** Adds to the journal of causes. Nothing is noted of a run that `sync.runs` does not have. */
export async function noteCause(sql: Sql, cause: Cause): Promise<void> {
  const { runId, stream = '', kind, times = 1, seconds = 0, waitSeconds = 0, all = false, note } = cause;
  await sql`
    INSERT INTO sync.causes (run_id, stream, kind, connection, times, seconds, note, last_at)
    SELECT run_id, ${stream}, ${kind}, connection, ${times}::int, ${seconds + waitSeconds}::float8,
      ${note?.slice(0, longestNote) ?? null}, clock_timestamp() + ${waitSeconds}::float8 * interval '1 second'
    FROM sync.runs WHERE run_id = ${runId}
    ON CONFLICT (run_id, stream, kind) DO UPDATE SET
      times = CASE WHEN ${all} THEN excluded.times ELSE causes.times + excluded.times END,
      seconds = causes.seconds + ${seconds}::float8
        + greatest(0, extract(epoch FROM excluded.last_at - greatest(causes.last_at, clock_timestamp()))),
      note = coalesce(excluded.note, causes.note),
      last_at = greatest(causes.last_at, excluded.last_at)`.catch((error) => {
    throw databaseError('note why a run waited', error);
  });
}

/** A pass has been read to its end: it took as long as since it asked for its first page. */
export async function notePass(sql: Sql, cause: Cause & { connection: string; stream: string }): Promise<void> {
  const [pass] = await sql<{ seconds: number }[]>`
    SELECT extract(epoch FROM clock_timestamp() - pass_started_at)::float8 AS seconds FROM sync.cursors
    WHERE connection = ${cause.connection} AND stream = ${cause.stream} AND run_id = ${cause.runId}`.catch((error) => {
    throw databaseError('look how long a pass took', error);
  });
  await noteCause(sql, { ...cause, seconds: pass?.seconds ?? 0 });
}

/** What a run was doing until now. */
export interface Standing {
  runId: string;
  status: string;
  waitsFor: Wait['for'] | null;
  stream: string | null;
  /** Since it has been so. */
  seconds: number;
}

/** Null where the run is not registered. */
export async function readStanding(sql: Sql, runId: string): Promise<Standing | null> {
  try {
    const [standing] = await sql<Standing[]>`
      SELECT run_id AS "runId", status, waits_for AS "waitsFor", waits_stream AS stream,
        extract(epoch FROM clock_timestamp() - status_at)::float8 AS seconds
      FROM sync.runs WHERE run_id = ${runId}`;
    return standing ?? null;
  } catch (error) {
    throw databaseError(`read what the run ${runId} waits for`, error);
  }
}

/** A row of the journal of causes. Times are ISO 8601. */
export interface NotedCause {
  kind: CauseKind;
  /** Empty where it is about the run as a whole. */
  stream: string;
  times: number;
  seconds: number;
  note: string | null;
  firstAt: string;
  /** Of a wait: when it ends. */
  lastAt: string;
}

/** What made a run slow, late, partial, parked or failed; what took longest first. */
export async function readCauses(sql: Sql, runId: string): Promise<NotedCause[]> {
  try {
    return await sql<NotedCause[]>`
      SELECT kind, stream, times::float8, seconds, note,
        ${sql.unsafe(iso('first_at'))} AS "firstAt", ${sql.unsafe(iso('last_at'))} AS "lastAt"
      FROM sync.causes WHERE run_id = ${runId} ORDER BY seconds DESC, kind, stream`;
  } catch (error) {
    throw databaseError(`read what happened to the run ${runId}`, error);
  }
}
