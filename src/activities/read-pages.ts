import { Context } from '@temporalio/activity';
import { AuthenticationError, ConfigurationError, RateLimitedError, VendorContractError } from '../errors.ts';
import type { StreamCounts } from '../receipt.ts';
import { claimCursor, type StreamKey } from '../store/claim.ts';
import { recordFailure } from '../store/runs.ts';
import { slowDown } from '../store/throttle.ts';
import { connectionOf } from './connection-of.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { asFailure, planRetry } from './failure.ts';
import { readStream } from './read-stream.ts';
import { Reading } from './reading.ts';
import { withRemedy } from './remedy.ts';
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

const beatMs = 500;

export const createReadPages = (dependencies: ActivityDependencies) =>
  /** Reads and stores many pages of one stream, from its cursor on, for some seconds; gives back counts, never rows. */
  async function readPages(input: ReadPagesInput): Promise<ReadPagesResult> {
    const { info, cancellationSignal } = Context.current();
    let reading: Reading | null = null;
    const beat = setInterval(() => heartbeat(input.stream, reading), beatMs);
    try {
      reading = new Reading(input, input, await claim(dependencies, input, info.attempt));
      if (!reading.cursor.done) await readStream(dependencies, knownStream(input.stream), reading, cancellationSignal);
      stopIfWanted(cancellationSignal);
      const told = { done: reading.cursor.done, counts: reading.counts() };
      return told.done ? { ...told, settled: await settle(dependencies.store, input) } : told;
    } catch (error) {
      if (cancellationSignal.aborted && reading !== null) await bookRequests(dependencies, reading);
      stopIfWanted(cancellationSignal);
      if (cancellationSignal.aborted && reading !== null)
        return { done: reading.cursor.done, counts: reading.counts() };
      throw await failed(dependencies, input, reading, error);
    } finally {
      clearInterval(beat);
    }
  };

function claim({ store }: ActivityDependencies, input: ReadPagesInput, attempt: number) {
  const { runId, runSequence, lease, pass } = input;
  return claimCursor(store.sql, input, { runId, runSequence, lease, attempt, pass });
}

/** Read by `describe` while the activity is pending: the counts of the newest commit. */
function heartbeat(stream: string, reading: Reading | null): void {
  Context.current().heartbeat(reading === null ? { stream } : { stream, counts: reading.counts() });
}

/** What was asked for in vain is counted, though it is nobody's failure. */
async function bookRequests({ store }: ActivityDependencies, reading: Reading): Promise<void> {
  const { failures, contractFailures } = reading.cursor;
  const counts = { requests: reading.unbookedRequests(), failures, contractFailures };
  await recordFailure(store, reading.fence, counts).catch(() => undefined);
}

async function failed(
  { store, redact, connection, patience }: ActivityDependencies,
  input: ReadPagesInput,
  reading: Reading | null,
  error: unknown,
): Promise<Error> {
  const tries = triesOf(reading, error);
  const idleMs = reading?.cursor.idleMs ?? 0;
  const state = { ...tries, idleMs, firstContact: input.firstContact && reading?.cursor.pages === 0 };
  if (reading !== null) {
    // The database may be what failed; then the count is lost, which only makes the next wait shorter.
    await recordFailure(store, reading.fence, { requests: reading.unbookedRequests(), ...tries }).catch(
      () => undefined,
    );
  }
  if (error instanceof RateLimitedError) {
    await slowDown(store.sql, input.connection, error.retryAfterMs).catch(() => undefined);
  }
  const told =
    error instanceof AuthenticationError
      ? withRemedy(error, connectionOf('incentify', connection(input.connection)))
      : error;
  return asFailure(told, planRetry(error, state, patience), redact);
}

/** Attempts in a row without a page, and how many of them the vendor's answer was to blame for. */
function triesOf(reading: Reading | null, error: unknown): { failures: number; contractFailures: number } {
  const { attempt } = Context.current().info;
  if (reading === null) return { failures: attempt, contractFailures: attempt };
  const before = reading.pages > 0 ? { failures: 0, contractFailures: 0 } : reading.cursor;
  const broken = error instanceof VendorContractError || error instanceof ConfigurationError;
  return { failures: before.failures + 1, contractFailures: before.contractFailures + (broken ? 1 : 0) };
}
