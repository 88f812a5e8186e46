import type { Sql } from 'postgres';
import type { ResultCounts } from '../../receipt.ts';
import { databaseError } from '../errors.ts';
import { iso } from '../iso.ts';
import { type Fewer, listFewer } from './brake.ts';
import type { ExportKey } from './ledger.ts';

/** A result that the run could not load, and why. */
export interface Trouble {
  resultId: string;
  /** ISO 8601. */
  createdAt: string;
  state: 'expired' | 'failed';
  reason: string;
}

/** What the ledger has to say of an export when a run ends. */
export interface ExportAccount {
  results: ResultCounts;
  /** ISO 8601: when the newest loaded result was made; null where none is. */
  asOf: string | null;
  /** Of this run, oldest first, not more than the receipt can show. */
  troubles: Trouble[];
  /** Results that are not loaded and will be gone at the vendor soon: how many, and when the first is. */
  expiring: { count: number; first: string | null };
  /** Null where the newest file counts alone. */
  fewer: Fewer | null;
}

const mostTroubles = 20;
const soonHours = 72;

export async function readAccount(sql: Sql, key: ExportKey, runId: string): Promise<ExportAccount> {
  try {
    const [row] = await sql.unsafe<Omit<ExportAccount, 'troubles' | 'fewer'>[]>(accountStatement, [
      ...[key.connection, key.export, String(soonHours)],
    ]);
    const troubles = await sql<Trouble[]>`
      SELECT result_id AS "resultId", ${sql.unsafe(iso('created_at'))} AS "createdAt", state,
        coalesce(reason, 'no reason is known') AS reason
      FROM neoday.results
      WHERE connection = ${key.connection} AND export = ${key.export} AND run_id = ${runId}
        AND state IN ('expired', 'failed')
      ORDER BY created_at, sequence LIMIT ${mostTroubles}`;
    const [fewer] = await listFewer(sql, key.connection, key.export);
    return { ...(row ?? nothing), troubles: [...troubles], fewer: fewer ?? null };
  } catch (error) {
    throw databaseError(`read the results of \`${key.connection}\` / ${key.export}`, error);
  }
}

const accountStatement = `
  SELECT
    jsonb_build_object(
      'found', count(*), 'loaded', count(*) FILTER (WHERE state = 'loaded'),
      'expired', count(*) FILTER (WHERE state = 'expired'), 'skipped', count(*) FILTER (WHERE state = 'skipped'),
      'left', count(*) FILTER (WHERE state IN ('pending', 'loading', 'failed'))) AS results,
    ${iso("max(created_at) FILTER (WHERE state = 'loaded')")} AS "asOf",
    jsonb_build_object('count', count(*) FILTER (WHERE ending), 'first', ${iso('min(expires_at) FILTER (WHERE ending)')})
      AS expiring
  FROM (
    SELECT *, state IN ('pending', 'loading', 'failed')
      AND expires_at < now() + make_interval(hours => $3::int) AS ending
    FROM neoday.results WHERE connection = $1 AND export = $2) AS known`;

const nothing = {
  results: { found: 0, loaded: 0, expired: 0, skipped: 0, left: 0 },
  asOf: null,
  expiring: { count: 0, first: null },
};

/** Which table an export's rows are in, without schema; null where nobody has noted the export. */
export async function tableOfExport(sql: Sql, key: ExportKey): Promise<string | null> {
  try {
    const [row] = await sql<{ table: string }[]>`
      SELECT table_name AS "table" FROM neoday.exports WHERE connection = ${key.connection} AND export = ${key.export}`;
    return row?.table ?? null;
  } catch (error) {
    throw databaseError(`look up the table of \`${key.connection}\` / ${key.export}`, error);
  }
}

/** A result of which nothing was loaded is gone at the vendor. Repeating it changes nothing. */
export async function expireResult(
  sql: Sql,
  key: ExportKey,
  resultId: string,
  { runId, reason }: { runId: string; reason: string },
): Promise<void> {
  try {
    await sql`
      UPDATE neoday.results SET state = 'expired', reason = ${reason}, run_id = ${runId}
      WHERE connection = ${key.connection} AND export = ${key.export} AND result_id = ${resultId}
        AND state NOT IN ('loaded', 'expired')`;
  } catch (error) {
    throw databaseError(`note that result ${resultId} of \`${key.connection}\` / ${key.export} is gone`, error);
  }
}
