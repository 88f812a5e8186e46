import { getTableColumns, getTableName } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import * as neoday from '../schema/neoday.ts';
import { quote } from '../tables.ts';

/** What the statements that carry rows of a file need to know about their table. Names are quoted, ready for SQL. */
export interface RowTable {
  /** Without schema and quotes: `win_info`. */
  readonly key: string;
  /** `"neoday"."win_info"` */
  readonly name: string;
  /** Where rows stay until their file is complete: `"neoday"."staged_win_info"`. */
  readonly staged: string;
  /** Typed columns between the key and `raw`, in table order, unquoted. */
  readonly columns: readonly string[];
  /** True where one table holds the rows of several exports. */
  readonly shared: boolean;
  /** The record as JSON, of a row under an alias. */
  record(alias: string): string;
  /** The record as JSON, of values in the order of `columns` that give it back exactly. */
  text(values: readonly (string | null)[]): string;
}

const trail = new Set([
  ...['connection', 'export', 'content_hash', 'ordinal', 'raw', 'first_result', 'last_result', 'synced_at', 'run_id'],
]);

/** The one export that writes milliseconds (dev.neoday.com/server-apis/automated-exports, "Win Information"). */
const withMilliseconds = new Set(['win_info']);

function rowTable(table: PgTable): RowTable {
  const key = getTableName(table);
  const columns = Object.keys(getTableColumns(table)).filter((column) => !trail.has(column));
  const members = Object.entries(getTableColumns(table)).flatMap(([column, { dataType, columnType }]) =>
    trail.has(column) || column.endsWith('_local') || column === 'time_zone'
      ? []
      : [{ column, write: writerOf(key, column, `${columnType} ${dataType}`, columns) }],
  );
  return {
    key,
    name: `"neoday".${quote(key)}`,
    staged: `"neoday".${quote(`staged_${key}`)}`,
    columns,
    shared: key === 'other_rows',
    record: (alias) => recordOf(alias, members),
    text: (values) => textOf(table, columns, values),
  };
}

type Writer = (alias: string) => string;

function recordOf(alias: string, members: readonly { column: string; write: Writer }[]): string {
  if (members.length === 0) return `${alias}.raw`;
  const built = members.map(({ column, write }) => `'${column}', ${write(alias)}`);
  return `coalesce(${alias}.raw, jsonb_build_object(${built.join(', ')}))`;
}

/** A time in a zone is mapped to the vendor's text with the zone's offset behind it. */
function textOf(table: PgTable, columns: readonly string[], values: readonly (string | null)[]): string {
  const given = (column: string) => values[columns.indexOf(column)] ?? null;
  const members = columns.flatMap((column) => {
    if (column.endsWith('_local') || column === 'time_zone') return [];
    const value = given(column);
    if (getTableColumns(table)[column]?.dataType === 'boolean') return [[column, flags[value ?? ''] ?? null]];
    if (!columns.includes(`${column}_local`)) return [[column, value]];
    return [[column, given(`${column}_local`) ?? value?.replace(/[+-]\d\d(:\d\d)*$/, '') ?? null]];
  });
  return JSON.stringify(Object.fromEntries(members));
}

const flags: Readonly<Record<string, string>> = { t: '1', f: '0' };

/** SQL that writes a column's value as the vendor does. */
function writerOf(table: string, column: string, type: string, columns: readonly string[]): Writer {
  if (type.startsWith('PgBoolean'))
    return (alias) => `CASE WHEN ${alias}.${column} THEN '1' WHEN NOT ${alias}.${column} THEN '0' END`;
  if (type.startsWith('PgNumeric')) return (alias) => `${alias}.${column}::text`;
  if (!type.startsWith('PgTimestamp')) return (alias) => `${alias}.${column}`;
  if (!columns.includes(`${column}_local`)) {
    return (alias) => `to_char(${alias}.${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')`;
  }
  const format = `YYYY-MM-DD HH24:MI:SS${withMilliseconds.has(table) ? '.MS' : ''}`;
  return (alias) =>
    `coalesce(${alias}.${column}_local, to_char(${alias}.${column} AT TIME ZONE coalesce(${alias}.time_zone, 'UTC'), '${format}'))`;
}

const tables: Readonly<Record<string, RowTable>> = Object.fromEntries(
  [
    neoday.campaign_info,
    neoday.user_base_connections,
    neoday.player_info_user_id,
    neoday.player_info_game_type,
    neoday.win_info,
    neoday.all_coupons,
    neoday.challenges_user_id,
    neoday.challenges_game_type,
    neoday.gamification_prize_user_id,
    neoday.gamification_prize_prize_type,
    neoday.other_rows,
  ].map((table) => [getTableName(table), rowTable(table)]),
);

/** Every table that holds rows of files. */
export const rowTables: readonly RowTable[] = Object.values(tables);

/** The table of one of the ten types; that of all others where the name is none of theirs, or null. */
export function rowTableOf(type: string | null): RowTable {
  const known = type === null ? undefined : tables[type];
  const other = tables.other_rows;
  if (other === undefined) throw new Error('the schema has no table for other rows');
  return known ?? other;
}
