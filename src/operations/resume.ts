import type { Client } from '@temporalio/client';
import { resumeSignal } from '../workflows/messages.ts';
import { type RunnableConnection, runUnderWay } from './runs.ts';
import { askProgress } from './watch.ts';

/**
 * Tells our parked runs to try again, because something may have been mended before this worker started; gives the names
 * of their connections. A run that a person has paused stays paused.
 */
export async function resumeParked(
  client: Client,
  connections: readonly RunnableConnection[],
  installation: string,
): Promise<string[]> {
  const resumed: string[] = [];
  for (const connection of connections) {
    const run = await runUnderWay(client, connection, installation);
    if (!run || (await askProgress(run, 10_000)).status !== 'parked') continue;
    await run.handle.signal(resumeSignal);
    resumed.push(connection.name);
  }
  return resumed;
}
