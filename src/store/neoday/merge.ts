import type { Sql, TransactionSql } from 'postgres';
import { DatabaseError } from '../../errors.ts';
import type { Fence } from '../commit.ts';
import { brake } from './brake.ts';
import { resolveCollisions } from './collisions.ts';
import { type CommittedFile, commitRowsAnd, type RowBatch } from './commit.ts';
import { allowHours, fenced, noTraffic } from './fence.ts';
import { isStaged, type LoadingFile, lockFile } from './file.ts';
import { contradictionsOfFill, fillStatement, holdsRows, mergeStatement } from './merge-statement.ts';
import { resolveReloaded } from './quarantine.ts';
import { emptyStaging } from './staging.ts';
import type { RowTable } from './tables.ts';

export interface MergeOptions {
  /** False where the file ends too early for good: its rows count, but what it does not show is no news. */
  complete: boolean;
  /** Why it is not complete: a sentence with the place, without a URL. */
  reason?: string | undefined;
  /** Of a snapshot: where more rows than this share are missing from a new file, they stay in the current view. */
  maxDeletePercent?: number | undefined;
  /** A forced resync writes rows that have not changed as well. */
  rewrite?: boolean | undefined;
  /** Up to so many rows are looked up one by one; more are compared with the whole table. Both do the same. */
  fewRows?: number | undefined;
}

/** `created + updated + unchanged` are the rows that the file showed. */
export interface MergeCounts {
  created: number;
  updated: number;
  unchanged: number;
  /** Rows that the newest result does not show any more. */
  closed: number;
  quarantined: number;
}

/**
 * Brings a file's committed rows into their table at once, so that nobody ever sees half a file. A row that is there
 * already is not written; loading the same result again writes none. Fenced like a commit.
 *
 * @throws LeaseLostError when a newer attempt has the cursor.
 * @throws DatabaseError when PostgreSQL is unreachable or refuses, or has lost the committed rows in a crash: opening the
 *   file again (`openFile`) tells where to go on.
 */
export async function mergeResult(
  sql: Sql,
  table: RowTable,
  fence: Fence,
  resultId: string,
  options: MergeOptions,
): Promise<MergeCounts> {
  const merge = (transaction: TransactionSql) => mergeCommitted(transaction, table, fence, resultId, options);
  return fenced(sql, fence, `merge result ${resultId}`, merge, options.complete ? noTraffic : null);
}

/**
 * Commits and merges a whole file that is small enough for one commit, in one transaction: of files by the thousand each
 * transaction less counts. Otherwise like `commitRows` and `mergeResult` one after the other.
 */
export async function loadWhole(
  sql: Sql,
  table: RowTable,
  fence: Fence,
  file: CommittedFile,
  batch: RowBatch,
  options: Pick<MergeOptions, 'rewrite' | 'maxDeletePercent'>,
): Promise<MergeCounts> {
  return commitRowsAnd(sql, table, fence, file, batch, (transaction) =>
    mergeCommitted(transaction, table, fence, file.resultId, { complete: true, ...options }),
  );
}

async function mergeCommitted(
  transaction: TransactionSql,
  table: RowTable,
  fence: Fence,
  resultId: string,
  options: MergeOptions,
): Promise<MergeCounts> {
  await prepare(transaction);
  const file = await lockFile(transaction, fence, resultId);
  if (file.rowsDone > file.quarantined && !(await isStaged(transaction, table, file))) throw rowsLost(fence, resultId);
  const counts = await mergeRows(transaction, table, fence, file, options);
  const shown = counts.created + counts.updated + counts.unchanged;
  if (options.complete) await brake(transaction, file.sequence, shown, options.maxDeletePercent ?? 100);
  await settleFile(transaction, table, fence, file, counts, options);
  return { ...counts, quarantined: file.quarantined };
}

/** Parallel workers cost more than they bring where every row is handed on; sorts and joins need room. */
async function prepare(transaction: TransactionSql): Promise<void> {
  await allowHours(transaction);
  await transaction.unsafe(
    `SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0`,
  );
}

function rowsLost(fence: Fence, resultId: string): DatabaseError {
  return new DatabaseError(
    `PostgreSQL has lost the rows that waited for result ${resultId} of \`${fence.connection}\` / ${fence.stream} to be complete, as it does when it crashes. The file is loaded again from its beginning.`,
  );
}

type Merged = Omit<MergeCounts, 'quarantined'>;

/** Thrown to undo what was written while rows with different contents were taken for the same. */
class Collision extends Error {}

async function mergeRows(
  transaction: TransactionSql,
  table: RowTable,
  fence: Fence,
  file: Omit<LoadingFile, 'restarted'>,
  options: MergeOptions,
): Promise<Merged> {
  const merge = { table, fence, file, options, standing: await standing(transaction, file.sequence) };
  const write = (): Promise<Merged> => transaction.savepoint((inner) => writeRows(inner, merge)) as Promise<Merged>;
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof Collision)) throw error;
    await resolveCollisions(transaction, table, fence, file.sequence);
    return write();
  }
}

/** How a result stands among the others of its export, in the order in which the vendor made them. */
interface Standing {
  /** Results that the vendor made later and that may have shown rows, as a list of sequences. */
  later: string;
  /** True where none of them is loaded. */
  newest: boolean;
  /** The newest loaded one before. */
  previous: string | null;
}

