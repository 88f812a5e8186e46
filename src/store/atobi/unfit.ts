import type { TransactionSql } from 'postgres';
import { type GatherScope, inScope, scopeParameters } from './elements.ts';

/** The same row put aside again is the same entry, seen once more. */
export async function putUnfitAside(transaction: TransactionSql, { connection, runId }: GatherScope): Promise<void> {
  await transaction.unsafe(
    `INSERT INTO sync.quarantine
       (connection, stream, run_id, record_id, content_hash, path, reason, raw_text, page)
     SELECT DISTINCT ON (kpi, md5(raw)) $1, kpi, $2, id, md5(raw)::uuid, path, reason, raw, 0
     FROM pg_temp.shown WHERE reason IS NOT NULL
     ON CONFLICT (connection, stream, content_hash) DO UPDATE SET
       record_id = excluded.record_id, path = excluded.path, reason = excluded.reason, run_id = excluded.run_id,
       last_seen_at = now(), resolved_at = NULL, resolution = NULL`,
    [connection, runId],
  );
}

/**
 * Closes what an earlier gathering put aside and this one did not meet again. What the vendor refused stays open while
 * its element is `aside`: it is closed when another value of it is accepted.
 */
export async function resolveGone(transaction: TransactionSql, scope: GatherScope): Promise<void> {
  await transaction.unsafe(
    `UPDATE sync.quarantine AS entry SET resolved_at = now(), run_id = $2,
       resolution = 'the source does not show it like this any more'
     WHERE connection = $1 AND resolved_at IS NULL AND last_seen_at < now() AND ${inScope('entry.stream')}
       AND NOT EXISTS (SELECT FROM atobi.elements AS element
         WHERE element.connection = entry.connection AND element.id = entry.record_id AND element.kpi = entry.stream
           AND element.state = 'aside' AND element.vanished_at IS NULL)`,
    scopeParameters(scope),
  );
}
