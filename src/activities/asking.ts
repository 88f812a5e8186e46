import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { SyncError } from '../errors.ts';
import { beating } from './beating.ts';
import { asFailure } from './failure.ts';
import { stopIfWanted } from './stopping.ts';

const longestDelayMs = 5_000;
/** For what is neither the database's failure nor Temporal's, and may well be a defect. */
const strangeTries = 20;

/** Runs an activity that asks the database and Temporal: tried again for as long as one of them is away. */
export function asking<T>(redact: (text: string) => string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { info, cancellationSignal } = Context.current();
  return beating(async () => {
    try {
      return await work(cancellationSignal);
    } catch (error) {
      stopIfWanted(cancellationSignal);
      if (cancellationSignal.aborted) throw new CancelledFailure('It is not wanted any more.');
      const afterMs = Math.min(250 * 2 ** Math.min(info.attempt - 1, 16), longestDelayMs);
      const retry = isOutage(error) || info.attempt < strangeTries;
      throw asFailure(error, retry ? { retry, afterMs } : { retry }, redact);
    }
  });
}

/** The database, or gRPC: deadline exceeded, resource exhausted, aborted, internal, unavailable. */
function isOutage(error: unknown): boolean {
  if (error instanceof SyncError) return error.kind === 'Database';
  const code = grpcCode(error);
  return code !== null && [4, 8, 10, 13, 14].includes(code);
}

function grpcCode(error: unknown): number | null {
  if (!(error instanceof Error)) return null;
  return 'code' in error && typeof error.code === 'number' ? error.code : grpcCode(error.cause);
}
