import { quote } from '../tables.ts';
import type { RowTable } from './tables.ts';

/**
 * The statements that bring a file's rows from the staging table into their table. Parameters, all as text: $1 connection,
 * $2 the result's sequence, $3 run, $4 later results of the export (a list of sequences), $5 whether the file is complete
 * and no later result is loaded, $6 the newest result loaded before it, $7 whether unchanged rows are written as well, and
 * for a shared table $8 the export.
 *
 * `first_result` and `last_result` say which results showed a row first and last; `last_result` is null ("open") while the
 * newest loaded result shows it. Results are in the order in which the vendor made them, not in that of their sequences.
 */

const result = '$2::text::bigint';
const later = '$4::text::bigint[]';
const newest = '$5::text::boolean';
const previous = '$6::text::bigint';
const rewrite = '$7::text::boolean';

/** Rows with the same content in one file are told apart by their order in it. */
const ordinal = '(row_number() OVER (PARTITION BY content_hash ORDER BY row_number))::int AS ordinal';

const key = ({ shared }: RowTable): string[] => (shared ? ['connection', 'export'] : ['connection']);
const filled = (table: RowTable): string[] => [...table.columns, 'raw'];
const list = (columns: readonly string[], alias = ''): string =>
  columns.map((column) => `${alias === '' ? '' : `${alias}.`}${quote(column)}`).join(', ');

const ofExport = ({ shared }: RowTable, alias: string): string =>
  `${alias}.connection = $1${shared ? ` AND ${alias}.export = $8` : ''}`;

/** Whether two rows have the same columns. Digits matter: 1.5 and 1.50 are two texts of the vendor's. */
function same(table: RowTable, one: string, other: string): string {
  const equal = filled(table).map((column) => {
    const cast = column === 'value' ? '::text' : '';
    return `${one}.${quote(column)}${cast} IS NOT DISTINCT FROM ${other}.${quote(column)}${cast}`;
  });
  return `(${equal.join(' AND ')})`;
}

const differentRecords = (table: RowTable, one: string, other: string): string =>
  `(NOT ${same(table, one, other)} AND ${table.record(one)} IS DISTINCT FROM ${table.record(other)})`;

export function holdsRows(table: RowTable): string {
  return `SELECT EXISTS (SELECT FROM ${table.name} WHERE connection = $1${table.shared ? ' AND export = $2' : ''}) AS holds`;
}

/**
 * Into a table without rows of the connection: nothing to compare with. Sorted, the index grows at its end only.
 * Parameters: $1 connection, $2 the result's sequence, $3 run, $4 whether the rows are open, and for a shared table $5.
 */
export function fillStatement(table: RowTable): string {
  const columns = [...key(table), 'content_hash', 'ordinal', ...filled(table), 'first_result', 'last_result', 'run_id'];
  return `
    INSERT INTO ${table.name} (${list(columns)})
    SELECT $1${table.shared ? ', $5' : ''}, content_hash, ${ordinal}, ${list(filled(table))},
      ${result}, CASE WHEN $4::text::boolean THEN NULL ELSE ${result} END, $3
    FROM ${table.staged} WHERE result = ${result} ORDER BY content_hash, row_number`;
}

/** After `fillStatement`: rows that were taken for equal and are not. */
export function contradictionsOfFill(table: RowTable): string {
  const connection = `connection = $1${table.shared ? ' AND export = $2' : ''}`;
  return `
    SELECT count(*)::float8 AS collisions
    FROM (SELECT * FROM ${table.name} WHERE ${connection} AND ordinal > 1) AS other
    JOIN (SELECT * FROM ${table.name} WHERE ${connection} AND ordinal = 1) AS one USING (content_hash)
    WHERE ${differentRecords(table, 'one', 'other')}`;
}

/**
 * Into a table that has rows: inserts what is absent, writes what differs, closes what the file does not show any more,
 * and touches nothing else. Says how many, and how many rows met one with another content under their hash: then the whole
 * statement counts for nothing.
 *
 * @param few true where the file is small: its rows are looked up one by one instead of comparing everything.
 */
