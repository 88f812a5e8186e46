import type { Sql } from 'postgres';
import { ConfigurationError } from '../../errors.ts';
import { databaseError, refusesValue } from '../errors.ts';
import { iso } from '../iso.ts';
import { rowTableOf } from './tables.ts';

/** Which export of which connection, by the vendor's `system_name`. */
export interface ExportKey {
  connection: string;
  export: string;
}

/** An export as the vendor lists it, and how the configuration wants it read. */
export interface ListedExport {
  systemName: string;
  id: string;
  /** One of the ten types; null for any other. */
  type: string | null;
}

/**
 * Notes the exports of a connection. Of two that hold the same type (`win-info` beside `win_info`) only the one that had
 * the table first, or comes first by name, gets it; the rows of the other are kept as those of an unknown export.
 *
 * @returns the table's name for each export.
 * @throws ConfigurationError where PostgreSQL does not know the zone: the views could not write times in it.
 */
export async function registerExports(
  sql: Sql,
  { connection, mode, timeZone }: { connection: string; mode: 'merge' | 'snapshot'; timeZone: string },
  listed: readonly ListedExport[],
): Promise<Map<string, string>> {
  await requireZone(sql, connection, timeZone);
  try {
    const known = await sql<{ export: string; table: string }[]>`
      SELECT export, table_name AS "table" FROM neoday.exports WHERE connection = ${connection}`;
    const tables = chooseTables(listed, known);
    for (const { systemName, id } of listed) {
      await sql`
        INSERT INTO neoday.exports (connection, export, id, table_name, mode, time_zone)
        VALUES (${connection}, ${systemName}, ${id}, ${tables.get(systemName) ?? ''}, ${mode}, ${timeZone})
        ON CONFLICT (connection, export) DO UPDATE SET
          id = excluded.id, table_name = excluded.table_name, mode = excluded.mode, time_zone = excluded.time_zone,
          last_seen_at = now()`;
    }
    return tables;
  } catch (error) {
    throw databaseError(`note the exports of \`${connection}\``, error);
  }
}

/** `+02:00` is a zone for both, but PostgreSQL reads its sign the other way round. */
async function requireZone(sql: Sql, connection: string, timeZone: string): Promise<void> {
  const refusal = new ConfigurationError(
    `\`timeZone\` of \`${connection}\` is ${timeZone}, which PostgreSQL does not know. Write a zone by its name, such as Europe/Amsterdam; or, where the name is a new one, update PostgreSQL.`,
  );
  if (!/^[A-Za-z]/.test(timeZone)) throw refusal;
  await sql`SELECT now() AT TIME ZONE ${timeZone}::text`.catch((error) => {
    throw refusesValue(error) ? refusal : databaseError(`look up the zone of \`${connection}\``, error);
  });
}

function chooseTables(
  listed: readonly ListedExport[],
  known: readonly { export: string; table: string }[],
): Map<string, string> {
  const tables = new Map(known.map((one) => [one.export, one.table]));
  const other = rowTableOf(null).key;
  for (const { systemName, type } of listed.toSorted((one, two) => (one.systemName < two.systemName ? -1 : 1))) {
    if (tables.has(systemName)) continue;
    const wanted = rowTableOf(type).key;
    tables.set(systemName, [...tables.values()].includes(wanted) ? other : wanted);
  }
  return tables;
}

/** A result as the vendor lists it. Times are ISO 8601. */
export interface ListedResult {
  id: string;
  createdAt: string;
  expiresAt: string | null;
}

/**
 * Notes results, each once however often it is listed. Those created before `since` (ISO 8601) are noted as skipped; a
 * changed `since` takes effect on those that are not loaded.
 *
 * @returns how many were new.
 */
