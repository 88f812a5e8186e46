import type { Sql } from 'postgres';
import type { StreamKey } from '../claim.ts';
import { databaseError } from '../errors.ts';

/** A list is noted export by export, within moments. */
const sameListSeconds = 60;

/** By connection: the exports that NeoDay listed the last time it was asked, by name. */
export async function listedExports(sql: Sql): Promise<Map<string, string[]>> {
  try {
    const rows = await sql<{ connection: string; exports: string[] }[]>`
      SELECT connection, jsonb_agg(export ORDER BY export) AS exports
      FROM (SELECT *, max(last_seen_at) OVER (PARTITION BY connection) AS listed_at FROM neoday.exports) AS known
      WHERE last_seen_at > listed_at - make_interval(secs => ${sameListSeconds}) GROUP BY connection`;
    return new Map(rows.map(({ connection, exports }) => [connection, exports]));
  } catch (error) {
    throw databaseError('read which exports there are', error);
  }
}

/** What it takes to load an export once more from its oldest result. */
export interface ExportLoad {
  stream: string;
  /** Results that NeoDay still has, by what it has said of their expiry. */
  results: number;
  /** As far as their files were read. */
  rows: number;
  bytes: number;
  /** At the speed of the newest run that loaded any of it; null where none did. */
  seconds: number | null;
}

/** Exports of a connection that the ledger has results of, by name. */
export async function pastLoads(sql: Sql, connection: string): Promise<ExportLoad[]> {
  try {
    return await sql<ExportLoad[]>`
      WITH known AS (
        SELECT export AS stream, count(*)::float8 AS results, coalesce(sum(rows_done), 0)::float8 AS rows,
          coalesce(sum(coalesce(length, bytes_done)), 0)::float8 AS bytes
        FROM neoday.results
        WHERE connection = ${connection} AND state IN ('loaded', 'loading', 'failed', 'pending')
          AND (expires_at IS NULL OR expires_at > now())
        GROUP BY export
      ), speeds AS (
        SELECT DISTINCT ON (stream.key) stream.key AS stream,
          (value ->> 'seconds')::float8 / (value ->> 'bytes')::float8 AS "secondsPerByte"
        FROM sync.receipts, jsonb_each(receipt -> 'streams') AS stream
        WHERE connection = ${connection} AND (value ->> 'bytes')::float8 > 0
        ORDER BY stream.key, finished_at DESC
      )
      SELECT stream, results, rows, bytes, round((bytes * "secondsPerByte")::numeric, 1)::float8 AS seconds
      FROM known LEFT JOIN speeds USING (stream) ORDER BY stream`;
  } catch (error) {
    throw databaseError(`read what the exports of \`${connection}\` took`, error);
  }
}

/** What it takes to read a row that was put aside once more. */
export interface RowSource {
  /** Without schema. */
  table: string;
  /** In which the newest run read the export's times. */
  timeZone: string;
  /** How the newest load of the result read its rows; null where there was none. */
  mapping: string | null;
  /** Whether that load met the row. */
  metByLoad: boolean;
}

/** By id, of entries of one export; without those whose result the ledger does not have. */
export async function readRowSources(
  sql: Sql,
  { connection, stream }: StreamKey,
  ids: readonly number[],
): Promise<Map<number, RowSource>> {
  try {
    const rows = await sql.unsafe<(RowSource & { id: number })[]>(
      `SELECT entry.id::float8, table_name AS "table", time_zone AS "timeZone", mapping,
         coalesce(entry.last_seen_at >= result.opened_at, false) AS "metByLoad"
       FROM sync.quarantine AS entry
       JOIN neoday.results AS result ON result.connection = $1 AND result.export = $2
         AND result.result_id = entry.result_id
       JOIN neoday.exports AS known ON known.connection = $1 AND known.export = $2
       WHERE entry.id = ANY ($3::text::bigint[])`,
      [connection, stream, `{${ids.join(',')}}`],
    );
    return new Map(rows.map(({ id, ...source }) => [id, source]));
  } catch (error) {
    throw databaseError(`read how \`${connection}\` / ${stream} is loaded`, error);
  }
}
