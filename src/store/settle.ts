import type { Sql, TransactionSql } from 'postgres';
import { LeaseLostError } from '../errors.ts';
import type { PassFindings } from '../rules.ts';
import type { StreamKey } from './claim.ts';
import type { Fence } from './commit.ts';
import { databaseError } from './errors.ts';
import { iso } from './iso.ts';
import type { RecordTable } from './tables.ts';

/** One complete reading of a stream. */
export interface Pass extends StreamKey {
  runId: string;
  pass: number;
}

/** Rows that are not in the source any more, as far as passes can tell. */
export interface MissingRows {
  /** Rows that are not marked as deleted. */
  live: number;
  /** Of these, missing from the newest complete pass. */
  missing: number;
  /** Of these, missing from two complete passes. */
  confirmed: number;
  /** Names exactly the confirmed rows; empty where there are none. */
  digest: string;
}

/** The same after a pass. */
export interface PassMissing extends MissingRows {
  /** Live rows that the pass did not show, whether or not it can tell that they are missing. */
  unseen: number;
}

/** Another database than the one that was written to: closing the run tells. */
const nothingSeen: PassFindings = {
  distinct: 0,
  shown: 0,
  anonymous: 0,
  total: null,
  putAside: 0,
  shrank: false,
  startedAt: new Date(0).toISOString(),
};

/** Counts what a pass showed. */
export async function countPass(sql: Sql, pass: Pass): Promise<PassFindings> {
  try {
    const [row] = await sql<PassFindings[]>`
      WITH pages AS (
        SELECT ids, anonymous, total, total_before FROM sync.pages
        WHERE run_id = ${pass.runId} AND stream = ${pass.stream} AND pass = ${pass.pass})
      SELECT
        (SELECT count(DISTINCT id)::float8 FROM pages, unnest(ids) AS id) AS distinct,
        (SELECT coalesce(sum(cardinality(ids)), 0)::float8 FROM pages) AS shown,
        (SELECT coalesce(sum(anonymous), 0)::float8 FROM pages) AS anonymous,
        (SELECT coalesce(bool_or(total < total_before), false) FROM pages) AS shrank,
        (SELECT count(*)::float8 FROM sync.quarantine
         WHERE connection = ${pass.connection} AND stream = ${pass.stream} AND run_id = ${pass.runId}
           AND resolved_at IS NULL) AS "putAside",
        source_total::float8 AS total,
        ${sql.unsafe(iso('pass_started_at'))} AS "startedAt"
      FROM sync.cursors WHERE connection = ${pass.connection} AND stream = ${pass.stream}`;
    return row ?? nothingSeen;
  } catch (error) {
    throw databaseError(`count what was seen of \`${pass.connection}\` / ${pass.stream}`, error);
  }
}

/**
 * Notes which live rows a pass did not show, and which of them an earlier complete pass did not show either; forgets those
 * that it did show. Where the pass cannot tell that a row is missing, only the latter is learnt. Repeating it changes
 * nothing.
 */
export async function noteMissing(sql: Sql, table: RecordTable, pass: Pass, tells: boolean): Promise<PassMissing> {
  const { connection, stream, runId } = pass;
  try {
    return await sql.begin(async (transaction) => {
      await compareInBulk(transaction);
      const statement = tells ? noteStatement(table) : forgetStatement(table);
      const [row] = await transaction.unsafe<{ unseen: number }[]>(statement, [
        connection,
        stream,
        runId,
        String(pass.pass),
      ]);
      return { unseen: row?.unseen ?? 0, ...(await readMissing(transaction, table, pass)) };
    });
  } catch (error) {
    throw databaseError(`note what is missing of \`${connection}\` / ${stream}`, error);
  }
}

/**
 * Keeps the planner from comparing each row with each: of tables that were never analyzed it believes that a connection
 * has one row, and then takes minutes for 100,000.
 */
async function compareInBulk(transaction: TransactionSql): Promise<void> {
  await transaction`SET LOCAL enable_nestloop = off`;
}

/** Live rows that the pass did not show. `EXCEPT` hashes or sorts both sides once, however many there are. */
const unseen = (table: RecordTable) => `
  unseen AS MATERIALIZED (
    SELECT id FROM ${table.name} WHERE connection = $1 AND deleted_at IS NULL
    EXCEPT
    SELECT unnest(ids) FROM sync.pages WHERE run_id = $3 AND stream = $2 AND pass = $4::int)`;

