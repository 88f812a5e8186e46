import type { Progress, Receipt, StreamCounts } from '../receipt.ts';

/** What we know of a run before it has said anything. */
export type RunIdentity = Pick<Receipt, 'connection' | 'system' | 'runId'>;

function withoutState({ state: _, ...counts }: Progress['streams'][string]): StreamCounts {
  return counts;
}

/** The receipt that a run's last known progress amounts to; without any progress it has no streams. */
export function receiptOf(run: RunIdentity, progress: Progress | null, status: Receipt['status']): Receipt {
  const streams = Object.entries(progress?.streams ?? {});
  return {
    connection: run.connection,
    system: run.system,
    runId: run.runId,
    status,
    streams: Object.fromEntries(streams.map(([name, stream]) => [name, withoutState(stream)])),
    reasons: [...(progress?.reasons ?? [])],
  };
}

/**
 * The receipt of a run whose workflow ended without giving one. The deepest message is the one that was written for
 * people; those around it only say that a workflow or an activity failed.
 */
export function receiptOfFailure(run: RunIdentity, progress: Progress | null, error: unknown): Receipt {
  const deepest = deepestCause(error);
  const ended = deepest.name === 'CancelledFailure' || deepest.name === 'TerminatedFailure';
  const receipt = receiptOf(run, progress, ended ? 'cancelled' : 'failed');
  const reason = reasonOf(deepest);
  return receipt.reasons.includes(reason) ? receipt : { ...receipt, reasons: [...receipt.reasons, reason] };
}

function deepestCause(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  return error.cause instanceof Error ? deepestCause(error.cause) : error;
}

const ownWords: Record<string, (message: string) => string> = {
  CancelledFailure: () => 'The run was cancelled. Its committed rows stay; the next run starts its own pass.',
  TerminatedFailure: (message) =>
    `The run was terminated (${message}). Its committed rows stay; the next run starts its own pass.`,
};

function reasonOf(error: Error): string {
  return ownWords[error.name]?.(error.message) ?? error.message;
}

/** Whether something that came through Temporal has a receipt's shape. */
export function isReceipt(value: unknown): value is Receipt {
  if (typeof value !== 'object' || value === null) return false;
  const { connection, runId, status, streams, reasons } = value as Partial<Record<keyof Receipt, unknown>>;
  return (
    typeof connection === 'string' &&
    typeof runId === 'string' &&
    typeof status === 'string' &&
    typeof streams === 'object' &&
    streams !== null &&
    Array.isArray(reasons)
  );
}
