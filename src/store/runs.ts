import { and, eq, inArray, isNull, lt, ne, sql } from 'drizzle-orm';
import type { Sql } from 'postgres';
import type { Lateness, Receipt, RunStatus, StreamCounts, System, Wait } from '../receipt.ts';
import { type Cursor, cursorColumns, type StreamKey } from './claim.ts';
import type { Fence } from './commit.ts';
import type { Database, Store } from './connect.ts';
import { databaseError } from './errors.ts';
import { iso } from './iso.ts';
import { pages, receipts, runs } from './schema/sync.ts';
import type { RecordTable } from './tables.ts';

export interface RunStart {
  runId: string;
  connection: string;
  system: System;
  workflowId: string;
  trigger: string;
  /** That it was asked to read; null: all of the connection. */
  streams: string[] | null;
  /** When its schedule was due, ISO 8601; null where no schedule began it. */
  dueAt: string | null;
}

/** Registers a run, once however often it is called. Returns its sequence, which orders runs. */
export async function registerRun(db: Database, start: RunStart): Promise<number> {
  try {
    const values = {
      run_id: start.runId,
      connection: start.connection,
      system: start.system,
      workflow_id: start.workflowId,
      trigger: start.trigger,
      streams: start.streams,
      due_at: start.dueAt,
      status: 'running',
    };
    await db.insert(runs).values(values).onConflictDoNothing();
    await endForgotten(db, start);
    const [row] = await db.select({ sequence: runs.sequence }).from(runs).where(eq(runs.run_id, start.runId));
    if (row?.sequence === undefined || row.sequence === null) throw new Error('the run was not stored');
    return row.sequence;
  } catch (error) {
    throw databaseError(`register the run of \`${start.connection}\``, error);
  }
}

/** A run that was terminated had no chance to say so; the next one does, since a connection has one run at a time. */
async function endForgotten(db: Database, { connection, runId }: RunStart): Promise<void> {
  await db
    .update(runs)
    .set({ status: 'failed', finished_at: sql`now()` })
    .where(and(eq(runs.connection, connection), ne(runs.run_id, runId), isNull(runs.finished_at)));
}

export async function setRunStatus(
  db: Database,
  runId: string,
  status: RunStatus | 'running' | 'paused',
  waits: Wait | null = null,
): Promise<void> {
  try {
    const waiting = {
      waits_for: waits?.for ?? null,
      waits_stream: waits?.stream ?? null,
      waits_why: waits?.why ?? null,
    };
    await db
      .update(runs)
      .set({ status, status_at: sql`now()`, ...waiting })
      .where(eq(runs.run_id, runId));
  } catch (error) {
    throw databaseError(`note that the run is ${status}`, error);
  }
}

/** How long after its time a scheduled run was opened, as its receipt tells it; empty where no schedule began it. */
export async function readLateness(sql: Sql, runId: string): Promise<{ late?: Lateness }> {
  try {
    const [late] = await sql<Lateness[]>`
      SELECT ${sql.unsafe(iso('due_at'))} AS "dueAt",
        greatest(round(extract(epoch FROM started_at - due_at), 1), 0)::float8 AS seconds
      FROM sync.runs WHERE run_id = ${runId} AND due_at IS NOT NULL`;
    return late === undefined ? {} : { late };
  } catch (error) {
    throw databaseError('read when the run was due', error);
  }
}

/** The cursor as it stands, if this run has taken it. */
export async function readCursor(store: Store, key: StreamKey, runId: string): Promise<Cursor | null> {
  try {
    const [cursor] = await store.sql<Cursor[]>`
      SELECT ${store.sql.unsafe(cursorColumns)} FROM sync.cursors
      WHERE connection = ${key.connection} AND stream = ${key.stream} AND run_id = ${runId}`;
    return cursor ?? null;
  } catch (error) {
    throw databaseError(`read the cursor of \`${key.connection}\` / ${key.stream}`, error);
  }
}

