import { Context } from '@temporalio/activity';
import { ConfigurationError, VendorContractError } from '../errors.ts';
import type { StreamCounts } from '../receipt.ts';
import { type Cursor, claimCursor, type StreamKey } from '../store/claim.ts';
import { endResult, openFile } from '../store/neoday/file.ts';
import { countWaiting, pendingResults } from '../store/neoday/ledger.ts';
import { mergeResult } from '../store/neoday/merge.ts';
import { countsOf, readCursor } from '../store/runs.ts';
import { FileCutError, ResultGoneError } from '../vendors/neoday/errors.ts';
import { beating } from './beating.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { bookRequests, failedAttempt, retryState } from './failed-attempt.ts';
import { planRetry } from './failure.ts';
import { type FileLoad, type FileSource, loadFile } from './load-file.ts';
import { Loading } from './loading.ts';
import { sourceOf } from './source.ts';
import { stopIfWanted } from './stopping.ts';

export interface LoadResultInput extends StreamKey {
  runId: string;
  runSequence: number;
  /** Grows with each `loadResult` of the run. */
  lease: number;
  resultId: string;
  /** There are many more: those that come next are loaded as well, until the turn is over. */
  goOn: boolean;
  /** Rows that have not changed are written as well. */
  rewrite: boolean;
  firstContact: boolean;
}

export interface LoadedResult {
  /** Results of this export that the run has still to load, this one among them where a pause or a resync ended it. */
  left: number;
  /** Of this export in this run so far. */
  counts: StreamCounts;
}

/** No file is begun after so long. */
const turnMs = 5_000;
/** More than a turn has time for. */
const mostInTurn = 1_000;

export const createLoadResult = (dependencies: ActivityDependencies) =>
  /**
   * Downloads a result's file and loads it while it arrives: rows and the place in the file are committed together, and
   * once the file is complete its rows come into their table at once. Where told to, it goes on with the next results, each
   * like the first: small files are loaded faster than workflow and activity can hand over to each other. Gives back
   * counts, never rows.
   */
  function loadResult(input: LoadResultInput): Promise<LoadedResult> {
    const { info, cancellationSignal: signal } = Context.current();
    let loading: Loading | null = null;
    const work = async (): Promise<LoadedResult> => {
      try {
        const source = { ...(await sourceOf(dependencies, input)), rewrite: input.rewrite };
        const claimed = await claim(dependencies, input, info.attempt);
        for await (const resultId of turn(dependencies, input, signal)) {
          // Whoever has taken the cursor since has raised its epoch: that one is not ours.
          const cursor =
            loading === null ? claimed : { ...(await cursorNow(dependencies, input)), epoch: claimed.epoch };
          loading = await open(dependencies, source, input, resultId, cursor);
          if (loading.file.state !== 'loaded') await load(dependencies, source, loading, input, signal);
        }
        stopIfWanted(signal);
        return await outcome(dependencies, input);
      } catch (error) {
        if (signal.aborted && loading !== null) await bookRequests(dependencies, loading);
        stopIfWanted(signal);
        if (signal.aborted && loading !== null) return await outcome(dependencies, input);
        throw await failedAttempt(dependencies, input, loading, error);
      }
    };
    return beating(work, () => progress(input.stream, loading));
  };

function claim(
  { store }: ActivityDependencies,
  { connection, stream, runId, runSequence, lease }: LoadResultInput,
  attempt: number,
): Promise<Cursor> {
  return claimCursor(store.sql, { connection, stream }, { runId, runSequence, lease, attempt, pass: 1 });
}

/** The result that was asked for, and those that come next for as long as the turn lasts. */
async function* turn(
  { store }: ActivityDependencies,
  { connection, stream, runId, resultId, goOn }: LoadResultInput,
  signal: AbortSignal,
): AsyncGenerator<string, void> {
  const begun = performance.now();
  yield resultId;
  const key = { connection, export: stream };
  const next = goOn ? await pendingResults(store.sql, key, runId, mostInTurn) : [];
  for (const result of next) {
    if (signal.aborted || performance.now() - begun > turnMs) return;
    yield result.resultId;
  }
}

async function open(
  { store }: ActivityDependencies,
  { table, mapping }: FileSource,
  { connection, stream, runId }: LoadResultInput,
  resultId: string,
  cursor: Cursor,
): Promise<Loading> {
  const key = { connection, stream };
  const fence = { ...key, runId, pass: 1, epoch: cursor.epoch };
  return new Loading(key, runId, cursor, await openFile(store.sql, table, fence, resultId, mapping));
}

/** A file that can never be read whole ends its result, not the run: what came before is kept, and the ledger says why. */
async function load(
  dependencies: ActivityDependencies,
  source: FileLoad,
  loading: Loading,
  input: LoadResultInput,
  signal: AbortSignal,
): Promise<void> {
  const { sql } = dependencies.store;
  const { resultId } = loading.file;
  const { rewrite } = source;
  const { maxDeletePercent } = source.connection;
  try {
    const merged = await loadFile(dependencies, source, loading, signal);
    loading.merging = true;
    if (!merged) {
      await mergeResult(sql, source.table, loading.fence, resultId, { complete: true, rewrite, maxDeletePercent });
    }
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
  if (loading === null) return { stream };
  return { stream, result: loading.file.resultId, counts: loading.counts(), file: loading.place() };
}

async function cursorNow({ store }: ActivityDependencies, input: LoadResultInput): Promise<Cursor> {
  const cursor = await readCursor(store, input, input.runId);
  if (cursor === null) throw new Error('the run has no cursor, although it has just been claimed');
  return cursor;
}

async function outcome(dependencies: ActivityDependencies, input: LoadResultInput): Promise<LoadedResult> {
  const { connection, stream, runId } = input;
  const counts = countsOf(await cursorNow(dependencies, input), 0);
  const left = await countWaiting(dependencies.store.sql, { connection, export: stream }, runId);
  return { left, counts };
}
