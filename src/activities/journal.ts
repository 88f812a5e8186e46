import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { CauseKind } from '../causes.ts';
import type { Wait } from '../receipt.ts';
import { type Cause, noteCause, type Standing } from '../store/causes.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** What activities of a run are told; the others keep no journal. */
interface OfRun {
  runId?: string | undefined;
  stream?: string | undefined;
}

/** Nothing waits longer for the journal. */
const patienceMs = 1_000;
/** Shorter than what a person would ask about. */
const worthNotingMs = 2_000;
/** What could not be noted while the database was away is noted later, as far as this worker remembers. */
const mostRemembered = 100;

/** What is delivered waits for its turn as well, which is no fault of the workers; what opens a run counts from its start. */
const ownLateness = ['deliverKpis', 'openRun'];

const kinds: Readonly<Record<string, CauseKind>> = {
  RateLimited: 'rate-limited',
  VendorUnavailable: 'unavailable',
  VendorContract: 'contract',
  // In the middle of a run: an answer that only a wrong address would explain.
  Configuration: 'contract',
  Database: 'database',
  Unexpected: 'defect',
};

/** The run has lain so long before a worker took its first step. `requestedAt` is ISO 8601. */
export async function noteLateOpening(
  dependencies: Pick<ActivityDependencies, 'store'>,
  runId: string,
  requestedAt: string | undefined,
): Promise<void> {
  if (requestedAt === undefined || Context.current().info.attempt > 1) return;
  const lay = Date.now() - Date.parse(requestedAt);
  if (lay > worthNotingMs) await note(dependencies, { runId, kind: 'worker-missing', seconds: lay / 1000 });
}

/** Notes a cause; never rejects, and never waits long: the work matters more than why it took so long. */
export async function note({ store }: Pick<ActivityDependencies, 'store'>, cause: Cause): Promise<void> {
  await within(noteCause(store.sql, cause)).catch(() => undefined);
}

/** Settles like `noting`, but after a second at the latest: then it goes on by itself. */
export async function within(noting: Promise<void>): Promise<void> {
  await Promise.race([noting, sleep(patienceMs, undefined, { ref: false })]);
}

/** A run that was parked or paused has waited until now; one that is parked or paused begins to. */
export async function noteStanding(
  dependencies: Pick<ActivityDependencies, 'store'>,
  before: Standing,
  now: { status: string; waits?: Wait | undefined },
): Promise<void> {
  const { runId, seconds } = before;
  if (now.status === before.status) return;
  const was = waitKind(before.status, before.waitsFor);
  if (was !== null) {
    await note(dependencies, { runId, stream: before.stream ?? undefined, kind: was, times: 0, seconds });
  }
  const is = waitKind(now.status, now.waits?.for ?? null);
  if (is !== null) await note(dependencies, { runId, stream: now.waits?.stream, kind: is, note: now.waits?.why });
}

function waitKind(status: string, waitsFor: Wait['for'] | null): CauseKind | null {
  if (status === 'paused') return 'paused';
  if (status !== 'parked') return null;
  if (waitsFor === 'deletes') return 'brake';
  return waitsFor === 'push' ? 'agreement' : 'refused';
}

/**
 * Keeps the journal of causes for activities: how they failed and what is waited before the next attempt, attempts that
 * ended without a word, and steps that no worker took.
 */
export function journaled({ store, attemptLost }: ActivityDependencies) {
  const remembered: Cause[] = [];
  const remember = (cause: Cause): void => {
    if (remembered.length < mostRemembered) remembered.push(cause);
  };
  const write = (cause: Cause): Promise<void> => within(noteCause(store.sql, cause).catch(() => remember(cause)));
  const writeAll = async (causes: readonly Cause[]): Promise<void> => {
    for (const cause of [...remembered.splice(0), ...causes]) await write(cause);
  };
  return <Input extends object, Output>(activity: (input: Input) => Promise<Output>) =>
    async (input: Input & OfRun): Promise<Output> => {
      const { runId, stream } = input;
      if (runId === undefined) return activity(input);
      const of = { runId, stream };
      const before = within(beginning(of, attemptLost).then(writeAll, () => undefined));
      try {
        return await activity(input);
      } catch (error) {
        const cause = causeOf(error);
        if (cause?.kind === 'database') remember({ ...of, ...cause });
        else if (cause !== null) await within(writeAll([{ ...of, ...cause }]));
        throw error;
      } finally {
        await before;
      }
    };
}

/** What became of the attempt before this one, and how long this one lay. */
async function beginning(of: OfRun & { runId: string }, attemptLost: ActivityDependencies['attemptLost']) {
  const { info } = Context.current();
  const { attempt, activityType, currentAttemptScheduledTimestampMs, heartbeatTimeoutMs = 0 } = info;
  const causes: Cause[] = [];
  const lay = Date.now() - currentAttemptScheduledTimestampMs;
  if (lay > worthNotingMs && !ownLateness.includes(activityType)) {
    causes.push({ ...of, kind: 'worker-missing', seconds: lay / 1000 });
  }
  if (attempt > 1 && info.workflowExecution !== undefined) {
    const lost = await attemptLost(info.workflowExecution, info.activityId);
    if (lost) causes.push({ ...of, kind: 'worker-lost', seconds: heartbeatTimeoutMs / 1000 });
  }
  return causes;
}

/** Null for what is no trouble: cancelled, handed over, or refused, of which the parking tells. */
function causeOf(error: unknown): Omit<Cause, 'runId'> | null {
  if (!(error instanceof ApplicationFailure)) return null;
  const kind = kinds[error.type ?? ''];
  if (kind === undefined) return null;
  if (error.nonRetryable === true)
    return { kind: error.type === 'Configuration' ? 'refused' : kind, note: error.message };
  return { kind, waitSeconds: Number(error.nextRetryDelay ?? 0) / 1000, note: error.message };
}