export async function registerResults(
  sql: Sql,
  key: ExportKey,
  listed: readonly ListedResult[],
  { since = null }: { since?: string | null } = {},
): Promise<number> {
  try {
    const [row] = await sql.unsafe<{ added: number }[]>(
      `WITH sent AS (
         SELECT DISTINCT ON (id) id, created_at, expires_at FROM json_to_recordset($3::text::json)
           AS sent (id text, created_at timestamptz, expires_at timestamptz) ORDER BY id, created_at DESC
       ), noted AS (
         INSERT INTO neoday.results AS known (connection, export, result_id, created_at, expires_at, state)
         SELECT $1, $2, id, created_at, expires_at, CASE WHEN created_at < $4::text::timestamptz THEN 'skipped' ELSE 'pending' END
         FROM sent ORDER BY created_at, id
         ON CONFLICT (connection, export, result_id) DO UPDATE SET expires_at = excluded.expires_at, state = CASE
             WHEN known.state IN ('pending', 'skipped') THEN excluded.state ELSE known.state END
           WHERE known.expires_at IS DISTINCT FROM excluded.expires_at
             OR (known.state IN ('pending', 'skipped') AND known.state <> excluded.state)
         RETURNING xmax = 0 AS added
       )
       SELECT count(*) FILTER (WHERE added)::float8 AS added FROM noted`,
      [key.connection, key.export, JSON.stringify(listed.map(asColumns)), since],
    );
    return row?.added ?? 0;
  } catch (error) {
    throw databaseError(`note the results of \`${key.connection}\` / ${key.export}`, error);
  }
}

function asColumns({ id, createdAt, expiresAt }: ListedResult) {
  return { id, created_at: createdAt, expires_at: expiresAt };
}

/** A result that is to be loaded. Times are ISO 8601. */
export interface PendingResult {
  resultId: string;
  createdAt: string;
  expiresAt: string | null;
  /** How much of its file is committed already. */
  bytesDone: number;
  rowsDone: number;
}

const resultColumns = `result_id AS "resultId", ${iso('created_at')} AS "createdAt", ${iso('expires_at')} AS "expiresAt",
  bytes_done::float8 AS "bytesDone", rows_done::float8 AS "rowsDone"`;

/** One that a run tried and could not load is left to the next run. */
const waiting = `(state IN ('pending', 'loading') OR (state = 'failed' AND run_id IS DISTINCT FROM $3))`;

/** The oldest results that a run has still to load, not more than `most` of them. */
export async function pendingResults(sql: Sql, key: ExportKey, runId: string, most: number): Promise<PendingResult[]> {
  const rows = await reading(key, () =>
    sql.unsafe<PendingResult[]>(
      `SELECT ${resultColumns} FROM neoday.results WHERE connection = $1 AND export = $2 AND ${waiting}
       ORDER BY created_at, sequence LIMIT $4::text::int`,
      [key.connection, key.export, runId, String(most)],
    ),
  );
  return [...rows];
}

/** The oldest of them; null where there is none. */
export async function pendingResult(sql: Sql, key: ExportKey, runId: string): Promise<PendingResult | null> {
  return (await pendingResults(sql, key, runId, 1))[0] ?? null;
}

/** How many results a run has still to load. */
export async function countWaiting(sql: Sql, key: ExportKey, runId: string): Promise<number> {
  const [row] = await reading(key, () =>
    sql.unsafe<{ count: number }[]>(
      `SELECT count(*)::float8 AS count FROM neoday.results WHERE connection = $1 AND export = $2 AND ${waiting}`,
      [key.connection, key.export, runId],
    ),
  );
  return row?.count ?? 0;
}

/** How many files of a connection were loaded under other rules for personal data than `privacy` names. */
export async function countOtherRules(sql: Sql, connection: string, privacy: string): Promise<number> {
  const [row] = await reading(
    { connection, export: 'all' },
    () =>
      sql<{ count: number }[]>`
      SELECT count(*)::float8 AS count FROM neoday.results
      WHERE connection = ${connection} AND loaded_at IS NOT NULL AND mapping NOT LIKE ${`% ${privacy}`}`,
  );
  return row?.count ?? 0;
}

/**
 * Has every result of an export loaded once more from its beginning, for a forced resync. What is stored stays, and so
 * does what the ledger knows of the order in which results showed it.
 *
 * @returns how many will be loaded.
 */
export async function loadAgain(sql: Sql, key: ExportKey): Promise<number> {
  const rows = await reading(
    key,
    () => sql`
      UPDATE neoday.results SET state = 'pending', reason = NULL, bytes_done = 0, rows_done = 0, quarantined = 0
      WHERE connection = ${key.connection} AND export = ${key.export} AND state IN ('loaded', 'loading', 'failed', 'pending')
        AND (expires_at IS NULL OR expires_at > now())
      RETURNING 1`,
  );
  return rows.length;
}

async function reading<T>({ connection, export: name }: ExportKey, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw databaseError(`read the results of \`${connection}\` / ${name}`, error);
  }
}
