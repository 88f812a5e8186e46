import type { Sql } from 'postgres';
import { databaseError } from '../errors.ts';

/** How fast a pool is used up, as far as it can be told. Times are ISO 8601. */
export interface Forecast {
  id: string;
  issuedPerDay: number | null;
  runsOutAt: string | null;
  readAt: string;
}

/** Of every pool with levels, from `vibes.pool_forecast`. */
export async function readForecasts(sql: Sql, connection: string): Promise<Forecast[]> {
  try {
    return await sql<Forecast[]>`
      SELECT id::text, issued_per_day::float8 AS "issuedPerDay", ${iso(sql, 'runs_out_at')} AS "runsOutAt",
        ${iso(sql, 'read_at')} AS "readAt"
      FROM vibes.pool_forecast WHERE connection = ${connection}`;
  } catch (error) {
    throw databaseError(`read when pools of \`${connection}\` run out`, error);
  }
}

function iso(sql: Sql, column: string) {
  return sql.unsafe(`to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);
}