/** Notes an attempt that failed, so that the next one knows how long to wait. Fenced like a commit. */
export async function recordFailure(
  store: Store,
  { connection, stream, epoch }: Fence,
  counts: { requests: number; failures: number; contractFailures: number },
): Promise<void> {
  await store.sql`
    UPDATE sync.cursors SET failures = ${counts.failures},
      contract_failures = ${counts.contractFailures}, requests = requests + ${counts.requests}
    WHERE connection = ${connection} AND stream = ${stream} AND epoch = ${epoch}`.catch((error) => {
    throw databaseError(`note a failed attempt of \`${connection}\` / ${stream}`, error);
  });
}

/** A column of one stream that names a record of another. */
export interface Reference {
  column: string;
  target: RecordTable;
}

/** Live rows that name a record which is not there. The source is not transactional, so this is counted, not enforced. */
export async function countOrphans(
  store: Store,
  connection: string,
  table: RecordTable,
  references: readonly Reference[],
): Promise<number> {
  if (references.length === 0) return 0;
  const missing = references.map(
    ({ column, target }) => `(child."${column}" IS NOT NULL AND NOT EXISTS (
      SELECT FROM ${target.name} AS parent
      WHERE parent.connection = $1 AND parent.id = child."${column}" AND parent.deleted_at IS NULL))`,
  );
  try {
    const [row] = await store.sql.unsafe<{ orphans: number }[]>(
      `SELECT count(*)::float8 AS orphans FROM ${table.name} AS child
       WHERE child.connection = $1 AND child.deleted_at IS NULL AND (${missing.join(' OR ')})`,
      [connection],
    );
    return row?.orphans ?? 0;
  } catch (error) {
    throw databaseError(`count orphans of \`${connection}\``, error);
  }
}

/** Ends a run: its receipt, its status, and what earlier runs of the connection kept for their own passes. */
export async function closeRun(db: Database, receipt: Receipt): Promise<void> {
  try {
    await db.transaction(async (transaction) => {
      // A worker that freezes here must not keep the next attempt waiting.
      await transaction.execute(sql`SET LOCAL idle_in_transaction_session_timeout = '5s'`);
      const [run] = await transaction.select().from(runs).where(eq(runs.run_id, receipt.runId));
      await transaction
        .insert(receipts)
        .values({
          run_id: receipt.runId,
          connection: receipt.connection,
          system: receipt.system,
          status: receipt.status,
          receipt,
          started_at: run?.started_at ?? sql`now()`,
          seconds: sql`extract(epoch FROM now() - ${run?.started_at ?? sql`now()`}::timestamptz)`,
        })
        .onConflictDoUpdate({ target: receipts.run_id, set: { status: receipt.status, receipt } });
      await transaction
        .update(runs)
        .set({ status: receipt.status, status_at: sql`now()`, finished_at: sql`now()`, waits_for: null })
        .where(eq(runs.run_id, receipt.runId));
      await transaction
        .delete(pages)
        .where(and(eq(pages.connection, receipt.connection), inArray(pages.run_id, earlierRuns(transaction, run))));
    });
  } catch (error) {
    throw databaseError(`store the receipt of \`${receipt.connection}\``, error);
  }
}

/** Only earlier ones: the late end of a run that was terminated must not take a newer run's pages away. */
function earlierRuns(db: Pick<Database, 'select'>, run: typeof runs.$inferSelect | undefined) {
  const { connection = '', sequence = 0 } = run ?? {};
  return db
    .select({ id: runs.run_id })
    .from(runs)
    .where(and(eq(runs.connection, connection), lt(runs.sequence, sequence ?? 0)));
}

/** A cursor's counts in the receipt's shape. */
export function countsOf(cursor: Cursor, orphans: number): StreamCounts {
  return {
    total: cursor.sourceTotal,
    fetched: cursor.fetched,
    created: cursor.created,
    updated: cursor.updated,
    unchanged: cursor.unchanged,
    deleted: cursor.deleted,
    quarantined: cursor.quarantined,
    orphans,
    pages: cursor.pages,
    requests: cursor.requests,
    retries: Math.max(0, cursor.requests - cursor.pages),
    bytes: cursor.bytes,
    seconds: Math.round(cursor.seconds * 1000) / 1000,
    asOf: null,
  };
}
