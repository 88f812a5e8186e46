import { Context } from '@temporalio/activity';
import { AuthenticationError, ConfigurationError, RateLimitedError, VendorContractError } from '../errors.ts';
import type { Cursor } from '../store/claim.ts';
import type { Fence } from '../store/commit.ts';
import { recordFailure } from '../store/runs.ts';
import { slowDown } from '../store/throttle.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { asFailure, planRetry, type RetryState } from './failure.ts';
import { withRemedy } from './remedy.ts';

/** One attempt's hold on a stream, as far as its failure is concerned. */
export interface Attempt {
  readonly fence: Fence;
  /** As it was claimed, or later. */
  readonly cursor: Pick<Cursor, 'failures' | 'contractFailures' | 'idleMs'>;
  /** It has committed something. */
  readonly advanced: boolean;
  /** The run has read nothing of the stream yet. */
  readonly untouched: boolean;
  /** Requests that no commit has counted yet. */
  unbookedRequests(): number;
}

export interface AttemptInput {
  connection: string;
  /** True until the run has read its first page or file. */
  firstContact: boolean;
}

/**
 * An attempt to read a stream has failed: counts what it asked for, and makes the failure that says whether and when it is
 * tried again. `attempt` is null where the stream could not even be claimed.
 */
export async function failedAttempt(
  dependencies: ActivityDependencies,
  input: AttemptInput,
  attempt: Attempt | null,
  error: unknown,
): Promise<Error> {
  const state = attempt === null ? unclaimed(input) : retryState(attempt, error, input);
  if (attempt !== null) await book(dependencies, attempt, state);
  return vendorFailure(dependencies, input.connection, error, state);
}

/** What was asked for in vain is counted, though it is nobody's failure. */
export function bookRequests(dependencies: ActivityDependencies, attempt: Attempt): Promise<void> {
  return book(dependencies, attempt, attempt.cursor);
}

/** The database may be what failed; then the count is lost, which only makes the next wait shorter. */
async function book(
  { store }: ActivityDependencies,
  attempt: Attempt,
  { failures, contractFailures }: Pick<RetryState, 'failures' | 'contractFailures'>,
): Promise<void> {
  const counts = { requests: attempt.unbookedRequests(), failures, contractFailures };
  await recordFailure(store, attempt.fence, counts).catch(() => undefined);
}

function unclaimed({ firstContact }: AttemptInput): RetryState {
  const { attempt } = Context.current().info;
  return { failures: attempt, contractFailures: attempt, idleMs: 0, firstContact };
}

/** Attempts in a row that committed nothing, and how many of them the vendor's answer was to blame for. */
export function retryState(
  { advanced, cursor, untouched }: Attempt,
  error: unknown,
  { firstContact }: AttemptInput,
): RetryState {
  const before = advanced ? { failures: 0, contractFailures: 0, idleMs: 0 } : cursor;
  const broken = error instanceof VendorContractError || error instanceof ConfigurationError;
  return {
    failures: before.failures + 1,
    contractFailures: before.contractFailures + (broken ? 1 : 0),
    idleMs: before.idleMs,
    firstContact: firstContact && untouched,
  };
}

/** The failure of whatever asked the vendor: slows the connection down where it wants that, and names the secret to mend. */
export async function vendorFailure(
  { store, connection, patience, redact }: ActivityDependencies,
  name: string,
  error: unknown,
  state: RetryState,
): Promise<Error> {
  if (error instanceof RateLimitedError) {
    await slowDown(store.sql, name, error.retryAfterMs).catch(() => undefined);
  }
  const told = error instanceof AuthenticationError ? withRemedy(error, connection(name)) : error;
  return asFailure(told, planRetry(error, state, patience), redact);
}
