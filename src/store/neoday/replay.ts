import type { Sql, TransactionSql } from 'postgres';
import { SyncError } from '../../errors.ts';
import type { StreamKey } from '../claim.ts';
import { boundTransaction } from '../commit.ts';
import { databaseError, refusesValue, sqlState } from '../errors.ts';
import { noteReasons, type QuarantineEntry, type Reason } from '../quarantine-entries.ts';
import type { StagedRow } from './packed-rows.ts';
import { insertRows, type PlacedRow } from './replay-insert.ts';
import type { RowTable } from './tables.ts';

/** `present`: an equal row was there. `unloaded`: the file is still to be loaded. `resolved`: somebody was faster. */
export type StoredRow = 'replayed' | 'present' | 'unloaded' | 'resolved' | { refused: string };

/** Entries of one export that are tried together. */
export interface AsideBatch extends StreamKey {
  /** Those that became rows, by id. */
  rows: readonly { entry: QuarantineEntry; row: Omit<StagedRow, 'row'> }[];
  /** Why the others still do not fit. */
  unfit: readonly Reason[];
  /** Of the mapping that says so. */
  version: number;
  /** True where a run does it, unasked. */
  byItself: boolean;
}

/**
 * Stores rows that were put aside as rows of their results, and closes their entries: all in one transaction, with the same
 * outcome as one after the other. A row is open, as if its load had stored it, only where its result is the newest that is
 * loaded. The locked cursor lets no merge of a run in between. A row that PostgreSQL refuses is found by halving, and keeps
 * its entry.
 *
 * @returns by the entries' ids.
 * @throws DatabaseError when PostgreSQL is unreachable or refuses.
 */
export async function storeRows(sql: Sql, table: RowTable, batch: AsideBatch): Promise<Map<number, StoredRow>> {
  try {
    return await storeTogether(sql, table, batch);
  } catch (error) {
    if (error instanceof SyncError) throw error;
    if (refusesValue(error) && batch.rows.length > 0) return storeRefused(sql, table, batch, sqlState(error));
    throw databaseError(`store rows of \`${batch.connection}\` / ${batch.stream}`, error);
  }
}

/** A run that claims the stream ends whoever holds its cursor, which may hit a batch; nothing of it is written then. */
const undone = new Set(['57P01', '40P01', 'CONNECTION_CLOSED']);
const mostTries = 5;

async function storeTogether(sql: Sql, table: RowTable, batch: AsideBatch): Promise<Map<number, StoredRow>> {
  for (let tries = 1; ; tries++) {
    try {
      return await sql.begin(async (transaction) => {
        await boundTransaction(transaction);
        const stored = batch.rows.length === 0 ? new Map() : await writeBatch(transaction, table, batch);
        await noteReasons(transaction, batch.unfit, batch.version);
        return stored;
      });
    } catch (error) {
      if (tries === mostTries || !undone.has(sqlState(error) ?? '')) throw error;
    }
  }
}

async function storeRefused(
  sql: Sql,
  table: RowTable,
  batch: AsideBatch,
  code: string | null,
): Promise<Map<number, StoredRow>> {
  const { rows, unfit } = batch;
  const [first] = rows;
  if (rows.length === 1 && first !== undefined) {
    const refused = `PostgreSQL cannot hold the row (SQLSTATE ${code})`;
    const { id } = first.entry;
    await storeRows(sql, table, { ...batch, rows: [], unfit: [...unfit, { id, path: '', reason: refused }] });
    return new Map([[id, { refused }]]);
  }
  const middle = Math.ceil(rows.length / 2);
  const earlier = await storeRows(sql, table, { ...batch, rows: rows.slice(0, middle) });
  return new Map([...earlier, ...(await storeRows(sql, table, { ...batch, rows: rows.slice(middle), unfit: [] }))]);
}

