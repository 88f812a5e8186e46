import type { Sql } from 'postgres';
import { databaseError } from '../errors.ts';
import { iso } from '../iso.ts';

/** One KPI of a connection, by the states of its elements. */
export interface KpiOverview {
  connection: string;
  kpi: string;
  context: string;
  accepted: number;
  /** Not sent yet, refused as a part of a whole transfer, or changed since. */
  waiting: number;
  unknown: number;
  aside: number;
  /** No longer shown by their source; the vendor still has them. */
  vanished: number;
  lastAcceptedAt: string | null;
}

/** A delivery of which it is not known whether it arrived. */
export interface UnknownDelivery {
  connection: string;
  delivery: number;
  elements: number;
  sentAt: string;
  explanation: string | null;
}

/** The budget's last minute, and why nothing may be sent, if so. */
export interface BudgetOverview {
  connection: string;
  used: number;
  heldUntil: string | null;
  heldBecause: string | null;
}

export interface KpisOverview {
  kpis: KpiOverview[];
  unknown: UnknownDelivery[];
  budgets: BudgetOverview[];
}

/** Of one connection, or of all where `connection` is null. */
export async function kpisOverview(sql: Sql, connection: string | null): Promise<KpisOverview> {
  try {
    const [kpis, unknown, budgets] = await Promise.all([
      sql.unsafe<KpiOverview[]>(kpisQuery, [connection]),
      sql.unsafe<UnknownDelivery[]>(unknownQuery, [connection]),
      sql.unsafe<BudgetOverview[]>(budgetsQuery, [connection]),
    ]);
    return { kpis: [...kpis], unknown: [...unknown], budgets: [...budgets] };
  } catch (error) {
    throw databaseError('read how the KPIs are', error);
  }
}

const asTold = 'value = accepted_value AND units IS NOT DISTINCT FROM accepted_units';

const kpisQuery = `
  SELECT connection, kpi, min(context) AS context,
    count(*) FILTER (WHERE vanished_at IS NULL AND state = 'accepted' AND ${asTold})::float8 AS accepted,
    count(*) FILTER (WHERE vanished_at IS NULL AND state NOT IN ('unknown', 'aside')
      AND NOT (state = 'accepted' AND ${asTold}))::float8 AS waiting,
    count(*) FILTER (WHERE vanished_at IS NULL AND state = 'unknown')::float8 AS unknown,
    count(*) FILTER (WHERE vanished_at IS NULL AND state = 'aside')::float8 AS aside,
    count(*) FILTER (WHERE vanished_at IS NOT NULL)::float8 AS vanished,
    ${iso('max(accepted_at)')} AS "lastAcceptedAt"
  FROM atobi.elements WHERE connection = $1 OR $1::text IS NULL
  GROUP BY connection, kpi ORDER BY connection, kpi`;

const unknownQuery = `
  SELECT connection, delivery::float8, elements, ${iso('sent_at')} AS "sentAt", explanation
  FROM atobi.deliveries AS sent
  WHERE (connection = $1 OR $1::text IS NULL) AND state = 'unknown' AND resolved_at IS NULL AND EXISTS (
    SELECT 1 FROM atobi.elements AS element WHERE element.connection = sent.connection
      AND element.id = ANY (sent.element_ids) AND element.delivery = sent.delivery AND element.state = 'unknown')
  ORDER BY delivery`;

const budgetsQuery = `
  SELECT connection, (SELECT count(*) FROM atobi.requests AS request WHERE request.connection = budget.connection
      AND coalesce(answered_at, clock_timestamp()) > clock_timestamp() - interval '60 seconds')::float8 AS used,
    CASE WHEN held_until > clock_timestamp() THEN ${iso('held_until')} END AS "heldUntil",
    CASE WHEN held_until > clock_timestamp() THEN held_because END AS "heldBecause"
  FROM atobi.budgets AS budget WHERE connection = $1 OR $1::text IS NULL ORDER BY connection`;
