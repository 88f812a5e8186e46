import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { describePending } from './pending.ts';
import { type RunnableConnection, runUnderWay } from './runs.ts';

/** A run that Temporal has under way, as far as it can be seen without a worker. */
export interface OpenRun {
  /** The first execution's run id. */
  readonly id: string;
  readonly startedAt: Date;
  /** The most that an activity under way was tried; 0 where none is. */
  readonly attempts: number;
  /** Why nothing moves and when it goes on, in words; null where nothing waits. */
  readonly waiting: string | null;
}

/** The run of a connection; null where none is under way, or where it is another installation's. */
export async function lookAtRun(
  client: Client,
  connection: RunnableConnection,
  installation: string,
): Promise<OpenRun | null> {
  const run = await runUnderWay(client, connection, installation);
  if (run === null) return null;
  try {
    const [{ startTime, raw }, pending] = await Promise.all([run.handle.describe(), describePending(run)]);
    const attempts = (raw.pendingActivities ?? []).map(({ attempt }) => attempt ?? 0);
    return { id: run.id, startedAt: startTime, attempts: Math.max(0, ...attempts), waiting: pending?.waiting ?? null };
  } catch (error) {
    // It has ended since.
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
