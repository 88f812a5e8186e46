import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { AuthenticationError, RateLimitedError } from '../errors.ts';
import { slowDown } from '../store/throttle.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { asFailure, planRetry } from './failure.ts';
import { withRemedy } from './remedy.ts';

const beatMs = 500;

/** Who asks, and whether anything was ever read: a typing mistake should not be tried for minutes. */
export interface VendorWork {
  connection: string;
  firstContact: boolean;
}

/**
 * Runs an activity that asks the vendor for a little, and can be done again as a whole. It beats, so that one which a
 * frozen worker has taken is given to another within seconds.
 */
export async function withVendor<T>(
  dependencies: ActivityDependencies,
  { connection, firstContact }: VendorWork,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { info, cancellationSignal } = Context.current();
  const beat = setInterval(() => Context.current().heartbeat(), beatMs);
  try {
    return await work(cancellationSignal);
  } catch (error) {
    if (cancellationSignal.aborted) throw new CancelledFailure('The run wants something else.');
    const idleMs = Date.now() - info.scheduledTimestampMs;
    const tries = { failures: info.attempt, contractFailures: info.attempt, idleMs, firstContact };
    if (error instanceof RateLimitedError) {
      await slowDown(dependencies.store.sql, connection, error.retryAfterMs).catch(() => undefined);
    }
    const told = error instanceof AuthenticationError ? withRemedy(error, dependencies.connection(connection)) : error;
    throw asFailure(told, planRetry(error, tries, dependencies.patience), dependencies.redact);
  } finally {
    clearInterval(beat);
  }
}
