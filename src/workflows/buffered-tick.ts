import { setCurrentDetails } from '@temporalio/workflow';
import { awaitRunEnd } from './proxies.ts';
import type { DueTick } from './ticks.ts';

/**
 * The one tick of a connection that waits (overlap: buffer_one, cancel_other), under a fixed id so that Temporal itself
 * keeps it to one: whoever waits holds a worker's slot. Ends when the run under way has; its parent then begins the run
 * that was due.
 */
export async function bufferedTick({ connection, dueAt }: DueTick, runId: string): Promise<void> {
  setCurrentDetails(`A run of \`${connection}\` was due at ${dueAt}. It begins when the run ${runId} has ended.`);
  await awaitRunEnd({ connection, runId });
}
