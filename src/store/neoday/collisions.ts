import type { TransactionSql } from 'postgres';
import type { StreamKey } from '../claim.ts';
import type { RowTable } from './tables.ts';

/**
 * Gives rows whose hash another content has already, in the table or earlier in the file, the next hash that is free, so
 * that no row is lost. The same content finds its place again: it goes on from its own hash over the same taken ones, and
 * rows are never removed from the table.
 *
 * Slow, and once in some ten billion files of a million rows.
 */
export async function resolveCollisions(
  transaction: TransactionSql,
  table: RowTable,
  { connection, stream }: StreamKey,
  sequence: number,
): Promise<void> {
  for (;;) {
    const moved = await transaction.unsafe(moveStatement(table), [
      ...[connection, String(sequence)],
      ...(table.shared ? [stream] : []),
    ]);
    if (moved.count === 0) return;
  }
}

/** One step further for each content that is not the one whose place it is. */
const moveStatement = (table: RowTable): string => `
  WITH sent AS MATERIALIZED (
    SELECT row_number, content_hash, ${table.record('staged')} AS content
    FROM ${table.staged} AS staged WHERE result = $2::text::bigint
  ), contenders AS (
    SELECT content_hash, content, row_number FROM sent
    UNION ALL
    SELECT content_hash, ${table.record('stored')}, 0 FROM ${table.name} AS stored
    WHERE connection = $1${table.shared ? ' AND export = $3' : ''} AND ordinal = 1
  ), owners AS (
    SELECT DISTINCT ON (content_hash) content_hash, content FROM contenders ORDER BY content_hash, row_number
  )
  UPDATE ${table.staged} AS staged SET content_hash = CASE staged.content_hash
    WHEN 9223372036854775807 THEN -9223372036854775808 ELSE staged.content_hash + 1 END
  FROM sent JOIN owners ON owners.content_hash = sent.content_hash
  WHERE staged.result = $2::text::bigint AND staged.row_number = sent.row_number AND sent.content <> owners.content`;
