import type { TransactionSql } from 'postgres';
import { elementId, type IdOf } from './identity.ts';

const mostRounds = 100;

/**
 * Gives another id to every element whose id belongs to another: to the one that has it in `atobi.elements`, else to the
 * one whose key comes first. The same elements registered together get the same ids, in whatever order they were read.
 */
export async function giveFreeIds(
  transaction: TransactionSql,
  connection: string,
  idOf: IdOf = elementId,
): Promise<void> {
  const salts = new Map<string, number>();
  for (let round = 0; round < mostRounds; round++) {
    const clashing = await transaction.unsafe<{ key: string }[]>(clashes, [connection]);
    if (clashing.length === 0) return;
    for (const { key } of clashing) salts.set(key, (salts.get(key) ?? 0) + 1);
    const moved = clashing.map(({ key }) => ({ key, id: idOf(key, salts.get(key) ?? 0) }));
    await transaction.unsafe(
      `UPDATE pg_temp.shown SET id = moved.id
       FROM json_to_recordset($1::text::json) AS moved (key text, id bigint) WHERE shown.key = moved.key`,
      [JSON.stringify(moved)],
    );
  }
  throw new Error(`ids of elements still collide after ${mostRounds} rounds`);
}

const clashes = `
  WITH owned AS (
    SELECT shown.key, element.id AS owner,
      (element.kpi, element.user_id, element.location_id, element.date_from, element.date_to,
        CASE WHEN element.date_from IS NULL AND element.date_to IS NULL THEN element."timestamp" END)
      IS NOT DISTINCT FROM (shown.kpi, shown.user_id, shown.location_id, shown.date_from, shown.date_to,
        CASE WHEN shown.date_from IS NULL AND shown.date_to IS NULL THEN shown."timestamp" END) AS own,
      min(shown.key) OVER (PARTITION BY shown.id) AS first
    FROM pg_temp.shown LEFT JOIN atobi.elements AS element ON element.connection = $1 AND element.id = shown.id
    WHERE shown.key IS NOT NULL
  )
  SELECT DISTINCT key FROM owned WHERE CASE WHEN owner IS NULL THEN key <> first ELSE NOT own END`;
