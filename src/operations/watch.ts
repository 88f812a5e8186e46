import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError } from '@temporalio/client';
import type { Progress, Receipt } from '../receipt.ts';
import { progressQuery, resumeSignal } from '../workflows/messages.ts';
import { taskQueue } from '../workflows/names.ts';
import { TemporalUnreachableError } from './connect.ts';
import { isOutage } from './grpc.ts';
import { describePending, laterPending, type Pending, withPending } from './pending.ts';
import { isReceipt, type RunIdentity, receiptOf, receiptOfFailure } from './receipts.ts';
import type { Run } from './runs.ts';

export interface WatchOptions {
  /** Called at each look with the run's progress, and with what its pending activity has told since. */
  onProgress?: (progress: Progress) => void;
  /** Called when nobody has answered for 3 s, and with null when somebody answers again. */
  onSilence?: (silence: Silence | null) => void;
  /** Ends the watching (with its reason thrown), never the run. */
  signal?: AbortSignal;
  /** Milliseconds between two looks at the progress; 250 unless told. */
  pollMs?: number;
  /** Milliseconds without an answer of Temporal after which the watching is given up; 10 minutes unless told. */
  patienceMs?: number;
}

/** Who does not answer: the server, or the workers behind it. The sentence is for people. */
export interface Silence {
  missing: 'temporal' | 'worker';
  sentence: string;
}

const silenceMs = 3000;

/**
 * Follows a run to its end, or until it is parked, and gives its receipt. Neither a missing worker nor an outage of
 * Temporal ends the watching: they are told through `onSilence`, and it goes on.
 * @throws TemporalUnreachableError when Temporal has not answered for `patienceMs`.
 */
export async function watchRun(run: Run, options: WatchOptions = {}): Promise<Receipt> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const seen: Seen = { progress: null, pending: null, answeredAt: Date.now(), awaySince: null, silent: false };
  if (options.onProgress) void lookAtPending(run, seen, signal);
  try {
    return await Promise.race([untilEnd(run, seen, signal), untilParked(run, seen, options, signal)]);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    stop.abort();
  }
}

interface Seen {
  progress: Progress | null;
  pending: Pending | null;
  answeredAt: number;
  /** Since when Temporal itself does not answer; null while it does. */
  awaySince: number | null;
  silent: boolean;
}

function identityOf(run: Run): RunIdentity {
  return { connection: run.connection, system: run.system, runId: run.id };
}

async function untilEnd(run: Run, seen: Seen, signal: AbortSignal): Promise<Receipt> {
  for (;;) {
    try {
      return await run.client.connection.withAbortSignal(signal, () => run.handle.result());
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof WorkflowFailedError) return await failureReceipt(run, seen, error);
      if (!isOutage(error)) throw error;
      await sleep(1000, undefined, { signal });
    }
  }
}

/** The workflow leaves its receipt in its memo also when it fails; one that could not is judged by its last progress. */
async function failureReceipt(run: Run, seen: Seen, error: WorkflowFailedError): Promise<Receipt> {
  const left = await receiptInMemo(run).catch(() => null);
  if (left) return left;
  // Asks once more: the last look may have been before the last pages.
  const last = (await askProgress(run, 2000).catch(() => null)) ?? seen.progress;
  return receiptOfFailure(identityOf(run), last, error);
}

async function receiptInMemo(run: Run): Promise<Receipt | null> {
  const { memo } = await run.handle.describe();
  const receipt = memo?.receipt;
  return isReceipt(receipt) && receipt.runId === run.id ? receipt : null;
}

/** A run that was parked before we asked for it is told to try again; one that parks now has just been refused. */
async function untilParked(run: Run, seen: Seen, options: WatchOptions, signal: AbortSignal): Promise<Receipt> {
  let refusedBefore: string | null = null;
  for (let first = run.attached; ; ) {
    const progress = await look(run, seen, options, signal);
    if (progress && first) {
      first = false;
      refusedBefore = await resumeParked(run, progress);
    } else if (progress?.status === 'parked' && progress.waiting !== refusedBefore) {
      return receiptOf(identityOf(run), progress, 'parked');
    }
    await sleep(options.pollMs ?? 250, undefined, { signal });
  }
}