async function writeBatch(
  transaction: TransactionSql,
  table: RowTable,
  batch: AsideBatch,
): Promise<Map<number, StoredRow>> {
  const { connection, stream, rows } = batch;
  await transaction`SELECT 1 FROM sync.cursors WHERE connection = ${connection} AND stream = ${stream} FOR UPDATE`;
  const open = await openEntries(transaction, batch);
  const results = await settledResults(transaction, batch);
  const stored = new Map<number, StoredRow>();
  const placed: PlacedRow[] = [];
  for (const { entry, row } of rows) {
    const result = results.get(entry.resultId ?? '');
    if (!open.has(entry.id)) stored.set(entry.id, 'resolved');
    else if (result === undefined) stored.set(entry.id, 'unloaded');
    else placed.push({ ...row, ...result, id: entry.id, times: entry.times, runId: entry.runId });
  }
  const added = await insertRows(transaction, table, batch, placed);
  for (const { id } of placed) stored.set(id, added.has(id) ? 'replayed' : 'present');
  await close(transaction, stored, batch.byItself);
  return stored;
}

/** In the order of their ids, as everybody locks them who locks several. */
async function openEntries(transaction: TransactionSql, { rows }: AsideBatch): Promise<Set<number>> {
  const open = await transaction.unsafe<{ id: number }[]>(
    `SELECT id::float8 FROM sync.quarantine WHERE id = ANY ($1::text::bigint[]) AND resolved_at IS NULL
     ORDER BY quarantine.id FOR UPDATE`,
    [`{${rows.map(({ entry }) => entry.id).join(',')}}`],
  );
  return new Set(open.map(({ id }) => id));
}

type Settled = Pick<PlacedRow, 'sequence' | 'open'>;

/** By the results' ids. A file that is to be loaded, or loaded again, meets its rows by itself, and is left out. */
async function settledResults(
  transaction: TransactionSql,
  { connection, stream, rows }: AsideBatch,
): Promise<Map<string, Settled>> {
  const ids = [...new Set(rows.map(({ entry }) => entry.resultId))];
  const known = await transaction.unsafe<(Settled & { resultId: string })[]>(
    `SELECT result_id AS "resultId", sequence::float8,
       state = 'loaded' AND NOT EXISTS (
         SELECT FROM neoday.results AS later
         WHERE (later.connection, later.export) = (own.connection, own.export) AND later.loaded_at IS NOT NULL
           AND later.created_at >= own.created_at
           AND (later.created_at, later.sequence) > (own.created_at, own.sequence)) AS open
     FROM neoday.results AS own
     WHERE connection = $1 AND export = $2 AND state IN ('loaded', 'expired')
       AND result_id IN (SELECT json_array_elements_text($3::text::json))
     ORDER BY own.sequence FOR UPDATE`,
    [connection, stream, JSON.stringify(ids)],
  );
  return new Map(known.map(({ resultId, sequence, open }) => [resultId, { sequence, open }]));
}

async function close(
  transaction: TransactionSql,
  stored: ReadonlyMap<number, StoredRow>,
  byItself: boolean,
): Promise<void> {
  const closed = [...stored].flatMap(([id, outcome]) =>
    outcome === 'replayed' || outcome === 'present' ? [{ id, resolution: resolutionOf(outcome, byItself) }] : [],
  );
  if (closed.length === 0) return;
  await transaction.unsafe(
    `UPDATE sync.quarantine SET resolved_at = now(), resolution = sent.resolution
     FROM json_to_recordset($1::text::json) AS sent (id bigint, resolution text) WHERE quarantine.id = sent.id`,
    [JSON.stringify(closed)],
  );
}

/** Of a row that a run has stored without being asked: its receipt counts them. */
const mended = 'stored by a newer version, which can read it';

function resolutionOf(outcome: 'replayed' | 'present', byItself: boolean): string {
  if (outcome === 'present') return 'an equal row was stored already';
  return byItself ? mended : 'replayed';
}

/** Rows of an export that were put aside and that a run has stored without being asked. */
export async function countMended(
  sql: Sql,
  key: { connection: string; export: string },
  runId: string,
): Promise<number> {
  try {
    const [row] = await sql<{ count: number }[]>`
      SELECT coalesce(sum(times), 0)::float8 AS count
      FROM sync.quarantine AS entry JOIN sync.runs AS run ON run.run_id = ${runId}
      WHERE entry.connection = ${key.connection} AND stream = ${key.export}
        AND resolution = ${mended} AND resolved_at >= run.started_at`;
    return row?.count ?? 0;
  } catch (error) {
    throw databaseError(`count what a newer version could read of \`${key.connection}\` / ${key.export}`, error);
  }
}
