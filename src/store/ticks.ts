import type { Sql } from 'postgres';
import { databaseError } from './errors.ts';
import { iso } from './iso.ts';

export type TickOutcome = 'started' | 'skipped' | 'served' | 'waiting' | 'cancelled';

/** What became of one time that a schedule was due. Times are ISO 8601. */
export interface KnownTick {
  /** Run id of the workflow that the schedule started. */
  tickId: string;
  connection: string;
  /** By the schedule. */
  dueAt: string;
  /** When Temporal started its workflow. */
  begunAt: string;
  /** When a worker first looked at it. */
  judgedAt: string;
  overlap: string;
  outcome: TickOutcome;
  /** The run that it began, waits for or was left out for. */
  runId: string | null;
  /** A sentence. */
  why: string | null;
}

const keptDays = 90;
/** Of a connection. */
const mostTicks = 5000;

/** Notes what became of a tick, again and again if need be; from time to time removes those that are too old or too many. */
export async function writeTick(sql: Sql, tick: Omit<KnownTick, 'judgedAt'>): Promise<void> {
  const { tickId, connection, dueAt, begunAt, overlap, outcome, runId, why } = tick;
  try {
    await sql`
      INSERT INTO sync.ticks (tick_id, connection, due_at, begun_at, overlap, outcome, run_id, why)
      VALUES (${tickId}, ${connection}, ${dueAt}, ${begunAt}, ${overlap}, ${outcome}, ${runId}, ${why})
      ON CONFLICT (tick_id) DO UPDATE SET
        outcome = excluded.outcome, run_id = excluded.run_id, why = excluded.why`;
    if (isTimeToPrune(sql, connection)) await prune(sql, connection);
  } catch (error) {
    throw databaseError(`note what became of a tick of \`${connection}\``, error);
  }
}

/** Going through all that are kept costs more than noting one, and a schedule may be due every second. */
const pruneEveryMs = 60_000;
const prunedAt = new WeakMap<Sql, Map<string, number>>();

function isTimeToPrune(sql: Sql, connection: string): boolean {
  const times = prunedAt.get(sql) ?? new Map<string, number>();
  const now = performance.now();
  if (now - (times.get(connection) ?? Number.NEGATIVE_INFINITY) < pruneEveryMs) return false;
  prunedAt.set(sql, times.set(connection, now));
  return true;
}

async function prune(sql: Sql, connection: string): Promise<void> {
  await sql`
    DELETE FROM sync.ticks WHERE connection = ${connection} AND (
      greatest(due_at, judged_at) < now() - ${`${keptDays} days`}::interval
      OR due_at <= (SELECT due_at FROM sync.ticks WHERE connection = ${connection}
        ORDER BY due_at DESC OFFSET ${mostTicks} LIMIT 1))`;
}

/** The newest `limit` ticks of a connection, newest due time first; only those that were due at `since` or later. */
export async function readTicks(
  sql: Sql,
  connection: string,
  { since = new Date(0), limit }: { since?: Date; limit: number },
): Promise<KnownTick[]> {
  try {
    return await sql<KnownTick[]>`
      SELECT tick_id AS "tickId", connection, ${sql.unsafe(iso('due_at'))} AS "dueAt",
        ${sql.unsafe(iso('begun_at'))} AS "begunAt", ${sql.unsafe(iso('judged_at'))} AS "judgedAt",
        overlap, outcome, run_id AS "runId", why
      FROM sync.ticks WHERE connection = ${connection} AND due_at >= ${since}
      ORDER BY due_at DESC, begun_at DESC LIMIT ${limit}`;
  } catch (error) {
    throw databaseError(`read the ticks of \`${connection}\``, error);
  }
}

/** What a run was to read, and how it stands. */
export interface WantedRun {
  runId: string;
  /** Everything of its connection, begun by a schedule or a start. */
  full: boolean;
  status: string;
}

/** Whether a run is parked so that the next tick of its schedule has it try again. */
export async function waitsForTick(sql: Sql, runId: string | null): Promise<boolean> {
  try {
    const [run] = await sql`
      SELECT FROM sync.runs
      WHERE run_id = ${runId} AND status = 'parked' AND waits_for IN ('credential', 'settings')`;
    return run !== undefined;
  } catch (error) {
    throw databaseError(`look whether the run ${runId} is parked`, error);
  }
}

const full = "(streams IS NULL AND trigger IN ('schedule', 'start'))";

/** The run of this id and the newest one that was full, in one look; null where there is none. */
export async function readWanted(
  sql: Sql,
  connection: string,
  runId: string | null,
): Promise<{ underWay: WantedRun | null; newestFull: WantedRun | null }> {
  try {
    const rows = await sql.unsafe<(WantedRun & { newest: boolean })[]>(
      `(SELECT run_id AS "runId", ${full} AS full, status, false AS newest FROM sync.runs WHERE run_id = $2)
       UNION ALL
       (SELECT run_id, true, status, true FROM sync.runs WHERE connection = $1 AND ${full}
        ORDER BY sequence DESC LIMIT 1)`,
      [connection, runId],
    );
    const found = (wanted: boolean) => rows.find(({ newest }) => newest === wanted) ?? null;
    return { underWay: found(false), newestFull: found(true) };
  } catch (error) {
    throw databaseError(`look at the runs of \`${connection}\``, error);
  }
}
