import type { TransactionSql } from 'postgres';

/** A pool that a page showed, and the hash of what it showed. */
export interface ShownPool {
  id: string;
  hash: string;
}

/**
 * Notes the counters of the pools that a page has just shown, where one of them has changed since the newest level, or a
 * day has passed. A pool whose record was put aside has its old row, which says nothing of now.
 */
export async function noteLevels(
  transaction: TransactionSql,
  connection: string,
  shown: readonly ShownPool[],
): Promise<void> {
  await transaction.unsafe(
    `INSERT INTO vibes.pool_levels (connection, pool_id, read_at, total, issued, remaining, low_threshold)
     SELECT $1, pool.id, clock_timestamp(), counted.*
     FROM (SELECT DISTINCT id, hash FROM unnest($2::text::bigint[], $3::text::uuid[]) AS shown (id, hash)) AS sent
     JOIN vibes.pools AS pool ON pool.connection = $1 AND pool.id = sent.id AND pool.content_hash = sent.hash,
     LATERAL (SELECT incentive_codes_total, incentive_codes_issued, incentive_codes_remaining,
       incentive_codes_low_threshold) AS counted (total, issued, remaining, low_threshold)
     LEFT JOIN LATERAL (
       SELECT * FROM vibes.pool_levels AS level WHERE level.connection = $1 AND level.pool_id = pool.id
       ORDER BY read_at DESC LIMIT 1) AS newest ON true
     WHERE coalesce(counted.total, counted.issued, counted.remaining) IS NOT NULL
       AND (newest.read_at IS NULL OR newest.read_at <= now() - interval '1 day'
         OR ROW(newest.total, newest.issued, newest.remaining, newest.low_threshold) IS DISTINCT FROM ROW(counted.*))`,
    [connection, `{${shown.map(({ id }) => id).join(',')}}`, `{${shown.map(({ hash }) => hash).join(',')}}`],
  );
}
