import { getTableColumns, getTableName } from 'drizzle-orm';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import * as incentify from './schema/incentify.ts';
import * as vibes from './schema/vibes.ts';

/** What the statements that carry rows need to know about a stream's table. Names are quoted, ready for SQL. */
export interface RecordTable {
  /** `"incentify"."projects"` */
  readonly name: string;
  /** Typed columns between the key and the trail, in table order, unquoted. */
  readonly columns: readonly string[];
  /** Those of them that hold JSON. */
  readonly jsonColumns: ReadonlySet<string>;
}

const trail = new Set(['connection', 'id', 'raw', 'content_hash', 'synced_at', 'run_id', 'deleted_at']);

function recordTable(table: PgTable): RecordTable {
  const { schema } = getTableConfig(table);
  const typed = Object.entries(getTableColumns(table)).filter(([column]) => !trail.has(column));
  return {
    name: `${quote(schema ?? 'public')}.${quote(getTableName(table))}`,
    columns: typed.map(([column]) => column),
    jsonColumns: new Set(typed.filter(([, { dataType }]) => dataType === 'json').map(([column]) => column)),
  };
}

export const quote = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;

export const recordTables = {
  incentify: {
    projects: recordTable(incentify.projects),
    credits: recordTable(incentify.credits),
    utilizations: recordTable(incentify.utilizations),
    incentive_programs: recordTable(incentify.incentive_programs),
  },
  vibes: { pools: recordTable(vibes.pools) },
} as const satisfies Record<string, Record<string, RecordTable>>;

/** The table of a stream that a person or the database names; null where this version has none. */
export function tableOfStream(system: string, stream: string): RecordTable | null {
  const known: Record<string, Record<string, RecordTable>> = recordTables;
  return known[system]?.[stream] ?? null;
}
