import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { LeaseLostError, RateLimitedError, SyncError } from '../errors.ts';
import { beating } from './beating.ts';

/** What decides whether and when a failed attempt is repeated. */
export interface RetryState {
  /** Attempts in a row that ended without a committed page, this one included; 1 when it did commit something. */
  failures: number;
  /** How many of these brought an answer that is not as documented: an outage before it does not count against it. */
  contractFailures: number;
  /** Milliseconds since the run last committed a page of this stream. */
  idleMs: number;
  /** True until the run has read its first page: a typing mistake in the address should not be tried for minutes. */
  firstContact: boolean;
}

export type RetryPlan = { retry: true; afterMs: number } | { retry: false };

/** How long the worker goes on with a vendor that gives no usable answer. Tries are attempts in a row. */
export interface Patience {
  /** Until a run has read its first page. */
  firstContactTries: number;
  /** With answers that break the vendor's contract. */
  contractTries: number;
  /** With a vendor that cannot be reached: so many tries, and so long without a page. */
  tries: number;
  unavailableMs: number;
  /** The same with a vendor that answers nothing but that it wants a pause. */
  pausesMs: number;
  /** Waits double from 250 ms up to this. */
  longestDelayMs: number;
}

const minute = 60_000;

export const defaultPatience: Patience = {
  firstContactTries: 5,
  contractTries: 4,
  tries: 10,
  unavailableMs: 15 * minute,
  pausesMs: 6 * 60 * minute,
  longestDelayMs: 30_000,
};

const longestDatabaseDelayMs = 5_000;

/**
 * Decides about the next attempt. By default a vendor that asks for pauses is granted them for six hours without a page
 * between; an unreachable one is tried for 15 minutes without progress (five times, 4 s, if the run has read nothing
 * yet); an answer that breaks the vendor's contract four times; the database for as long as it takes.
 */
export function planRetry(error: unknown, state: RetryState, patience: Patience = defaultPatience): RetryPlan {
  const { failures, contractFailures, firstContact } = state;
  const delay = Math.min(250 * 2 ** Math.min(failures - 1, 16), patience.longestDelayMs);
  const onceMore = (retry: boolean): RetryPlan => (retry ? { retry, afterMs: delay } : { retry });
  if (!(error instanceof SyncError)) return onceMore(failures < patience.contractTries);
  if (error instanceof LeaseLostError && error.final) return { retry: false };
  if (error instanceof RateLimitedError) return afterPause(error, state, delay, patience);
  switch (error.kind) {
    case 'Authentication':
      return { retry: false };
    case 'Configuration':
      // An address that was right a moment ago: a redirect or a "not found" may pass.
      return onceMore(!firstContact && contractFailures < patience.contractTries);
    case 'Database':
      return { retry: true, afterMs: Math.min(delay, longestDatabaseDelayMs) };
    case 'VendorContract':
      return onceMore(contractFailures < patience.contractTries);
    default:
      return onceMore(
        firstContact ? failures < patience.firstContactTries : !isHopeless(state, patience, patience.unavailableMs),
      );
  }
}

/** A vendor that asks for pauses of nothing, over and over, waits as long as one that cannot be reached. */
function afterPause(
  { retryAfterMs }: RateLimitedError,
  state: RetryState,
  delay: number,
  patience: Patience,
): RetryPlan {
  if (isHopeless(state, patience, patience.pausesMs)) return { retry: false };
  return { retry: true, afterMs: Math.max(retryAfterMs, delay) };
}

/** A run that was parked, or had no worker, for hours has not lost its patience with the vendor. */
function isHopeless({ failures, idleMs }: RetryState, { tries }: Patience, longestMs: number): boolean {
  return failures >= tries && idleMs > longestMs;
}

/**
 * The one place where our errors become Temporal's. Cancellation passes through; nothing else does, so that neither a
 * stack nor a vendor's text reaches the history.
 */
export function asFailure(error: unknown, plan: RetryPlan, redact: (text: string) => string): Error {
  if (error instanceof CancelledFailure) return error;
  const known = error instanceof SyncError;
  const type = known ? error.kind : 'Unexpected';
  const told = error instanceof Error ? error.message : String(error);
  const message = redact(
    known ? told : `Unexpected failure, which is a defect of incentive-sync: ${told.slice(0, 300)}`,
  );
  const failure = ApplicationFailure.create({
    type,
    message,
    nonRetryable: !plan.retry,
    ...(plan.retry ? { nextRetryDelay: plan.afterMs } : {}),
  });
  // Of this function, not of what failed: in the Web UI it would only bury the sentence.
  failure.stack = '';
  return failure;
}

/** Runs an activity that only talks to the database: tried again for as long as the database is away. */
export function withDatabase<T>(redact: (text: string) => string, work: () => Promise<T>): Promise<T> {
  const failures = Context.current().info.attempt;
  return beating(async () => {
    try {
      return await work();
    } catch (error) {
      const state = { failures, contractFailures: failures, idleMs: 0, firstContact: true };
      throw asFailure(error, planRetry(error, state), redact);
    }
  });
}