export function mergeStatement(table: RowTable, few: boolean): string {
  const columns = [...key(table), 'content_hash', 'ordinal', ...filled(table), 'first_result', 'last_result', 'run_id'];
  return `
    WITH ranked AS MATERIALIZED (
      SELECT content_hash, ${ordinal}, ${list(filled(table))} FROM ${table.staged} WHERE result = ${result}
    ), acting AS MATERIALIZED (${few ? lookedUp(table) : compared(table)}
    ), inserted AS (
      INSERT INTO ${table.name} (${list(columns)})
      SELECT $1${table.shared ? ', $8' : ''}, content_hash, ordinal, ${list(filled(table))},
        ${result}, CASE WHEN ${newest} THEN NULL ELSE ${result} END, $3
      FROM acting WHERE kind = 'absent' ORDER BY content_hash, ordinal
    ), updated AS (
      UPDATE ${table.name} AS known SET
        ${filled(table)
          .map((column) => `${quote(column)} = acting.${quote(column)}`)
          .join(', ')},
        first_result = CASE WHEN known.first_result = ANY (${later}) THEN ${result} ELSE known.first_result END,
        last_result = CASE
          WHEN ${newest} OR known.last_result IS NULL THEN NULL
          WHEN known.last_result = ANY (${later}) THEN known.last_result ELSE ${result} END,
        synced_at = now(), run_id = $3
      FROM acting
      WHERE acting.kind = 'shown' AND ${ofExport(table, 'known')}
        AND known.content_hash = acting.content_hash AND known.ordinal = acting.ordinal
    ), closed AS (
      UPDATE ${table.name} AS known SET last_result = CASE
        WHEN ${previous} IS NULL OR known.first_result = ${result} OR known.first_result = ANY (${later})
        THEN known.first_result ELSE ${previous} END
      WHERE known.ctid = ANY (ARRAY(SELECT place FROM acting WHERE kind = 'gone'))
    )
    SELECT
      (SELECT count(*)::float8 FROM ranked) AS shown,
      count(*) FILTER (WHERE kind = 'absent')::float8 AS created,
      count(*) FILTER (WHERE kind = 'shown' AND differs)::float8 AS updated,
      count(*) FILTER (WHERE kind = 'gone')::float8 AS closed,
      count(*) FILTER (WHERE collides)::float8 + (${few ? contradictionsOfFew(table) : contradictions(table)}) AS collisions
    FROM acting`;
}

/** Whether the results that showed a row first and last are others now. */
const moves = `(known.first_result = ANY (${later}) OR known.last_result IS NOT NULL AND (${newest}
  OR known.last_result <> ${result} AND NOT known.last_result = ANY (${later})))`;

const toWrite = (table: RowTable): string =>
  `known.content_hash IS NULL OR ${rewrite} OR ${moves} OR NOT ${same(table, 'sent', 'known')}`;

/** What `acting` tells of a staged row, `sent`, and the stored one in its place, `known`; either may be missing. */
function action(table: RowTable): string {
  const both = 'sent.content_hash IS NOT NULL AND known.content_hash IS NOT NULL';
  return `
      CASE WHEN known.content_hash IS NULL THEN 'absent' WHEN sent.content_hash IS NULL THEN 'gone' ELSE 'shown' END AS kind,
      sent.content_hash, sent.ordinal, ${list(filled(table), 'sent')}, known.ctid AS place,
      ${both} AND (NOT ${same(table, 'sent', 'known')} OR ${moves}) AS differs,
      ${both} AND ${differentRecords(table, 'sent', 'known')} AS collides`;
}

/** Everything that is stored of the export beside everything that the file shows, in one pass over both. */
function compared(table: RowTable): string {
  return `
      SELECT ${action(table)}
      FROM ranked AS sent
      FULL JOIN (SELECT stored.ctid, stored.* FROM ${table.name} AS stored WHERE ${ofExport(table, 'stored')}) AS known
        ON known.content_hash = sent.content_hash AND known.ordinal = sent.ordinal
      WHERE CASE WHEN sent.content_hash IS NULL THEN ${newest} AND known.last_result IS NULL ELSE ${toWrite(table)} END`;
}

/** The same for a few rows, through the table's indexes. A full join never compares each row with each. */
function lookedUp(table: RowTable): string {
  const { name } = table;
  return `
      SELECT ${action(table)}
      FROM ranked AS sent
      LEFT JOIN LATERAL (
        SELECT stored.ctid, stored.* FROM ${name} AS stored
        WHERE ${ofExport(table, 'stored')} AND stored.content_hash = sent.content_hash AND stored.ordinal = sent.ordinal
        LIMIT 1
      ) AS known ON true
      WHERE ${toWrite(table)}
      UNION ALL
      SELECT ${action(table)}
      FROM ranked AS sent
      FULL JOIN (
        SELECT stored.ctid, stored.* FROM ${name} AS stored
        WHERE ${newest} AND ${ofExport(table, 'stored')} AND stored.last_result IS NULL
      ) AS known ON known.content_hash = sent.content_hash AND known.ordinal = sent.ordinal
      WHERE sent.content_hash IS NULL`;
}

/** New rows that were taken for equal to an earlier one of the file and are not. */
function contradictions(table: RowTable): string {
  return `
      SELECT count(*)::float8 FROM (SELECT * FROM acting WHERE kind = 'absent' AND ordinal > 1) AS other
      JOIN (SELECT * FROM ranked WHERE ordinal = 1) AS one USING (content_hash)
      WHERE ${differentRecords(table, 'one', 'other')}`;
}

const contradictionsOfFew = (table: RowTable): string => `
      SELECT count(*)::float8 FROM (
        SELECT FROM ranked GROUP BY content_hash HAVING count(DISTINCT ${table.record('ranked')}) > 1) AS contradicting`;
