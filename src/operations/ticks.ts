import {
  type Client,
  ScheduleNotFoundError,
  type WorkflowExecutionDescription,
  WorkflowFailedError,
} from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { cancelledByScheduleSignal, tickSignal } from '../workflows/messages.ts';
import { scheduledMemo, scheduleId, searchAttributeNames, syncWorkflowId } from '../workflows/names.ts';
import type { RunUnderWay } from '../workflows/ticks.ts';
import { grpcCode, grpcStatus } from './grpc.ts';

/** What a tick of a schedule asks Temporal, and has it do. `runId` is always a run's first execution's. */
export function ticksOf(client: Client, installation: () => Promise<string>) {
  return {
    underWay: (connection: string) => runUnderWay(client, connection),
    begunAt: (connection: string, runId: string) => begunAt(client, connection, runId),
    tell: (connection: string) => tell(client, connection),
    cancel: (connection: string, runId: string) => cancel(client, connection, runId),
    ended: (connection: string, runId: string, signal: AbortSignal) => ended(client, connection, runId, signal),
    pause: async (connection: string, note: string) => pause(client, connection, await installation(), note),
  };
}

/** The run of a connection that is under way, whoever began it; null where there is none. */
async function runUnderWay(client: Client, connection: string): Promise<RunUnderWay | null> {
  const described = await found(client.workflow.getHandle(syncWorkflowId(connection)).describe());
  if (described?.status.name !== 'RUNNING') return null;
  const { memo, searchAttributes, runId, startTime } = described;
  const firstRunId = firstRunIdOf(described);
  // What continued as new began earlier; where Temporal has forgotten when, it was long ago.
  const begun = firstRunId === runId ? startTime : ((await begunAt(client, connection, firstRunId)) ?? new Date(0));
  const [trigger] = searchAttributes[searchAttributeNames.trigger] ?? [];
  return {
    runId: firstRunId,
    begunAt: begun.toISOString(),
    full: memo?.[scheduledMemo] !== undefined || trigger === 'start',
    installation: typeof memo?.installation === 'string' ? memo.installation : null,
  };
}

function firstRunIdOf({ raw, runId }: WorkflowExecutionDescription): string {
  return raw.workflowExecutionInfo?.firstRunId || runId;
}

/** By Temporal's clock; null where Temporal does not know the run any more. */
async function begunAt(client: Client, connection: string, runId: string): Promise<Date | null> {
  const described = await found(client.workflow.getHandle(syncWorkflowId(connection), runId).describe());
  return described?.startTime ?? null;
}

/** A parked run tries again. It may have ended meanwhile, and then there is nobody to tell. */
async function tell(client: Client, connection: string): Promise<void> {
  await found(client.workflow.getHandle(syncWorkflowId(connection)).signal(tickSignal));
}

/** Asks the run to end, after telling it who asks; it gets its receipt. */
async function cancel(client: Client, connection: string, runId: string): Promise<void> {
  const handle = client.workflow.getHandle(syncWorkflowId(connection), undefined, { firstExecutionRunId: runId });
  await found(handle.signal(cancelledByScheduleSignal, runId));
  await found(handle.cancel());
}

/** A worker's connection cannot end a call early, so one that is wanted no more lasts only so long. */
const pollMs = 20_000;

/** Waits until the run has ended, however it did and however often it continues as new. Rejects when `signal` comes. */
async function ended(client: Client, connection: string, runId: string, signal: AbortSignal): Promise<void> {
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    for (let over = false; !over; ) {
      signal.throwIfAborted();
      over = await Promise.race([
        stopped.promise,
        client.withDeadline(Date.now() + pollMs, () => hasEnded(client, connection, runId)),
      ]);
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Waits by the newest execution: Temporal forgets the first one of a run that goes on for longer. False where its time was up before. */
async function hasEnded(client: Client, connection: string, runId: string): Promise<boolean> {
  try {
    const newest = await found(client.workflow.getHandle(syncWorkflowId(connection)).describe());
    if (newest?.status.name !== 'RUNNING' || firstRunIdOf(newest) !== runId) return true;
    await found(client.workflow.getHandle(syncWorkflowId(connection), newest.runId).result());
    return true;
  } catch (error) {
    if (error instanceof WorkflowFailedError) return true;
    if (grpcCode(error) === grpcStatus.deadlineExceeded) return false;
    throw error;
  }
}

/** The note that the paused schedule bears now, ours or an earlier one; null where it is gone or not ours. */
async function pause(client: Client, connection: string, installation: string, note: string): Promise<string | null> {
  const handle = client.schedule.getHandle(scheduleId(connection));
  try {
    const { state, memo } = await handle.describe();
    if (memo?.installation !== installation) return null;
    if (state.paused) return state.note ?? '';
    await handle.pause(note);
    return note;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

/** Null where the workflow is not there (any more). */
async function found<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