/** The words of a parking name the time of its next try, which tells the old one from the next. Trying again approves nothing. */
async function resumeParked(run: Run, progress: Progress): Promise<string | null> {
  if (progress.status !== 'parked' || progress.approval) return null;
  await run.handle.signal(resumeSignal);
  return progress.waiting;
}

const pendingEveryMs = 1000;

/** Until the watching ends. What cannot be told now is told next time: an outage shows at the query. */
async function lookAtPending(run: Run, seen: Seen, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const pending = await run.client.connection
      .withAbortSignal(signal, () => run.client.connection.withDeadline(Date.now() + 5000, () => describePending(run)))
      .catch(() => null);
    if (pending) seen.pending = laterPending(seen.pending, pending);
    await sleep(pendingEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

async function look(run: Run, seen: Seen, options: WatchOptions, signal: AbortSignal): Promise<Progress | null> {
  try {
    const progress = await run.client.connection.withAbortSignal(signal, () => askProgress(run, 5000));
    // After its end another run may answer under the same workflow id.
    if (progress.runId !== run.id) return null;
    answered(progress, seen, options);
    return progress;
  } catch (error) {
    signal.throwIfAborted();
    const away = await isAway(run, error, signal);
    signal.throwIfAborted();
    unanswered(away, seen, options);
    return null;
  }
}

/** The run's answer to the query `progress`; rejects where nobody answers within so many milliseconds. */
export function askProgress(run: Run, withinMs: number): Promise<Progress> {
  return run.client.connection.withDeadline(Date.now() + withinMs, () => run.handle.query(progressQuery));
}

function answered(progress: Progress, seen: Seen, options: WatchOptions): void {
  if (seen.silent) options.onSilence?.(null);
  Object.assign(seen, { progress, answeredAt: Date.now(), awaySince: null, silent: false } satisfies Partial<Seen>);
  options.onProgress?.(seen.pending === null ? progress : withPending(progress, seen.pending));
}

const patienceDefaultMs = 10 * 60_000;

function unanswered(away: boolean, seen: Seen, options: WatchOptions): void {
  const now = Date.now();
  seen.awaySince = away ? (seen.awaySince ?? seen.answeredAt) : null;
  if (seen.awaySince !== null && now - seen.awaySince > (options.patienceMs ?? patienceDefaultMs)) {
    const minutes = Math.round((now - seen.awaySince) / 60_000);
    throw new TemporalUnreachableError(
      `Temporal has not answered for ${minutes} minutes, so nobody watches the run any more. It goes on when Temporal is back; \`incentive-sync status\` tells how it ended.`,
    );
  }
  if (seen.silent || now - seen.answeredAt < silenceMs) return;
  seen.silent = true;
  options.onSilence?.(silenceOf(away));
}

/** A query that no worker takes fails like one that the server does not get: only the server itself can tell which. */
async function isAway(run: Run, error: unknown, signal: AbortSignal): Promise<boolean> {
  if (!isOutage(error)) return false;
  const { connection } = run.client;
  const asked = connection.withAbortSignal(signal, () =>
    connection.withDeadline(Date.now() + 3000, () => run.handle.describe()),
  );
  return asked.then(
    () => false,
    (refusal) => isOutage(refusal),
  );
}

function silenceOf(away: boolean): Silence {
  if (away) return { missing: 'temporal', sentence: 'Temporal does not answer; the run goes on when it is back.' };
  const sentence = `No worker is answering on the task queue ${taskQueue}; the run goes on when one does (incentive-sync worker).`;
  return { missing: 'worker', sentence };
}
