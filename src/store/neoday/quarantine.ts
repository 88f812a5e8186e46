import type { TransactionSql } from 'postgres';
import type { Fence } from '../commit.ts';
import type { QuarantinedRecord } from '../quarantine.ts';

/** A row of a file that cannot become a row of its table. */
export interface AsideRow extends Omit<QuarantinedRecord, 'recordId'> {
  /** Number in the file, from 1. */
  row: number;
}

/** The same bytes put aside again are the same entry, seen once more. */
export async function putRowsAside(
  transaction: TransactionSql,
  fence: Fence,
  resultId: string,
  rows: readonly AsideRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const distinct = [...new Map(rows.map((row) => [row.hash, row])).values()];
  await transaction.unsafe(
    `INSERT INTO sync.quarantine
       (connection, stream, run_id, result_id, row_number, content_hash, path, reason, raw_text, raw_base64, page)
     SELECT $1, $2, $3, $4, row_number, content_hash, path, reason, raw_text, raw_base64, 0
     FROM json_to_recordset($5::text::json) AS sent
       (row_number bigint, content_hash uuid, path text, reason text, raw_text text, raw_base64 text)
     ON CONFLICT (connection, stream, content_hash) DO UPDATE SET
       path = excluded.path, reason = excluded.reason, run_id = excluded.run_id, result_id = excluded.result_id,
       row_number = excluded.row_number, last_seen_at = now(), resolved_at = NULL, resolution = NULL`,
    [fence.connection, fence.stream, fence.runId, resultId, JSON.stringify(distinct.map(asColumns))],
  );
}

function asColumns({ row, hash, path, reason, rawText, rawBase64 }: AsideRow) {
  return { row_number: row, content_hash: hash, path, reason, raw_text: rawText, raw_base64: rawBase64 };
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
