import { asking } from './asking.ts';
import type { ActivityDependencies } from './dependencies.ts';

export interface CancelRunInput {
  connection: string;
  /** First execution's run id. */
  runId: string;
}

export const createCancelRun = ({ ticks, redact }: ActivityDependencies) =>
  /** Asks a run to end in the name of its schedule; it stores its receipt and ends by itself. */
  function cancelRun({ connection, runId }: CancelRunInput): Promise<void> {
    return asking(redact, () => ticks.cancel(connection, runId));
  };
