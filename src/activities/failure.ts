import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { LeaseLostError, RateLimitedError, SyncError, VendorContractError } from '../errors.ts';

/** What decides whether and when a failed attempt is repeated. */
export interface RetryState {
  /** Attempts in a row that ended without a committed page, this one included; 1 when it did commit something. */
  failures: number;
  /** Milliseconds since the run last committed a page of this stream. */
  idleMs: number;
  /** True until the run has read its first page: a typing mistake in the address should not be tried for minutes. */
  firstContact: boolean;
}

export type RetryPlan = { retry: true; afterMs: number } | { retry: false };

const firstContactTries = 5;
const contractTries = 4;
const patienceMs = 15 * 60 * 1000;
const patientTries = 10;
const longestDelayMs = 30_000;
const longestDatabaseDelayMs = 5_000;

/**
 * Decides about the next attempt. A pause that the vendor asks for is always granted; an unreachable vendor is tried for
 * 15 minutes without progress (five times, 4 s, if the run has read nothing yet); an answer that breaks the vendor's
 * contract four times; the database for as long as it takes.
 */
export function planRetry(error: unknown, state: RetryState): RetryPlan {
  const delay = 250 * 2 ** Math.min(state.failures - 1, 16);
  if (!(error instanceof SyncError))
    return { retry: state.failures < contractTries, afterMs: Math.min(delay, longestDelayMs) };
  if (error.kind === 'Configuration' || error.kind === 'Authentication') return { retry: false };
  if (error instanceof LeaseLostError && error.final) return { retry: false };
  if (error instanceof RateLimitedError) return { retry: true, afterMs: Math.max(error.retryAfterMs, 100) };
  if (error.kind === 'Database') return { retry: true, afterMs: Math.min(delay, longestDatabaseDelayMs) };
  if (error instanceof VendorContractError && state.failures >= contractTries) return { retry: false };
  if (state.firstContact ? state.failures >= firstContactTries : isHopeless(state)) return { retry: false };
  return { retry: true, afterMs: Math.min(delay, longestDelayMs) };
}

/** A run that was parked, or had no worker, for hours has not lost its patience with the vendor. */
function isHopeless({ failures, idleMs }: RetryState): boolean {
  return failures >= patientTries && idleMs > patienceMs;
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
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: !plan.retry,
    ...(plan.retry ? { nextRetryDelay: plan.afterMs } : {}),
  });
}

const beatMs = 500;

/**
 * Runs an activity that only talks to the database: tried again for as long as the database is away. It beats, so that
 * one which a frozen worker has taken is given to another within seconds.
 */
export async function withDatabase<T>(redact: (text: string) => string, work: () => Promise<T>): Promise<T> {
  const beat = setInterval(() => Context.current().heartbeat(), beatMs);
  try {
    return await work();
  } catch (error) {
    const failures = Context.current().info.attempt;
    throw asFailure(error, planRetry(error, { failures, idleMs: 0, firstContact: false }), redact);
  } finally {
    clearInterval(beat);
  }
}
