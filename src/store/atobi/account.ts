import type { Sql } from 'postgres';
import { databaseError } from '../errors.ts';
import { iso } from '../iso.ts';

/** One KPI's elements as the run leaves them. Those that have vanished from their source count nowhere else. */
export interface KpiAccount {
  kpi: string;
  context: string;
  /** Accepted for the first time by this run. */
  created: number;
  /** Accepted by this run, and by an earlier one before. */
  updated: number;
  /** Accepted by an earlier run, and not different since. */
  unchanged: number;
  /** Refused alone, and in quarantine. */
  aside: number;
  /** Sent, and not known whether they arrived. */
  unknown: number;
  /** Not accepted. */
  left: number;
  vanished: number;
}

/** The run's deliveries of one context. */
export interface ContextAccount {
  context: string;
  requests: number;
  accepted: number;
  bytes: number;
  seconds: number;
}

/** A delivery that waits for a person to say whether it arrived. */
export interface HeldDelivery {
  delivery: number;
  elements: number;
}

/** Rows of a KPI's source that could not become an element. */
export interface UnfitRows {
  stream: string;
  unfit: number;
}

export interface PushAccount {
  kpis: KpiAccount[];
  unfit: UnfitRows[];
  /** ISO 8601: when the sources were read; null where they were not. */
  gatheredAt: string | null;
  contexts: ContextAccount[];
  held: HeldDelivery[];
  /** Elements of refused batches that were not halved any more. */
  unsearched: number;
}

export async function accountPush(sql: Sql, connection: string, runId: string): Promise<PushAccount> {
  try {
    const [kpis, unfit, gathered, contexts, held, unsearched] = await Promise.all([
      accountKpis(sql, connection, runId),
      sql<UnfitRows[]>`
        SELECT told.stream, told.unfit FROM atobi.pushes,
          jsonb_to_recordset(streams) AS told (stream text, unfit float8) WHERE run_id = ${runId}`,
      sql.unsafe<{ at: string }[]>(`SELECT ${iso('started_at')} AS at FROM atobi.pushes WHERE run_id = $1`, [runId]),
      accountContexts(sql, connection, runId),
      sql<HeldDelivery[]>`
        SELECT delivery::float8, elements FROM atobi.deliveries AS sent
        WHERE connection = ${connection} AND state = 'unknown' AND resolved_at IS NULL AND EXISTS (
          SELECT 1 FROM atobi.elements AS element WHERE element.connection = sent.connection
            AND element.id = ANY (sent.element_ids) AND element.delivery = sent.delivery AND element.state = 'unknown')
        ORDER BY delivery`,
      sql<{ elements: number }[]>`
        SELECT coalesce(sum(elements), 0)::float8 AS elements FROM atobi.batches
        WHERE connection = ${connection} AND run_id = ${runId} AND state = 'left'`,
    ]);
    const gatheredAt = gathered[0]?.at ?? null;
    return { kpis, unfit, gatheredAt, contexts, held, unsearched: unsearched[0]?.elements ?? 0 };
  } catch (error) {
    throw databaseError(`count what the push of \`${connection}\` did`, error);
  }
}

function accountKpis(sql: Sql, connection: string, runId: string): Promise<KpiAccount[]> {
  const count = (condition: string) => `count(*) FILTER (WHERE vanished_at IS NULL AND ${condition})::float8`;
  const now = 'value = accepted_value AND units IS NOT DISTINCT FROM accepted_units';
  return sql.unsafe<KpiAccount[]>(
    `SELECT kpi, min(context) AS context,
       ${count(`state = 'accepted' AND ${now} AND accepted_run = $2 AND first_accepted_run = $2`)} AS created,
       ${count(`state = 'accepted' AND ${now} AND accepted_run = $2 AND first_accepted_run <> $2`)} AS updated,
       ${count(`state = 'accepted' AND ${now} AND accepted_run <> $2`)} AS unchanged,
       ${count(`state = 'aside'`)} AS aside,
       ${count(`state = 'unknown'`)} AS unknown,
       ${count(`state NOT IN ('aside', 'unknown') AND NOT (state = 'accepted' AND ${now})`)} AS left,
       count(*) FILTER (WHERE vanished_at IS NOT NULL)::float8 AS vanished
     FROM atobi.elements WHERE connection = $1 GROUP BY kpi ORDER BY kpi`,
    [connection, runId],
  );
}

function accountContexts(sql: Sql, connection: string, runId: string): Promise<ContextAccount[]> {
  return sql<ContextAccount[]>`
    SELECT context, count(*)::float8 AS requests, count(*) FILTER (WHERE state = 'accepted')::float8 AS accepted,
      sum(bytes)::float8 AS bytes, extract(epoch FROM max(answered_at) - min(sent_at))::float8 AS seconds
    FROM atobi.deliveries WHERE connection = ${connection} AND run_id = ${runId} GROUP BY context`;
}
