import type { TransactionSql } from 'postgres';
import { againUpTo, fate, type Planned, type PlanRules } from './plan.ts';

/** What a gathering has found of one KPI: `gathered = unchanged + toSend + held + aside`. */
export interface KpiShown {
  readonly stream: string;
  /** Elements that the sources show, and rows that could not become one. */
  readonly gathered: number;
  /** Elements that Atobi has accepted as they are. */
  readonly unchanged: number;
  readonly toSend: number;
  /** Elements that wait: it is not known whether Atobi has them, and a person is to say. */
  readonly held: number;
  /** Rows that could not become an element, and elements that Atobi refused as they are, or that are too large. */
  readonly aside: number;
  /** Those of `aside` that never became an element. */
  readonly unfit: number;
  /** Of its elements; null where it has none. */
  readonly context: string | null;
  /** Elements that this run found gone from their source. */
  readonly vanished: number;
  /** Why its source could not be read; null where it was. */
  readonly failure: string | null;
}

interface Row {
  kpi: string;
  gathered: number;
  unchanged: number;
  held: number;
  aside: number;
  unfit: number;
  context: string | null;
  vanished: number;
}

export async function countShown(
  transaction: TransactionSql,
  { connection, runId, all, onUnknown }: PlanRules & { connection: string; runId: string },
  { toSend }: Planned,
  unread: ReadonlyMap<string, string>,
): Promise<KpiShown[]> {
  const rows = await transaction.unsafe<Row[]>(counts, [connection, againUpTo({ all }), onUnknown, runId]);
  const known = new Map(rows.map((row) => [row.kpi, row]));
  const names = [...new Set([...known.keys(), ...unread.keys()])].toSorted();
  return names.map((stream) => ({
    ...{ stream, gathered: known.get(stream)?.gathered ?? 0, unchanged: known.get(stream)?.unchanged ?? 0 },
    ...{ toSend: toSend.get(stream) ?? 0, held: known.get(stream)?.held ?? 0 },
    aside: known.get(stream)?.aside ?? 0,
    ...{ unfit: known.get(stream)?.unfit ?? 0, context: known.get(stream)?.context ?? null },
    ...{ vanished: known.get(stream)?.vanished ?? 0, failure: unread.get(stream) ?? null },
  }));
}

const counts = `
  WITH fates AS (
    SELECT shown.kpi, shown.reason IS NOT NULL AS unfit, element.context, CASE WHEN shown.reason IS NOT NULL THEN 'aside' ELSE ${fate} END AS fate
    FROM pg_temp.shown
    LEFT JOIN atobi.elements AS element ON element.connection = $1 AND element.id = shown.id
  ), gone AS (
    SELECT kpi, count(*) AS vanished FROM atobi.elements
    WHERE connection = $1 AND run_id = $4 AND vanished_at IS NOT NULL GROUP BY kpi
  ), found AS (
    SELECT kpi, count(*) AS gathered, count(*) FILTER (WHERE fate = 'unchanged') AS unchanged,
      count(*) FILTER (WHERE fate = 'held') AS held, count(*) FILTER (WHERE fate = 'aside') AS aside,
      count(*) FILTER (WHERE unfit) AS unfit, min(context) AS context
    FROM fates GROUP BY kpi
  )
  SELECT kpi, coalesce(gathered, 0)::float8 AS gathered, coalesce(unchanged, 0)::float8 AS unchanged,
    coalesce(held, 0)::float8 AS held, coalesce(aside, 0)::float8 AS aside, coalesce(unfit, 0)::float8 AS unfit, context,
    coalesce(vanished, 0)::float8 AS vanished
  FROM found FULL JOIN gone USING (kpi)`;
