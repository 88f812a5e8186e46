import { type RunnableConnection, runUnderWay } from '../operations/runs.ts';
import { askProgress } from '../operations/watch.ts';
import type { Store } from '../store/connect.ts';
import { readRunStatus } from '../store/runs.ts';
import type { Instance } from './instance.ts';
import { CommandError } from './shared.ts';

const answerMs = 5000;

/**
 * Terminates a run that only waits for a person. It has nothing under way that would have to be finished first, and its
 * receipt would go with the rest.
 *
 * @returns `terminated`, or null where no run was under way.
 * @throws CommandError while a run reads.
 */
export async function endWaitingRun(
  { client, installation }: Instance,
  connection: RunnableConnection,
  store: Store,
): Promise<'terminated' | null> {
  const run = await runUnderWay(client, connection, installation);
  if (run === null) return null;
  // Without a worker nobody answers, but what the run noted last is still true.
  const status = await askProgress(run, answerMs).then(
    (progress) => progress.status,
    () => readRunStatus(store.db, run.id),
  );
  if (status !== 'parked' && status !== 'paused') {
    throw new CommandError(
      `A run of ${connection.name} is reading, so nothing was changed. Wait for its end, or end it with \`incentive-sync cancel ${connection.name}\`.`,
    );
  }
  await run.handle.terminate('its connection is being purged');
  return 'terminated';
}
