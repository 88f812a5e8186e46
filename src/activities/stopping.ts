import { ApplicationFailure } from '@temporalio/common';

/** A worker that stops hands its place on at once; one whose attempt is no longer wanted has nobody to tell. */
export function stopIfWanted(signal: AbortSignal): void {
  if (!signal.aborted) return;
  if (signal.reason instanceof Error && signal.reason.message === 'CANCELLED') return;
  if (signal.reason instanceof Error && signal.reason.message === 'WORKER_SHUTDOWN') {
    throw ApplicationFailure.create({
      type: 'WorkerStopping',
      message: 'The worker is stopping; another one goes on from the last committed page.',
      nextRetryDelay: 1,
    });
  }
  signal.throwIfAborted();
}
