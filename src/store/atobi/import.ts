import type { Sql, TransactionSql } from 'postgres';
import { SyncError } from '../../errors.ts';
import { copyInto, copyLine } from '../copy.ts';
import { databaseError, sqlState } from '../errors.ts';
import { type ElementKey, keyText } from './identity.ts';
import { type ShownElement, utc } from './staging.ts';

/** A row of a file: the value that it gives, or why it gives none. */
export interface ImportedRow {
  /** Number of its first line, from 1. */
  readonly line: number;
  /** As it stands in the file. */
  readonly text: string;
  readonly row: ShownElement | UnfitImport;
}

interface UnfitImport {
  readonly path: string;
  readonly reason: string;
  /** Which element it would be, where that can be told. */
  readonly key?: ElementKey | null;
}

/** A row that was not imported, in words. */
export interface RejectedRow {
  readonly line: number;
  readonly reason: string;
  readonly text: string;
}

/** `rows = created + updated + unchanged + repeated + rejected` */
export interface ImportCounts {
  readonly rows: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Rows that say the same as a later one of the file. */
  readonly repeated: number;
  readonly rejected: number;
}

/**
 * Brings the rows of a file into `atobi.kpi_values` at once, over those of the same KPI, subject and period. Rows of the
 * file that contradict each other are rejected, all of them. `reject` takes rejected rows by line, before anything is
 * committed: where it throws, nothing is imported.
 *
 * @throws DatabaseError when PostgreSQL is unreachable or refuses; nothing is imported then.
 */
export async function importValues(
  sql: Sql,
  connection: string,
  rows: AsyncIterable<readonly ImportedRow[]>,
  reject: (rows: readonly RejectedRow[]) => Promise<void>,
): Promise<ImportCounts> {
  try {
    return await sql.begin(async (transaction) => {
      const count = await stage(transaction, rows);
      await transaction.unsafe(rejectContradictions);
      const rejected = await handOut(transaction, reject);
      await transaction.unsafe(dropRepeated);
      await transaction.unsafe(dropOtherSpellings, [connection]);
      const [written] = await transaction.unsafe<{ offered: number; created: number; updated: number }[]>(merge, [
        connection,
      ]);
      const { offered, created, updated } = written ?? { offered: 0, created: 0, updated: 0 };
      const unchanged = offered - created - updated;
      return { rows: count, created, updated, unchanged, repeated: count - rejected - offered, rejected };
    });
  } catch (error) {
    // What reading the file throws is a sentence already.
    if (error instanceof SyncError || sqlState(error) === null) throw error;
    throw databaseError(`import values of \`${connection}\``, error);
  }
}

async function stage(transaction: TransactionSql, rows: AsyncIterable<readonly ImportedRow[]>): Promise<number> {
  // A pipe may be slow, and rows that nobody else sees keep nobody waiting.
  await transaction.unsafe(`
    SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = '6h'; SET LOCAL work_mem = '64MB';
    CREATE TEMP TABLE imported (
      line bigint NOT NULL, key text COLLATE "C", kpi text, context text, user_id text, location_id text, value numeric,
      units text, "timestamp" timestamptz, date_from timestamptz, date_to timestamptz, reason text, text text NOT NULL
    ) ON COMMIT DROP`);
  let count = 0;
  for await (const some of rows) {
    count += some.length;
    await copyInto(transaction, `pg_temp.imported (${columns})`, some, (row) => copyLine(fieldsOf(row)));
  }
  await transaction.unsafe('ANALYZE pg_temp.imported');
  return count;
}

const columns = `line, key, kpi, context, user_id, location_id, value, units, "timestamp", date_from, date_to, reason, text`;

function fieldsOf({ line, text, row }: ImportedRow): (string | null)[] {
  const shown = 'reason' in row ? null : row;
  const key = 'reason' in row ? (row.key ?? null) : row;
  const reason = 'reason' in row ? `${row.path} ${row.reason}`.trim() : null;
  return [
    ...[String(line), key && keyText(key), shown?.kpi ?? null, contextOf(shown), key?.userId ?? null],
    ...[key?.locationId ?? null, shown?.value ?? null, shown?.units ?? null, utc(key?.timestamp ?? null)],
    ...[utc(key?.dateFrom ?? null), utc(key?.dateTo ?? null), reason],
    // PostgreSQL cannot hold a NUL in a text.
    text.replaceAll('\0', '\ufffd'),
  ];
}

