import type { Sql, TransactionSql } from 'postgres';
import type { Fence } from '../commit.ts';
import { databaseError } from '../errors.ts';
import type { QuarantinedRecord } from '../quarantine.ts';

/** A row of a file that cannot become a row of its table. */
export interface AsideRow extends Omit<QuarantinedRecord, 'recordId'> {
  /** Number in the file, from 1. */
  row: number;
}

/** The same bytes put aside again are the same entry, which counts how often the file shows them. */
export async function putRowsAside(
  transaction: TransactionSql,
  fence: Fence,
  resultId: string,
  rows: readonly AsideRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await transaction.unsafe(
    `WITH sent AS (
       SELECT DISTINCT ON (content_hash) *, count(*) OVER (PARTITION BY content_hash) AS times
       FROM json_to_recordset($5::text::json) AS sent
         (row_number bigint, content_hash uuid, path text, reason text, raw_text text, raw_base64 text,
          mapping_version int)
       ORDER BY content_hash, row_number
     ), earlier AS (
       SELECT entry.content_hash, entry.row_number, entry.times
       FROM sync.quarantine AS entry JOIN neoday.results AS result
         ON result.connection = entry.connection AND result.export = entry.stream AND result.result_id = entry.result_id
       WHERE entry.connection = $1 AND entry.stream = $2 AND entry.result_id = $4
         AND entry.last_seen_at >= result.opened_at
     )
     INSERT INTO sync.quarantine
       (connection, stream, run_id, result_id, row_number, times, content_hash, path, reason, raw_text, raw_base64, page,
        mapping_version)
     SELECT $1, $2, $3, $4, coalesce(earlier.row_number, sent.row_number), sent.times + coalesce(earlier.times, 0),
       sent.content_hash, path, reason, raw_text, raw_base64, 0, mapping_version
     FROM sent LEFT JOIN earlier USING (content_hash) ORDER BY sent.row_number
     ON CONFLICT (connection, stream, content_hash) DO UPDATE SET
       path = excluded.path, reason = excluded.reason, run_id = excluded.run_id, result_id = excluded.result_id,
       row_number = excluded.row_number, times = excluded.times, raw_text = excluded.raw_text,
       raw_base64 = excluded.raw_base64, mapping_version = excluded.mapping_version, last_seen_at = now(), resolved_at = NULL, resolution = NULL`,
    [fence.connection, fence.stream, fence.runId, resultId, JSON.stringify(rows.map(asColumns))],
  );
}

function asColumns({ row, hash, path, reason, rawText, rawBase64, mappingVersion }: AsideRow) {
  const texts = { path, reason, raw_text: rawText, raw_base64: rawBase64 };
  return { row_number: row, content_hash: hash, ...texts, mapping_version: mappingVersion };
}

/** Empties what was put aside of NeoDay's files under other rules for personal data than `privacy` names. */
export async function forgetOtherRules(sql: Sql, connection: string, privacy: string): Promise<void> {
  await sql`
    UPDATE sync.quarantine AS entry SET raw_text = NULL, raw_base64 = NULL
    FROM neoday.results AS result
    WHERE entry.connection = ${connection} AND (entry.raw_text IS NOT NULL OR entry.raw_base64 IS NOT NULL)
      AND result.connection = entry.connection AND result.export = entry.stream AND result.result_id = entry.result_id
      AND (result.mapping NOT LIKE ${`% ${privacy}`} OR entry.last_seen_at < result.opened_at)`.catch((error) => {
    throw databaseError(`empty quarantine entries of \`${connection}\``, error);
  });
}

/** Closes what an earlier load of a result put aside and this one, which read it to its end, did not meet again. */
export async function resolveReloaded(transaction: TransactionSql, fence: Fence, resultId: string): Promise<void> {
  await transaction`
    UPDATE sync.quarantine SET resolved_at = now(), resolution = 'the result was loaded again without it'
    FROM neoday.results AS result
    WHERE quarantine.connection = ${fence.connection} AND quarantine.stream = ${fence.stream}
      AND quarantine.result_id = ${resultId} AND quarantine.resolved_at IS NULL
      AND result.connection = quarantine.connection AND result.export = quarantine.stream
      AND result.result_id = quarantine.result_id AND quarantine.last_seen_at < result.opened_at`;
}
