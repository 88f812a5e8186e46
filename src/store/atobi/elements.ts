import type { TransactionSql } from 'postgres';

/** Whose gathering it is, and which KPIs it may judge. */
export interface GatherScope {
  readonly connection: string;
  readonly runId: string;
  /** Only these KPIs; all where undefined. */
  readonly streams?: readonly string[] | undefined;
  /** KPIs whose source could not be read to its end: nothing is said about what they do not show. */
  readonly unread: readonly string[];
  /** Rows that have not changed are written as well. */
  readonly rewrite: boolean;
}

/**
 * Puts aside every version of an element that is shown more than once and not the same each time: nobody knows which one
 * holds. Of equal ones the newest stays.
 */
export async function settleDoubles(transaction: TransactionSql): Promise<void> {
  const [found] = await transaction.unsafe<{ doubles: boolean }[]>(
    'SELECT count(id) > count(DISTINCT id) AS doubles FROM pg_temp.shown',
  );
  if (found?.doubles !== true) return;
  await transaction.unsafe(putContradictionsAside);
  await transaction.unsafe(`
    DELETE FROM pg_temp.shown AS one USING pg_temp.shown AS other
    WHERE one.id = other.id AND one.reason IS NULL AND other.reason IS NULL
      AND (one."timestamp", one.ctid) < (other."timestamp", other.ctid)`);
}

const putContradictionsAside = `
  WITH contradicting AS (
    SELECT id, count(*) AS versions FROM pg_temp.shown WHERE id IS NOT NULL GROUP BY id
    HAVING count(*) > 1 AND (min(value) <> max(value) OR min(units) <> max(units)
      OR count(units) NOT IN (0, count(*)) OR bool_or(reason IS NOT NULL))
  )
  UPDATE pg_temp.shown SET path = '',
    reason = 'The same KPI, subject and period come ' || versions || ' times with different values or units: leave one',
    raw = json_build_object('kpi', kpi, 'user_id', user_id, 'location_id', location_id, 'value', value::text,
      'units', units, 'timestamp', "timestamp", 'date_from', date_from, 'date_to', date_to)::text
  FROM contradicting WHERE shown.id = contradicting.id AND reason IS NULL`;

/** Brings what is shown into `atobi.elements`; a row is only written where something differs. */
export async function mergeShown(
  transaction: TransactionSql,
  { connection, runId, rewrite }: GatherScope,
): Promise<void> {
  await transaction.unsafe(
    `UPDATE atobi.elements AS element SET
       context = shown.context, value = shown.value, units = shown.units, "timestamp" = shown."timestamp",
       source = shown.source, run_id = $2, vanished_at = NULL
     FROM pg_temp.shown
     WHERE element.connection = $1 AND element.id = shown.id AND shown.reason IS NULL
       AND ($3::text::boolean OR element.vanished_at IS NOT NULL
         OR (element.context, element.value, element.units, element."timestamp", element.source)
           IS DISTINCT FROM (shown.context, shown.value, shown.units, shown."timestamp", shown.source))`,
    [connection, runId, String(rewrite)],
  );
  await transaction.unsafe(
    `INSERT INTO atobi.elements (connection, id, kpi, context, user_id, location_id, value, units, "timestamp",
       date_from, date_to, source, run_id)
     SELECT $1, id, kpi, context, user_id, location_id, value, units, "timestamp", date_from, date_to, source, $2
     FROM pg_temp.shown WHERE reason IS NULL AND NOT EXISTS (
       SELECT FROM atobi.elements AS element WHERE element.connection = $1 AND element.id = shown.id)`,
    [connection, runId],
  );
}

/**
 * Notes which elements a source that was read to its end does not show any more. A row that does not tell which element
 * it is may be any of its KPI, so nothing is said of that KPI then.
 */
export async function noteVanished(transaction: TransactionSql, scope: GatherScope): Promise<void> {
  await transaction.unsafe(
    `UPDATE atobi.elements AS element SET vanished_at = now(), run_id = $2
     WHERE connection = $1 AND vanished_at IS NULL AND ${inScope('element.kpi')}
       AND kpi NOT IN (SELECT kpi FROM pg_temp.shown WHERE key IS NULL)
       AND NOT EXISTS (SELECT FROM pg_temp.shown WHERE shown.id = element.id)`,
    scopeParameters(scope),
  );
}

/** A KPI that may be judged: $1 is the connection, $2 the run, $3 the KPIs asked for, $4 those not read to their end. */
export const inScope = (kpi: string): string => `
  ($3::text IS NULL OR ${kpi} = ANY (ARRAY(SELECT json_array_elements_text($3::text::json))))
  AND ${kpi} <> ALL (ARRAY(SELECT json_array_elements_text($4::text::json)))`;

export function scopeParameters({ connection, runId, streams, unread }: GatherScope): (string | null)[] {
  return [connection, runId, streams === undefined ? null : JSON.stringify(streams), JSON.stringify(unread)];
}
