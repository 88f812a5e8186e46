import { Context } from '@temporalio/activity';
import { ConfigurationError, VendorContractError } from '../errors.ts';
import type { StreamCounts } from '../receipt.ts';
import { claimCursor, type StreamKey } from '../store/claim.ts';
import { endResult, openFile } from '../store/neoday/file.ts';
import { mergeResult } from '../store/neoday/merge.ts';
import { countsOf, readCursor } from '../store/runs.ts';
import { FileCutError, ResultGoneError } from '../vendors/neoday/errors.ts';
import { beating } from './beating.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { bookRequests, failedAttempt, retryState } from './failed-attempt.ts';
import { planRetry } from './failure.ts';
import { type FileSource, loadFile } from './load-file.ts';
import { Loading } from './loading.ts';
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

export const createLoadResult = (dependencies: ActivityDependencies) =>
  /**
   * Downloads a result's file and loads it while it arrives: rows and the place in the file are committed together, and
   * once the file is complete its rows come into their table at once. Gives back counts, never rows.
   */
  function loadResult(input: LoadResultInput): Promise<LoadedResult> {
    const { info, cancellationSignal: signal } = Context.current();
    let loading: Loading | null = null;
    const work = async (): Promise<LoadedResult> => {
      try {
        const source = await sourceOf(dependencies, input);
        loading = await open(dependencies, source, input, info.attempt);
        if (loading.file.state !== 'loaded') await load(dependencies, source, loading, input, signal);
        stopIfWanted(signal);
        return { done: true, counts: await countsNow(dependencies, input) };
      } catch (error) {
        if (signal.aborted && loading !== null) await bookRequests(dependencies, loading);
        stopIfWanted(signal);
        if (signal.aborted && loading !== null) return { done: false, counts: await countsNow(dependencies, input) };
        throw await failedAttempt(dependencies, input, loading, error);
      }
    };
    return beating(work, () => progress(input.stream, loading));
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
  input: LoadResultInput,
  signal: AbortSignal,
): Promise<void> {
  const { sql } = dependencies.store;
  const { resultId, rewrite } = input;
  try {
    await loadFile(dependencies, source, loading, signal);
    loading.merging = true;
    const { maxDeletePercent } = source.connection;
    await mergeResult(sql, source.table, loading.fence, resultId, { complete: true, rewrite, maxDeletePercent });
  } catch (error) {
    if (signal.aborted || !isOfFile(error) || !isFinal(dependencies, loading, error, input)) throw error;
    const { rowsDone } = loading.file;
    const reason = `${error.message} ${rowsDone > 0 ? 'What came before is kept.' : 'Nothing of it is stored.'}`;
    if (rowsDone > 0) {
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

function isFinal({ patience }: ActivityDependencies, loading: Loading, error: Error, input: LoadResultInput): boolean {
  return error instanceof ResultGoneError || !planRetry(error, retryState(loading, error, input), patience).retry;
}

/** Read by `describe` while the activity is pending, and shown in the Web UI. */
function progress(stream: string, loading: Loading | null) {
  return loading === null ? { stream } : { stream, counts: loading.counts(), file: loading.place() };
}

async function countsNow({ store }: ActivityDependencies, input: LoadResultInput): Promise<StreamCounts> {
  const cursor = await readCursor(store, input, input.runId);
  if (cursor === null) throw new Error('the run has no cursor, although it has just been claimed');
  return countsOf(cursor, 0);
}
