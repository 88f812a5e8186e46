import { intervalWarnings } from '../operations/schedule-warnings.ts';
import { applySchedules, type PlannedSchedule, type SchedulableConnection } from '../operations/schedules.ts';
import { openStore } from '../store/connect.ts';
import { secondsOfLastRuns } from '../store/run-seconds.ts';
import type { Instance } from './instance.ts';

export interface AppliedSchedules {
  schedules: PlannedSchedule[];
  /** Sentences about what is allowed but probably not meant. */
  warnings: string[];
}

/** Makes the schedules equal to the file: what `start` and `apply` do alike once everything else is prepared. */
export async function applyFile(
  { client, installation, searchAttributes, databaseUrl }: Omit<Instance, 'config' | 'own' | 'stop' | 'webUi'>,
  connections: readonly SchedulableConnection[],
): Promise<AppliedSchedules> {
  const schedules = await applySchedules(client, connections, { installation, searchAttributes });
  const store = openStore({ url: databaseUrl, applicationName: 'incentive-sync command', maxConnections: 1 });
  const seconds = await secondsOfLastRuns(store.sql).finally(() => store.close());
  return { schedules, warnings: intervalWarnings(connections, seconds) };
}
