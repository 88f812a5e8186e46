import { Context } from '@temporalio/activity';
import { AuthenticationError, ConfigurationError, RateLimitedError, VendorContractError } from '../errors.ts';
import type { StreamCounts } from '../receipt.ts';
import { claimCursor, type StreamKey } from '../store/claim.ts';
import { endResult, openFile } from '../store/neoday/file.ts';
import { mergeResult } from '../store/neoday/merge.ts';
import { countsOf, readCursor, recordFailure } from '../store/runs.ts';
import { slowDown } from '../store/throttle.ts';
import { FileCutError, ResultGoneError } from '../vendors/neoday/errors.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { asFailure, planRetry } from './failure.ts';
import { type FileSource, loadFile } from './load-file.ts';
import { Loading } from './loading.ts';
import { withRemedy } from './remedy.ts';
import { sourceOf } from './source.ts';
import { stopIfWanted } from './stopping.ts';

export interface LoadResultInput extends StreamKey {
  runId: string;
  runSequence: number;
  /** Grows with each `loadResult` of the run. */
  lease: number;
  resultId: string;
  /** Rows that have not changed are written as well. */
  rewrite: boolean;
  firstContact: boolean;
}

export interface LoadedResult {
  /** False where a pause or a resync ended it; its place is kept. */
  done: boolean;
  /** Of this export in this run so far. */
  counts: StreamCounts;
}

const beatMs = 500;

export const createLoadResult = (dependencies: ActivityDependencies) =>
  /**
   * Downloads a result's file and loads it while it arrives: rows and the place in the file are committed together, and
   * once the file is complete its rows come into their table at once. Gives back counts, never rows.
   */
  async function loadResult(input: LoadResultInput): Promise<LoadedResult> {
    const { info, cancellationSignal: signal } = Context.current();
    let loading: Loading | null = null;
    const beat = setInterval(() => heartbeat(input.stream, loading), beatMs);
    try {
      const source = await sourceOf(dependencies, input);
      loading = await open(dependencies, source, input, info.attempt);
      if (loading.file.state !== 'loaded') await load(dependencies, source, loading, input, signal);
      stopIfWanted(signal);
      return { done: true, counts: await countsNow(dependencies, input) };
    } catch (error) {
      if (signal.aborted && loading !== null) await book(dependencies, loading);
      stopIfWanted(signal);
      if (signal.aborted && loading !== null) return { done: false, counts: await countsNow(dependencies, input) };
      throw await failed(dependencies, input, loading, error);
    } finally {
      clearInterval(beat);
    }
  };

async function open(
  { store }: ActivityDependencies,
  { table, mapping }: FileSource,
  { runId, runSequence, lease, ...input }: LoadResultInput,
  attempt: number,
): Promise<Loading> {
  const key = { connection: input.connection, stream: input.stream };
  const cursor = await claimCursor(store.sql, key, { runId, runSequence, lease, attempt, pass: 1 });
  const fence = { ...key, runId, pass: 1, epoch: cursor.epoch };
  return new Loading(key, runId, cursor, await openFile(store.sql, table, fence, input.resultId, mapping));
}

/** A file that can never be read whole ends its result, not the run: what came before is kept, and the ledger says why. */
async function load(
  dependencies: ActivityDependencies,
  source: FileSource,
  loading: Loading,
  { resultId, rewrite, firstContact }: LoadResultInput,
  signal: AbortSignal,
): Promise<void> {
  const { sql } = dependencies.store;
  try {
    await loadFile(dependencies, source, loading, signal);
    await mergeResult(sql, source.table, loading.fence, resultId, { complete: true, rewrite });
  } catch (error) {
    if (signal.aborted || !isOfFile(error) || !isFinal(dependencies, loading, error, firstContact)) throw error;
    const reason = `${error.message} What came before is kept.`;
    if (loading.file.rowsDone > 0) {
      await mergeResult(sql, source.table, loading.fence, resultId, { complete: false, rewrite, reason });
    }
    const state = error instanceof ResultGoneError ? 'expired' : 'failed';
    await endResult(sql, source.table, loading.fence, resultId, { state, reason });
  }
}

/** Whether the file is to blame, rather than the way to it, the credential or the database. */
function isOfFile(error: unknown): error is VendorContractError | ConfigurationError | FileCutError {
  return error instanceof VendorContractError || error instanceof ConfigurationError || error instanceof FileCutError;
}

function isFinal(dependencies: ActivityDependencies, loading: Loading, error: Error, firstContact: boolean): boolean {
  if (error instanceof ResultGoneError) return true;
  return !planRetry(error, stateOf(loading, error, firstContact), dependencies.patience).retry;
}

/** Read by `describe` while the activity is pending, and shown in the Web UI. */
function heartbeat(stream: string, loading: Loading | null): void {
  Context.current().heartbeat(
    loading === null ? { stream } : { stream, counts: loading.counts(), file: loading.place() },
  );
}

async function countsNow({ store }: ActivityDependencies, input: LoadResultInput): Promise<StreamCounts> {
  const cursor = await readCursor(store, input, input.runId);
  if (cursor === null) throw new Error('the run has no cursor, although it has just been claimed');
  return countsOf(cursor, 0);
}

/** What was asked for in vain is counted, though it is nobody's failure. */
async function book({ store }: ActivityDependencies, loading: Loading): Promise<void> {
  const { failures, contractFailures } = loading.cursor;
  const { requests } = loading.unbooked();
  await recordFailure(store, loading.fence, { requests, failures, contractFailures }).catch(() => undefined);
}

function stateOf(loading: Loading, error: unknown, firstContact: boolean) {
  const { cursor } = loading;
  const before = loading.rows > 0 ? { failures: 0, contractFailures: 0 } : cursor;
  const broken = error instanceof VendorContractError || error instanceof ConfigurationError;
  return {
    failures: before.failures + 1,
    contractFailures: before.contractFailures + (broken ? 1 : 0),
    idleMs: loading.rows > 0 ? 0 : cursor.idleMs,
    firstContact: firstContact && cursor.pages === 0 && loading.file.rowsDone === 0,
  };
}

async function failed(
  { store, redact, connection, patience }: ActivityDependencies,
  input: LoadResultInput,
  loading: Loading | null,
  error: unknown,
): Promise<Error> {
  const { attempt } = Context.current().info;
  const tries = { failures: attempt, contractFailures: attempt, idleMs: 0, firstContact: input.firstContact };
  const state = loading === null ? tries : stateOf(loading, error, input.firstContact);
  if (loading !== null) {
    const { failures, contractFailures } = state;
    const { requests } = loading.unbooked();
    // The database may be what failed; then the count is lost, which only makes the next wait shorter.
    await recordFailure(store, loading.fence, { requests, failures, contractFailures }).catch(() => undefined);
  }
  if (error instanceof RateLimitedError) {
    await slowDown(store.sql, input.connection, error.retryAfterMs).catch(() => undefined);
  }
  const told = error instanceof AuthenticationError ? withRemedy(error, connection(input.connection)) : error;
  return asFailure(told, planRetry(error, state, patience), redact);
}