/**
 * Loaded once is loaded: a result that is loaded again keeps its place among the others. Those that no run has touched have
 * shown no row, and are left out, since there may be thousands of them.
 */
async function standing(transaction: TransactionSql, sequence: number): Promise<Standing> {
  const [row] = await transaction.unsafe<Standing[]>(
    `SELECT later.list::text AS later, NOT later.loaded AS newest, previous.sequence::text AS previous
     FROM neoday.results AS own
     CROSS JOIN LATERAL (
       SELECT coalesce(array_agg(sequence), '{}') AS list, coalesce(bool_or(loaded_at IS NOT NULL), false) AS loaded
       FROM neoday.results AS other
       WHERE (other.connection, other.export) = (own.connection, own.export) AND other.run_id IS NOT NULL
         AND other.created_at >= own.created_at
         AND (other.created_at, other.sequence) > (own.created_at, own.sequence)
     ) AS later
     LEFT JOIN LATERAL (
       SELECT sequence FROM neoday.results AS other
       WHERE (other.connection, other.export) = (own.connection, own.export) AND other.loaded_at IS NOT NULL
         AND other.created_at <= own.created_at
         AND (other.created_at, other.sequence) < (own.created_at, own.sequence)
       ORDER BY other.created_at DESC, other.sequence DESC LIMIT 1
     ) AS previous ON true
     WHERE own.sequence = $1::text::bigint`,
    [String(sequence)],
  );
  return row ?? { later: '{}', newest: true, previous: null };
}

/** Up to here looking rows up one by one is cheaper, however large the table. */
const fewRows = 20_000;

/** All that a merge depends on. */
interface Merge {
  table: RowTable;
  fence: Fence;
  file: Omit<LoadingFile, 'restarted'>;
  options: MergeOptions;
  standing: Standing;
}

async function writeRows(transaction: TransactionSql, merge: Merge): Promise<Merged> {
  const [row] = await transaction.unsafe<{ holds: boolean }[]>(holdsRows(merge.table), ownRows(merge));
  return row?.holds === true ? compareTable(transaction, merge) : fillTable(transaction, merge);
}

const ownRows = ({ table, fence }: Merge): string[] => [fence.connection, ...(table.shared ? [fence.stream] : [])];

/** Rows are open where nothing newer is loaded and the file is complete. */
const isOpen = ({ options, standing }: Merge): string => String(options.complete && standing.newest);

async function fillTable(transaction: TransactionSql, merge: Merge): Promise<Merged> {
  const { table, fence, file } = merge;
  const { count } = await transaction.unsafe(fillStatement(table), [
    ...[fence.connection, String(file.sequence), fence.runId, isOpen(merge)],
    ...(table.shared ? [fence.stream] : []),
  ]);
  await transaction.unsafe('SET LOCAL enable_nestloop = off');
  const [found] = await transaction.unsafe<{ collisions: number }[]>(contradictionsOfFill(table), ownRows(merge));
  if (found?.collisions !== 0) throw new Collision();
  return { created: count, updated: 0, unchanged: 0, closed: 0 };
}

type Compared = Omit<Merged, 'unchanged'> & { shown: number; collisions: number };

async function compareTable(transaction: TransactionSql, merge: Merge): Promise<Merged> {
  const { table, fence, file, options, standing } = merge;
  const few = file.rowsDone <= (options.fewRows ?? fewRows);
  // Of tables that were never analyzed the planner believes that they hold next to nothing.
  await transaction.unsafe(`SET LOCAL enable_nestloop = ${few ? 'on' : 'off'}`);
  const parameters: (string | null)[] = [
    ...[fence.connection, String(file.sequence), fence.runId, standing.later, isOpen(merge)],
    ...[standing.previous, String(options.rewrite === true)],
    ...(table.shared ? [fence.stream] : []),
  ];
  const [counts] = await transaction.unsafe<Compared[]>(mergeStatement(table, few), parameters);
  if (counts === undefined || counts.collisions > 0) throw new Collision();
  const { created, updated, closed, shown } = counts;
  return { created, updated, closed, unchanged: shown - created - updated };
}

async function settleFile(
  transaction: TransactionSql,
  table: RowTable,
  fence: Fence,
  { sequence, resultId, quarantined }: Omit<LoadingFile, 'restarted'>,
  { created, updated, unchanged }: Merged,
  { complete, reason }: MergeOptions,
): Promise<void> {
  await transaction`
    UPDATE neoday.results SET
      state = ${complete ? 'loaded' : 'failed'}, reason = ${reason ?? null}, run_id = ${fence.runId},
      created = ${created}, updated = ${updated}, unchanged = ${unchanged},
      loaded_at = CASE WHEN ${complete} THEN now() ELSE loaded_at END
    WHERE sequence = ${sequence}`;
  await transaction`
    UPDATE sync.cursors SET
      fetched = fetched + ${created + updated + unchanged + quarantined}, created = created + ${created},
      updated = updated + ${updated}, unchanged = unchanged + ${unchanged}, quarantined = quarantined + ${quarantined},
      pages = pages + 1
    WHERE connection = ${fence.connection} AND stream = ${fence.stream}`;
  if (!complete) return;
  await resolveReloaded(transaction, fence, resultId);
  await emptyStaging(transaction, table, sequence);
}