const forget = `
  DELETE FROM sync.missing AS noted
  WHERE connection = $1 AND stream = $2 AND NOT EXISTS (SELECT FROM unseen WHERE unseen.id = noted.id)`;

const countUnseen = 'SELECT count(*)::float8 AS unseen FROM unseen';

const forgetStatement = (table: RecordTable) => `WITH ${unseen(table)}, forgotten AS (${forget}) ${countUnseen}`;

const noteStatement = (table: RecordTable) => `
  WITH ${unseen(table)},
  forgotten AS (${forget}),
  confirmed AS (
    UPDATE sync.missing AS noted SET confirmed = true FROM unseen
    WHERE connection = $1 AND stream = $2 AND noted.id = unseen.id AND (run_id, pass) <> ($3, $4::int)),
  noted AS (
    INSERT INTO sync.missing (connection, stream, id, run_id, pass)
    SELECT $1, $2, id, $3, $4::int FROM unseen ON CONFLICT DO NOTHING)
  ${countUnseen}`;

export async function readMissing(sql: TransactionSql, table: RecordTable, key: StreamKey): Promise<MissingRows> {
  const [row] = await sql<MissingRows[]>`
    SELECT
      (SELECT count(*)::float8 FROM ${sql.unsafe(table.name)}
       WHERE connection = ${key.connection} AND deleted_at IS NULL) AS live,
      count(*)::float8 AS missing,
      (count(*) FILTER (WHERE confirmed))::float8 AS confirmed,
      coalesce(left(encode(sha256(convert_to(
        string_agg(id::text, ',' ORDER BY id) FILTER (WHERE confirmed), 'UTF8')), 'hex'), 16), '') AS digest
    FROM sync.missing WHERE connection = ${key.connection} AND stream = ${key.stream}`;
  return row ?? { live: 0, missing: 0, confirmed: 0, digest: '' };
}

/**
 * Marks the confirmed rows as deleted, if they are still exactly those that `digest` names. Fenced like a commit.
 *
 * @returns how many were marked; null where the list has changed since.
 * @throws LeaseLostError when a newer attempt has the cursor.
 */
export async function sweep(sql: Sql, table: RecordTable, fence: Fence, digest: string): Promise<number | null> {
  try {
    return await sql.begin(async (transaction) => {
      await takeFence(transaction, fence);
      await compareInBulk(transaction);
      const now = await readMissing(transaction, table, fence);
      if (now.confirmed === 0) return 0;
      if (now.digest !== digest) return null;
      await markDeleted(transaction, table, fence);
      await transaction`
        UPDATE sync.cursors SET deleted = deleted + ${now.confirmed}
        WHERE connection = ${fence.connection} AND stream = ${fence.stream}`;
      return now.confirmed;
    });
  } catch (error) {
    if (error instanceof LeaseLostError) throw error;
    throw databaseError(`mark deleted rows of \`${fence.connection}\` / ${fence.stream}`, error);
  }
}

async function takeFence(transaction: TransactionSql, { connection, stream, runId, epoch }: Fence): Promise<void> {
  const held = await transaction`
    UPDATE sync.cursors SET progressed_at = clock_timestamp()
    WHERE connection = ${connection} AND stream = ${stream} AND run_id = ${runId} AND epoch = ${epoch} RETURNING 1`;
  if (held.length === 0) {
    throw new LeaseLostError(`A newer attempt has taken over \`${connection}\` / ${stream}; this one deletes nothing.`);
  }
}

async function markDeleted(transaction: TransactionSql, table: RecordTable, fence: Fence): Promise<void> {
  await transaction`
    UPDATE ${transaction.unsafe(table.name)} AS row SET deleted_at = now(), run_id = ${fence.runId}
    FROM sync.missing
    WHERE missing.connection = ${fence.connection} AND missing.stream = ${fence.stream} AND missing.confirmed
      AND row.connection = missing.connection AND row.id = missing.id`;
  await transaction`
    DELETE FROM sync.missing WHERE connection = ${fence.connection} AND stream = ${fence.stream} AND confirmed`;
}
