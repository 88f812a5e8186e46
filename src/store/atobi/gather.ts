import type { Sql, TransactionSql } from 'postgres';
import { SyncError } from '../../errors.ts';
import type { Fence } from '../commit.ts';
import { databaseError, sqlState } from '../errors.ts';
import { moveCursor, noTraffic } from '../neoday/fence.ts';
import { BatchWriter, forgetOpenBatches } from './batches.ts';
import { giveFreeIds } from './collisions.ts';
import { countShown, type KpiShown } from './counts.ts';
import { mergeShown, noteVanished, settleDoubles } from './elements.ts';
import { approvalFor, type PushApproval } from './guard.ts';
import type { IdOf } from './identity.ts';
import { withoutFrozen } from './in-budget.ts';
import { settleOrphans } from './orphans.ts';
import { type PlanRules, type PlanSink, planBatches, type TooLarge } from './plan.ts';
import { Staging } from './staging.ts';
import { putUnfitAside, resolveGone } from './unfit.ts';

/** What a gathering is told. */
export interface GatherOptions extends PlanRules {
  readonly connection: string;
  readonly runId: string;
  readonly runSequence: number;
  readonly lease: number;
  readonly attempt: number;
  /** Only these KPIs; all where undefined. */
  readonly streams?: readonly string[] | undefined;
  /** Rows that have not changed are written as well. */
  readonly rewrite: boolean;
  readonly maxElements: number;
  /** Milliseconds after which a request of ours cannot be under way any more. */
  readonly timeoutMs: number;
  /** Milliseconds that the sources may keep the transaction waiting. */
  readonly longestWaitMs: number;
  readonly idOf?: IdOf | undefined;
}

/** Reads the sources into the staging table. Gives back what it could not read: a sentence by KPI. */
export type ReadSources = (staging: Staging) => Promise<ReadonlyMap<string, string>>;

export interface Gathered {
  readonly kpis: readonly KpiShown[];
  readonly toSend: number;
  readonly batches: number;
  readonly approval: PushApproval | null;
}

/**
 * Reads all sources, brings `atobi.elements` up to what they show and plans what is to be sent, in one transaction whose
 * last part holds the cursor: who lost it to a newer attempt leaves nothing behind. Repeating it gives the same.
 *
 * @throws LeaseLostError when a newer attempt has the cursor.
 * @throws DatabaseError when PostgreSQL is unreachable or refuses.
 */
export function gatherElements(sql: Sql, fence: Fence, options: GatherOptions, read: ReadSources): Promise<Gathered> {
  return gathering(sql, options.connection, async (transaction) => {
    const unread = await readInto(transaction, options, read);
    await transaction.unsafe(`SET LOCAL idle_in_transaction_session_timeout = '5s'`);
    await moveCursor(transaction, fence, noTraffic);
    const writer = new BatchWriter(transaction, options);
    const gathered = await settle(transaction, options, unread, writer);
    await writer.flush();
    const approval = await approvalFor(transaction, { ...options, elements: gathered.toSend });
    await notePush(transaction, options, gathered);
    return { ...gathered, approval };
  });
}

/** The same without any effect, also on a push that is under way: everything is undone in the end. What would be sent goes to `batch`. */
export async function rehearse(
  sql: Sql,
  options: GatherOptions,
  read: ReadSources,
  batch: PlanSink['batch'],
): Promise<Settled> {
  const gathered = Promise.withResolvers<Settled>();
  const undone = new Undone();
  await gathering(sql, options.connection, async (transaction) => {
    const unread = await readInto(transaction, options, read);
    const writer = new BatchWriter(transaction, options);
    const sink = { batch, tooLarge: (some: readonly TooLarge[]) => writer.tooLarge(some) };
    gathered.resolve(await compare(transaction, options, unread, sink));
    throw undone;
  }).catch((error: unknown) => {
    if (error !== undone) throw error;
  });
  return gathered.promise;
}

class Undone extends Error {}

async function gathering<T>(
  sql: Sql,
  connection: string,
  work: (transaction: TransactionSql) => Promise<T>,
): Promise<T> {
  try {
    return await withoutFrozen(sql, async () => (await sql.begin(work)) as T);
  } catch (error) {
    // What reading the sources throws is not the database's.
    if (error instanceof SyncError || sqlState(error) === null) throw error;
    throw databaseError(`gather the KPIs of \`${connection}\``, error);
  }
}

async function readInto(
  transaction: TransactionSql,
  { longestWaitMs, idOf }: GatherOptions,
  read: ReadSources,
): Promise<ReadonlyMap<string, string>> {
  await transaction.unsafe(`
    SET LOCAL idle_in_transaction_session_timeout = ${longestWaitMs}; SET LOCAL statement_timeout = '6h';
    SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL work_mem = '64MB'; SET LOCAL jit = off;
    SET LOCAL max_parallel_workers_per_gather = 0`);
  const unread = await read(await Staging.open(transaction, idOf));
  await transaction.unsafe('ANALYZE pg_temp.shown');
  return unread;
}

type Settled = Omit<Gathered, 'approval'>;

/** With what only a push may do: others would wait for a rehearsal's locks. */
async function settle(
  transaction: TransactionSql,
  options: GatherOptions,
  unread: ReadonlyMap<string, string>,
  sink: PlanSink,
): Promise<Settled> {
  const { connection } = options;
  await transaction.unsafe(`SET LOCAL lock_timeout = '5s'`);
  await lockBudget(transaction, connection);
  await settleOrphans(transaction, options, options.timeoutMs, options.onUnknown);
  await forgetOpenBatches(transaction, connection);
  const settled = await compare(transaction, options, unread, sink);
  const scope = { ...options, unread: [...unread.keys()] };
  await putUnfitAside(transaction, scope);
  await resolveGone(transaction, scope);
  return settled;
}

async function compare(
  transaction: TransactionSql,
  options: GatherOptions,
  unread: ReadonlyMap<string, string>,
  sink: PlanSink,
): Promise<Settled> {
  const { connection, idOf } = options;
  const scope = { ...options, unread: [...unread.keys()] };
  await giveFreeIds(transaction, connection, idOf);
  await settleDoubles(transaction);
  await mergeShown(transaction, scope);
  await noteVanished(transaction, scope);
  const planned = await planBatches(transaction, connection, options, sink);
  const kpis = await countShown(transaction, options, planned, unread);
  return { kpis, toSend: planned.elements, batches: planned.batches };
}

/** Everybody who touches batches and elements takes this lock first. */
async function lockBudget(transaction: TransactionSql, connection: string): Promise<void> {
  await transaction`INSERT INTO atobi.budgets (connection) VALUES (${connection}) ON CONFLICT DO NOTHING`;
  // A new push starts with a patience of its own.
  await transaction`
    UPDATE atobi.budgets SET failures = 0, progressed_at = clock_timestamp() WHERE connection = ${connection}`;
}

async function notePush(
  transaction: TransactionSql,
  { connection, runId, runSequence }: GatherOptions,
  { kpis, toSend, batches }: Settled,
): Promise<void> {
  await transaction`
    INSERT INTO atobi.pushes (run_id, connection, sequence, elements, batches, streams)
    VALUES (${runId}, ${connection}, ${runSequence}, ${toSend}, ${batches}, ${JSON.stringify(kpis)}::text::jsonb)
    ON CONFLICT (run_id) DO UPDATE SET
      elements = excluded.elements, batches = excluded.batches, streams = excluded.streams,
      started_at = excluded.started_at`;
}