/** The KPI's own name is what counts without one. */
const contextOf = (shown: ShownElement | null): string | null =>
  shown === null || shown.context === shown.kpi ? null : shown.context;

const named = 5;

const rejectContradictions = `
  WITH contradicting AS (
    SELECT key, array_agg(line ORDER BY line) AS lines FROM pg_temp.imported WHERE key IS NOT NULL GROUP BY key
    HAVING count(*) > 1 AND (min(value) <> max(value) OR min(units) <> max(units)
      OR count(units) NOT IN (0, count(*)) OR bool_or(reason IS NOT NULL))
  )
  UPDATE pg_temp.imported AS row SET reason = 'It has the same KPI, subject and period as line '
    || array_to_string((array_remove(lines, row.line))[:${named}], ', ')
    || CASE WHEN cardinality(lines) > ${named + 1} THEN ' and others' ELSE '' END || ', with another value or units: leave one'
  FROM contradicting WHERE row.key = contradicting.key AND row.reason IS NULL`;

const rowsAtOnce = 2_000;

async function handOut(
  transaction: TransactionSql,
  reject: (rows: readonly RejectedRow[]) => Promise<void>,
): Promise<number> {
  await transaction.unsafe(
    `DECLARE rejected NO SCROLL CURSOR FOR SELECT line::float8 AS line, reason, text FROM pg_temp.imported
     WHERE reason IS NOT NULL ORDER BY imported.line`,
  );
  for (let count = 0; ; ) {
    const rows = await transaction.unsafe<RejectedRow[]>(`FETCH ${rowsAtOnce} FROM rejected`);
    count += rows.length;
    if (rows.length > 0) await reject(rows);
    if (rows.length < rowsAtOnce) return count;
  }
}

const dropRepeated = `
  DELETE FROM pg_temp.imported WHERE reason IS NULL AND (key, line) IN (
    SELECT key, line FROM (
      SELECT key, line, max(line) OVER (PARTITION BY key) AS last FROM pg_temp.imported WHERE reason IS NULL) AS ranked
    WHERE line < last)`;

/** The same element under another spelling, as other SQL may have written it, would contradict what is imported. */
const dropOtherSpellings = `
  DELETE FROM atobi.kpi_values AS known USING pg_temp.imported AS row
  WHERE known.connection = $1 AND row.reason IS NULL
    AND (known.user_id = '' OR known.location_id = '' OR ${['"timestamp"', 'date_from', 'date_to']
      .map((column) => `known.${column} <> date_trunc('second', known.${column})`)
      .join(' OR ')})
    AND known.kpi = row.kpi AND nullif(known.user_id, '') IS NOT DISTINCT FROM row.user_id
    AND nullif(known.location_id, '') IS NOT DISTINCT FROM row.location_id
    AND date_trunc('second', known.date_from) IS NOT DISTINCT FROM row.date_from
    AND date_trunc('second', known.date_to) IS NOT DISTINCT FROM row.date_to
    AND (known.moment IS NULL OR date_trunc('second', known.moment) = row."timestamp")`;

const merge = `
  WITH offered AS MATERIALIZED (
    SELECT kpi, context, user_id, location_id, value, units, "timestamp", date_from, date_to
    FROM pg_temp.imported WHERE reason IS NULL
  ), written AS (
    INSERT INTO atobi.kpi_values AS known
      (connection, kpi, context, user_id, location_id, value, units, "timestamp", date_from, date_to)
    SELECT $1, offered.* FROM offered
    ON CONFLICT ON CONSTRAINT kpi_values_element DO UPDATE SET
      context = excluded.context, value = excluded.value, units = excluded.units, "timestamp" = excluded."timestamp",
      updated_at = now()
    WHERE (known.context, known.value, known.units, known."timestamp")
      IS DISTINCT FROM (excluded.context, excluded.value, excluded.units, excluded."timestamp")
    RETURNING xmax = 0 AS created
  )
  SELECT (SELECT count(*) FROM offered)::float8 AS offered, count(*) FILTER (WHERE created)::float8 AS created,
    count(*) FILTER (WHERE NOT created)::float8 AS updated
  FROM written`;
