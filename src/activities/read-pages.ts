import { Context } from '@temporalio/activity';
import type { PassAgain } from '../causes.ts';
import type { StreamCounts } from '../receipt.ts';
import { notePass } from '../store/causes.ts';
import { claimCursor, type StreamKey } from '../store/claim.ts';
import { beating } from './beating.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { bookRequests, failedAttempt } from './failed-attempt.ts';
import { within } from './journal.ts';
import { readPools } from './read-pools.ts';
import { readStream } from './read-stream.ts';
import { Reading } from './reading.ts';
import { type SettledPass, settle } from './settle-pass.ts';
import { stopIfWanted } from './stopping.ts';
import { knownStream } from './streams.ts';

export interface ReadPagesInput extends StreamKey {
  runId: string;
  runSequence: number;
  /** Grows with each `readPages` of the run. */
  lease: number;
  pass: number;
  /** Rows that have not changed are written as well. */
  rewrite: boolean;
  /** Why there is one more pass; null or missing where it is the first. */
  again?: PassAgain | null;
  /** True until the run has read its first page. */
  firstContact: boolean;
}

export interface ReadPagesResult {
  /** The pass has read its last page. */
  done: boolean;
  /** Of this stream in this run so far. `deleted` and `orphans` are counted when the run is closed. */
  counts: StreamCounts;
  /** What the pass came to; only where it is done and nothing was in a hurry. */
  settled?: SettledPass;
}

export const createReadPages = (dependencies: ActivityDependencies) =>
  /** Reads and stores many pages of one stream, from its cursor on, for some seconds; gives back counts, never rows. */
  function readPages(input: ReadPagesInput): Promise<ReadPagesResult> {
    const { info, cancellationSignal: signal } = Context.current();
    let reading: Reading | null = null;
    const read = async (): Promise<ReadPagesResult> => {
      try {
        reading = new Reading(input, input, await claim(dependencies, input, info.attempt));
        if (!reading.cursor.done) {
          await readOn(dependencies, reading, signal);
          if (reading.cursor.done) await noteAgain(dependencies, input);
        }
        stopIfWanted(signal);
        const told = { done: reading.cursor.done, counts: reading.counts() };
        return told.done ? { ...told, settled: await settle(dependencies.store, input) } : told;
      } catch (error) {
        if (signal.aborted && reading !== null) await bookRequests(dependencies, reading);
        stopIfWanted(signal);
        if (signal.aborted && reading !== null) return { done: reading.cursor.done, counts: reading.counts() };
        throw await failedAttempt(dependencies, input, reading, error);
      }
    };
    return beating(read, () => progress(input.stream, reading));
  };

function readOn(dependencies: ActivityDependencies, reading: Reading, signal: AbortSignal): Promise<void> {
  const { connection, stream } = reading.key;
  if (dependencies.connection(connection).system === 'vibes') return readPools(dependencies, reading, signal);
  return readStream(dependencies, knownStream(stream), reading, signal);
}

function claim({ store }: ActivityDependencies, input: ReadPagesInput, attempt: number) {
  const { runId, runSequence, lease, pass } = input;
  return claimCursor(store.sql, input, { runId, runSequence, lease, attempt, pass });
}

/** A pass that came on top has been read to its end. */
async function noteAgain({ store }: ActivityDependencies, { again, connection, stream, runId }: ReadPagesInput) {
  if (again == null) return;
  const { kind, why } = again;
  await within(notePass(store.sql, { runId, connection, stream, kind, note: why ?? undefined })).catch(() => undefined);
}

/** Read by `describe` while the activity is pending: the counts of the newest commit. */
function progress(stream: string, reading: Reading | null) {
  return reading === null ? { stream } : { stream, counts: reading.counts() };
}
