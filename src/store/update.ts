import type { TransactionSql } from 'postgres';
import type { Fence, RecordRow, Writing } from './commit.ts';
import { quote, type RecordTable } from './tables.ts';

/**
 * Writes rows that the table has with another content hash. A hash can differ where the content does not (white space,
 * key order, a newer mapping), so everything is compared once more: only a row that really differs, or that was marked
 * deleted and is back, counts as updated and gets a new `synced_at`.
 *
 * @returns how many rows were really different.
 */
export async function updateRows(
  transaction: TransactionSql,
  table: RecordTable,
  fence: Fence,
  rows: readonly RecordRow[],
  { rewrite }: Writing,
): Promise<number> {
  if (rows.length === 0) return 0;
  const result = await transaction.unsafe<{ updated: string }[]>(updateStatement(table), [
    fence.connection,
    fence.runId,
    rowsAsJson(table, rows),
    String(rewrite),
  ]);
  return Number(result[0]?.updated ?? 0);
}

function updateStatement(table: RecordTable): string {
  const columns = [...table.columns, 'raw'];
  const list = (alias: string) => columns.map((column) => `${alias}.${quote(column)}`).join(', ');
  return `
    WITH sent AS MATERIALIZED (
      SELECT * FROM jsonb_populate_recordset(NULL::${table.name}, $3::text::jsonb)
    ), compared AS MATERIALIZED (
      SELECT sent.id,
        known.deleted_at IS NOT NULL OR ROW(${list('known')}) IS DISTINCT FROM ROW(${list('sent')}) AS differs
      FROM sent JOIN ${table.name} AS known ON known.connection = $1 AND known.id = sent.id
    ), written AS (
      UPDATE ${table.name} AS known SET
        ${columns.map((column) => `${quote(column)} = sent.${quote(column)}`).join(', ')},
        content_hash = sent.content_hash,
        synced_at = CASE WHEN compared.differs OR $4::text::boolean THEN now() ELSE known.synced_at END,
        run_id = CASE WHEN compared.differs OR $4::text::boolean THEN $2 ELSE known.run_id END,
        deleted_at = NULL
      FROM sent JOIN compared ON compared.id = sent.id
      WHERE known.connection = $1 AND known.id = sent.id
    )
    SELECT count(*) FILTER (WHERE differs)::text AS updated FROM compared`;
}

/** Scalar values travel as JSON strings, which PostgreSQL reads by each column's own rules; JSON ones as they are. */
export function rowsAsJson(table: RecordTable, rows: readonly RecordRow[]): string {
  const objects = rows.map((row) => {
    const values = table.columns.map((column, index) => {
      const value = row.values[index] ?? null;
      const sent = table.jsonColumns.has(column) ? value : JSON.stringify(value);
      return `${JSON.stringify(column)}:${sent}`;
    });
    return `{"id":${row.id},"content_hash":"${row.hash}",${values.join(',')},"raw":${row.raw}}`;
  });
  return `[${objects.join(',')}]`;
}
