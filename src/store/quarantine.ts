import type { Sql, TransactionSql } from 'postgres';
import type { StreamKey } from './claim.ts';
import type { Fence, RecordRow } from './commit.ts';
import { databaseError } from './errors.ts';

/** A record that cannot become a row, with everything needed to try it again later. */
export interface QuarantinedRecord {
  /** Decimal digits of the vendor's id; null where the record told none. */
  recordId: string | null;
  hash: string;
  /** Where in the record, in the vendor's names joined by dots; empty for the record as a whole. */
  path: string;
  /** A sentence without the record's values. */
  reason: string;
  /** The record's JSON text; null where a PostgreSQL text cannot hold it, then `rawBase64` has its bytes. */
  rawText: string | null;
  rawBase64: string | null;
  /** Version of the mapping that it does not fit. */
  mappingVersion?: number;
}

/** A quarantined record and the page of the pass that showed it. */
export type PlacedRecord = QuarantinedRecord & { page: number };

/** The same bytes put aside again are the same entry, seen once more. */
export async function putAside(
  transaction: TransactionSql,
  fence: Fence,
  records: readonly PlacedRecord[],
): Promise<void> {
  if (records.length === 0) return;
  const distinct = [...new Map(records.map((record) => [record.hash, record])).values()];
  await transaction.unsafe(
    `INSERT INTO sync.quarantine
       (connection, stream, run_id, record_id, content_hash, path, reason, raw_text, raw_base64, page, mapping_version)
     SELECT $1, $2, $3, record_id, content_hash, path, reason, raw_text, raw_base64, page, mapping_version
     FROM json_to_recordset($4::text::json) AS sent
       (record_id bigint, content_hash uuid, path text, reason text, raw_text text, raw_base64 text, page int,
          mapping_version int)
     ON CONFLICT (connection, stream, content_hash) DO UPDATE SET
       path = excluded.path, reason = excluded.reason, run_id = excluded.run_id, page = excluded.page,
       mapping_version = excluded.mapping_version, last_seen_at = now(), resolved_at = NULL, resolution = NULL`,
    [fence.connection, fence.stream, fence.runId, JSON.stringify(distinct.map(asColumns))],
  );
}

function asColumns(record: PlacedRecord) {
  return {
    record_id: record.recordId,
    content_hash: record.hash,
    path: record.path,
    reason: record.reason,
    raw_text: record.rawText,
    raw_base64: record.rawBase64,
    page: record.page,
    mapping_version: record.mappingVersion,
  };
}

/** A record that is written now closes what was put aside under its id. */
export async function resolveMended(
  transaction: TransactionSql,
  fence: Fence,
  rows: readonly RecordRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await transaction.unsafe(
    `UPDATE sync.quarantine SET resolved_at = now(), resolution = 'a later version of the record was stored'
     WHERE connection = $1 AND stream = $2 AND resolved_at IS NULL AND record_id = ANY ($3::text::bigint[])`,
    [fence.connection, fence.stream, `{${rows.map((row) => row.id).join(',')}}`],
  );
}

/** Empties what earlier runs put aside: it was stored under other rules for personal data, or under none. */
export async function forgetTexts(sql: Sql, { connection, stream }: StreamKey, runId: string): Promise<void> {
  await sql`
    UPDATE sync.quarantine SET raw_text = NULL, raw_base64 = NULL
    WHERE connection = ${connection} AND stream = ${stream} AND run_id <> ${runId}
      AND (raw_text IS NOT NULL OR raw_base64 IS NOT NULL)`.catch((error) => {
    throw databaseError(`empty quarantine entries of \`${connection}\` / ${stream}`, error);
  });
}

/**
 * Closes what a run did not meet again although it read the whole stream: mended at the source back to what is stored
 * already, mended without ever having told an id, or removed.
 */
export async function resolveGone(sql: Sql, { connection, stream }: StreamKey, runId: string): Promise<void> {
  await sql`
    UPDATE sync.quarantine SET resolved_at = now(), resolution = 'the source no longer sends this version of the record'
    WHERE connection = ${connection} AND stream = ${stream} AND resolved_at IS NULL AND run_id <> ${runId}`.catch(
    (error) => {
      throw databaseError(`close quarantine entries of \`${connection}\` / ${stream}`, error);
    },
  );
}
