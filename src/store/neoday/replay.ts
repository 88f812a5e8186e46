import type { Sql, TransactionSql } from 'postgres';
import { SyncError } from '../../errors.ts';
import { boundTransaction, type Fence } from '../commit.ts';
import { copyInto, copyLine } from '../copy.ts';
import { databaseError, refusesValue, sqlState } from '../errors.ts';
import type { QuarantineEntry } from '../quarantine-entries.ts';
import { quote } from '../tables.ts';
import { resolveCollisions } from './collisions.ts';
import { type Standing, standing } from './merge.ts';
import type { StagedRow } from './packed-rows.ts';
import type { RowTable } from './tables.ts';

/** `present`: an equal row was there. `unloaded`: the file is still to be loaded. `resolved`: somebody was faster. */
export type StoredRow = 'replayed' | 'present' | 'unloaded' | 'resolved' | { refused: string };

/**
 * Stores a row that was put aside as a row of its result, and closes the entry. It is open, as if its load had stored it,
 * only where its result is the newest that is loaded. The locked cursor lets no merge of a run in between. `byItself`: a
 * run does it, unasked.
 *
 * @throws DatabaseError when PostgreSQL is unreachable or refuses.
 */
export async function storeRow(
  sql: Sql,
  table: RowTable,
  entry: QuarantineEntry,
  row: Omit<StagedRow, 'row'>,
  byItself = false,
): Promise<StoredRow> {
  const { connection, stream, runId } = entry;
  try {
    return (await sql.begin(async (transaction) => {
      await boundTransaction(transaction);
      await transaction`SELECT 1 FROM sync.cursors WHERE connection = ${connection} AND stream = ${stream} FOR UPDATE`;
      if (!(await isOpen(transaction, entry.id))) return 'resolved';
      const result = await settledResult(transaction, entry);
      if (result === null) return 'unloaded';
      // No result has this number, so that nothing else that waits in the table is touched.
      const fence = { connection, stream, runId, pass: 0, epoch: 0 };
      const place = { transaction, table, fence, staged: -entry.id, times: entry.times };
      await stage(place, row);
      const outcome = await insert(place, result);
      await transaction.unsafe(`DELETE FROM ${table.staged} WHERE result = $1::text::bigint`, [String(place.staged)]);
      await transaction`
        UPDATE sync.quarantine SET resolved_at = now(), resolution = ${resolutionOf(outcome, byItself)}
        WHERE id = ${entry.id}`;
      return outcome;
    })) as StoredRow;
  } catch (error) {
    if (error instanceof SyncError) throw error;
    if (refusesValue(error)) return { refused: `PostgreSQL cannot hold the row (SQLSTATE ${sqlState(error)})` };
    throw databaseError(`store a row of \`${connection}\` / ${stream}`, error);
  }
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

async function isOpen(transaction: TransactionSql, id: number): Promise<boolean> {
  const rows = await transaction`SELECT 1 FROM sync.quarantine WHERE id = ${id} AND resolved_at IS NULL FOR UPDATE`;
  return rows.length > 0;
}

interface Settled extends Standing {
  sequence: number;
  /** Whether the export shows the row now, as far as is loaded. */
  open: boolean;
}

/** A file that is to be loaded, or loaded again, meets the row by itself. */
async function settledResult(
  transaction: TransactionSql,
  { connection, stream, resultId }: QuarantineEntry,
): Promise<Settled | null> {
  const [known] = await transaction<{ sequence: number; state: string }[]>`
    SELECT sequence::float8, state FROM neoday.results
    WHERE connection = ${connection} AND export = ${stream} AND result_id = ${resultId} FOR UPDATE`;
  if (known === undefined || (known.state !== 'loaded' && known.state !== 'expired')) return null;
  const others = await standing(transaction, known.sequence);
  return { sequence: known.sequence, ...others, open: known.state === 'loaded' && others.newest };
}

interface Place {
  transaction: TransactionSql;
  table: RowTable;
  fence: Fence;
  /** The number under which the row waits in the staging table. */
  staged: number;
  /** How often its file shows it. */
  times: number;
}

/** By the path of a load, so that each value is read the same way. */
async function stage({ transaction, table, staged }: Place, { hash, values, raw }: Omit<StagedRow, 'row'>) {
  const columns = ['result', 'row_number', 'content_hash', ...table.columns, 'raw'].map(quote).join(', ');
  const line = copyLine([String(staged), '1', hash, ...values, raw]);
  await copyInto(transaction, `${table.staged} (${columns})`, [line], (text) => text);
}

/** A row with another content under the same hash makes this one go on to the next hash that is free. Equal ones count. */
async function insert(place: Place, result: Settled): Promise<'replayed' | 'present'> {
  const { transaction, table, fence, staged } = place;
  const found = await equalRow(place);
  if (found === 'other') {
    await resolveCollisions(transaction, table, fence, staged);
    return insert(place, result);
  }
  if (found === 'equal') await show(place, result);
  return (await add(place, result)) > 0 ? 'replayed' : 'present';
}

const ofExport = ({ shared }: RowTable) => `known.connection = $2${shared ? ' AND known.export = $3' : ''}`;

const own = ({ table, fence, staged }: Place): string[] => [
  ...[String(staged), fence.connection],
  ...(table.shared ? [fence.stream] : []),
];

async function equalRow(place: Place): Promise<'equal' | 'other' | 'none'> {
  const { transaction, table } = place;
  const [row] = await transaction.unsafe<{ equal: boolean }[]>(
    `SELECT ${table.record('staged')} = ${table.record('known')} AS equal
     FROM ${table.staged} AS staged JOIN ${table.name} AS known USING (content_hash)
     WHERE staged.result = $1::text::bigint AND ${ofExport(table)} AND known.ordinal = 1`,
    own(place),
  );
  if (row === undefined) return 'none';
  return row.equal ? 'equal' : 'other';
}

/** As many as the file shows, less those that are there. @returns how many */
async function add(place: Place, { sequence, open }: Settled): Promise<number> {
  const { transaction, table, fence, times } = place;
  const columns = [...table.columns, 'raw'].map(quote).join(', ');
  const [first, last, run, all] = table.shared ? ['$4', '$5', '$6', '$7'] : ['$3', '$4', '$5', '$6'];
  const { count } = await transaction.unsafe(
    `INSERT INTO ${table.name}
       (connection${table.shared ? ', export' : ''}, content_hash, ordinal, ${columns}, first_result, last_result, run_id)
     SELECT $2${table.shared ? ', $3' : ''}, content_hash, ordinal, ${columns},
       ${first}::text::bigint, ${last}::text::bigint, ${run}
     FROM ${table.staged}, generate_series(1, ${all}::text::int) AS ordinal WHERE result = $1::text::bigint
     ON CONFLICT DO NOTHING`,
    [...own(place), String(sequence), open ? null : String(sequence), fence.runId, String(times)],
  );
  return count;
}

/** Equal rows were shown by this result too. */
async function show(place: Place, { sequence, open, later }: Settled): Promise<void> {
  const { transaction, table, times } = place;
  const [result, laterOnes, newest, all] = table.shared ? ['$4', '$5', '$6', '$7'] : ['$3', '$4', '$5', '$6'];
  const among = (column: string) => `known.${column} = ANY (${laterOnes}::text::bigint[])`;
  await transaction.unsafe(
    `UPDATE ${table.name} AS known SET
       first_result = CASE WHEN ${among('first_result')} THEN ${result}::text::bigint ELSE known.first_result END,
       last_result = CASE
         WHEN ${newest}::text::boolean OR known.last_result IS NULL THEN NULL
         WHEN ${among('last_result')} THEN known.last_result ELSE ${result}::text::bigint END
     FROM ${table.staged} AS staged
     WHERE staged.result = $1::text::bigint AND ${ofExport(table)}
       AND known.content_hash = staged.content_hash AND known.ordinal <= ${all}::text::int`,
    [...own(place), String(sequence), later, String(open), String(times)],
  );
}
