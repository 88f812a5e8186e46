import type { Sql } from 'postgres';
import { databaseError } from '../errors.ts';

/** How many rows `atobi.kpi_values` has of each of these KPIs; those without any are left out. */
export async function countValues(
  sql: Sql,
  connection: string,
  kpis: readonly string[],
): Promise<{ kpi: string; count: number }[]> {
  if (kpis.length === 0) return [];
  try {
    const rows = await sql<{ kpi: string; count: number }[]>`
      SELECT kpi, count(*)::float8 AS count FROM atobi.kpi_values
      WHERE connection = ${connection} AND kpi = ANY (ARRAY(SELECT json_array_elements_text(${JSON.stringify(kpis)}::text::json)))
      GROUP BY kpi ORDER BY kpi`;
    return [...rows];
  } catch (error) {
    throw databaseError(`count values of \`${connection}\``, error);
  }
}
