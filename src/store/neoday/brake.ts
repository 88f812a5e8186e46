import type { Sql, TransactionSql } from 'postgres';
import { databaseError } from '../errors.ts';
import { iso } from '../iso.ts';
import type { ExportKey } from './ledger.ts';

/** So few rows may be missing from a file, whatever share of them that is. */
const few = 10;

/**
 * Decides, where the newest file of an export has just been loaded for the first time, whether rows that it does not show
 * leave the current view of a snapshot. Where it has far fewer rows than the file before, they stay until a person agrees
 * (`approveFewer`) or a later file has enough again: NeoDay's documents name no way to tell an export that went wrong from
 * a deletion. Belongs into the transaction that merges the file, before the ledger counts it as loaded.
 *
 * @param rows that the file shows, those put aside left out.
 */
export async function brake(
  transaction: TransactionSql,
  sequence: number,
  rows: number,
  maxDeletePercent: number,
): Promise<void> {
  await transaction.unsafe(
    `WITH own AS (
       SELECT result.*, known.mode, known.kept_result
       FROM neoday.results AS result JOIN neoday.exports AS known USING (connection, export)
       WHERE result.sequence = $1::text::bigint AND (result.loaded_at IS NULL OR known.kept_result IS NOT NULL)
         AND (known.mode = 'snapshot' OR known.kept_result IS NOT NULL)
         AND NOT EXISTS (
           SELECT FROM neoday.results AS later
           WHERE later.connection = result.connection AND later.export = result.export AND later.loaded_at IS NOT NULL
             AND (later.created_at, later.sequence) > (result.created_at, result.sequence))
     ), base AS (
       SELECT base.sequence, base.created + base.updated + base.unchanged AS rows
       FROM own JOIN neoday.results AS base USING (connection, export)
       WHERE base.loaded_at IS NOT NULL AND CASE WHEN own.kept_result IS NOT NULL THEN base.sequence = own.kept_result
         ELSE (base.created_at, base.sequence) < (own.created_at, own.sequence) END
       ORDER BY base.created_at DESC, base.sequence DESC LIMIT 1
     )
     UPDATE neoday.exports AS known SET kept_result = CASE
       WHEN own.mode = 'snapshot' AND base.rows - $2::text::bigint > greatest(${few}, base.rows * $3::text::numeric / 100)
       THEN base.sequence END
     FROM own, base WHERE known.connection = own.connection AND known.export = own.export`,
    [String(sequence), String(rows), String(maxDeletePercent)],
  );
}

/** An export whose newest file has far fewer rows than one before, so that the rows of that one stay. */
export interface Fewer {
  export: string;
  /** `neoday.current_…` */
  view: string;
  /** Of the newest file. */
  resultId: string;
  /** ISO 8601. */
  createdAt: string;
  rows: number;
  /** Rows of the file that all later ones are held against. */
  rowsBefore: number;
  /** Names exactly this state: another newest file has another. */
  digest: string;
}

const fewer = `
  SELECT known.export, 'neoday.current_' || known.table_name AS view, newest.result_id AS "resultId", ${iso('newest.created_at')} AS "createdAt",
    (newest.created + newest.updated + newest.unchanged)::float8 AS rows,
    (base.created + base.updated + base.unchanged)::float8 AS "rowsBefore",
    md5(concat_ws(' ', known.export, base.sequence, newest.sequence, newest.loaded_at)) AS digest
  FROM neoday.exports AS known JOIN neoday.results AS base ON base.sequence = known.kept_result,
  LATERAL (
    SELECT * FROM neoday.results AS loaded
    WHERE loaded.connection = known.connection AND loaded.export = known.export AND loaded.loaded_at IS NOT NULL
    ORDER BY loaded.created_at DESC, loaded.sequence DESC LIMIT 1
  ) AS newest
  WHERE known.connection = $1 AND known.mode = 'snapshot' AND ($2::text IS NULL OR known.export = $2)
  ORDER BY known.export`;

/** Exports of a connection, or one of them, that wait for a person. */
export async function listFewer(
  sql: Sql | TransactionSql,
  connection: string,
  name: string | null = null,
): Promise<Fewer[]> {
  try {
    return await sql.unsafe<Fewer[]>(fewer, [connection, name]);
  } catch (error) {
    throw databaseError(`read which files of \`${connection}\` have too few rows`, error);
  }
}

/** Has the newest file count alone, if it is the one with this digest. @returns whether it was. */
export async function approveFewer(sql: Sql, key: ExportKey, digest: string): Promise<boolean> {
  try {
    const approved = await sql.unsafe(
      `UPDATE neoday.exports SET kept_result = NULL
       WHERE connection = $1 AND export = $2 AND $3 = (SELECT digest FROM (${fewer}) AS waiting) RETURNING 1`,
      [key.connection, key.export, digest],
    );
    return approved.length > 0;
  } catch (error) {
    throw databaseError(`approve the newest file of \`${key.connection}\` / ${key.export}`, error);
  }
}
