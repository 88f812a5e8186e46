import type { Sql } from 'postgres';
import { type RowTable, rowTables } from './neoday/tables.ts';
import { recordTables } from './tables.ts';

/** Rows of one stream. */
export interface RowCounts {
  live: number;
  /** Marked as deleted; rows of files never are. */
  deleted: number;
}

export type StreamRows = RowCounts & { connection: string; stream: string };

/** The rows of every connection, by stream; streams without rows are left out. */
export function countRows(sql: Sql): Promise<StreamRows[]> {
  const counted = [...recordCounts(), ...rowTables.map(fileRowCount), elementCount];
  return sql.unsafe<StreamRows[]>(counted.join(' UNION ALL '));
}

function recordCounts(): string[] {
  return Object.values(recordTables).flatMap((streams) =>
    Object.entries(streams).map(
      ([stream, { name }]) =>
        `SELECT connection, '${stream}' AS stream, count(*) FILTER (WHERE deleted_at IS NULL)::float8 AS live,
           count(*) FILTER (WHERE deleted_at IS NOT NULL)::float8 AS deleted
         FROM ${name} GROUP BY connection`,
    ),
  );
}

/** An element that vanished from its source is at the vendor still: it is shown as deleted here, and only here. */
const elementCount = `SELECT connection, kpi AS stream, count(*) FILTER (WHERE vanished_at IS NULL)::float8 AS live,
    count(*) FILTER (WHERE vanished_at IS NOT NULL)::float8 AS deleted
  FROM atobi.elements GROUP BY connection, kpi`;

/** A table is named by the export that it belongs to, as everywhere else. */
function fileRowCount({ key, name, shared }: RowTable): string {
  const counts = 'count(*)::float8 AS live, 0::float8 AS deleted';
  if (shared) return `SELECT connection, export AS stream, ${counts} FROM ${name} GROUP BY connection, export`;
  return `SELECT connection, coalesce((SELECT min(export) FROM neoday.exports AS known
       WHERE known.connection = own.connection AND known.table_name = '${key}'), '${key}') AS stream, ${counts}
     FROM ${name} AS own GROUP BY connection`;
}
