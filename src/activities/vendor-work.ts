import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { beating } from './beating.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { type AttemptInput, vendorFailure } from './failed-attempt.ts';

/** Runs an activity that asks the vendor for a little, and can be done again as a whole. */
export function withVendor<T>(
  dependencies: ActivityDependencies,
  { connection, firstContact }: AttemptInput,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { info, cancellationSignal } = Context.current();
  return beating(async () => {
    try {
      return await work(cancellationSignal);
    } catch (error) {
      if (cancellationSignal.aborted) throw new CancelledFailure('The run wants something else.');
      const idleMs = Date.now() - info.scheduledTimestampMs;
      const state = { failures: info.attempt, contractFailures: info.attempt, idleMs, firstContact };
      throw await vendorFailure(dependencies, connection, error, state);
    }
  });
}
