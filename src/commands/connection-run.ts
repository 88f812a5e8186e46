import type { Client } from '@temporalio/client';
import { situationOf } from '../operations/control.ts';
import { type RunnableConnection, runUnderWay } from '../operations/runs.ts';
import { CommandError } from './shared.ts';

/** Temporal, and which of its runs and schedules are ours. */
export interface Owner {
  client: Client;
  installation: string;
}

/**
 * Terminates a run that only waits for a person. It has nothing under way that would have to be finished first, and its
 * receipt would go with the rest.
 *
 * @returns `terminated`, or null where no run was under way.
 * @throws CommandError while a run reads.
 */
export async function endWaitingRun(
  { client, installation }: Owner,
  connection: RunnableConnection,
): Promise<'terminated' | null> {
  const run = await runUnderWay(client, connection, installation);
  if (run === null) return null;
  const { status } = await situationOf(run);
  if (status !== 'parked' && status !== 'paused') {
    throw new CommandError(
      `A run of ${connection.name} is reading, so nothing was changed. Wait for its end, or end it with \`incentive-sync cancel ${connection.name}\`.`,
    );
  }
  await run.handle.terminate('its connection is being purged');
  return 'terminated';
}
