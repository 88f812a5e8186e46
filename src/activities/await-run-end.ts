import { asking } from './asking.ts';
import type { ActivityDependencies } from './dependencies.ts';

export interface AwaitRunEndInput {
  connection: string;
  /** First execution's run id. */
  runId: string;
}

export const createAwaitRunEnd = ({ ticks, redact }: ActivityDependencies) =>
  /** Waits until a run has ended, however it did; a worker that dies meanwhile has its successor wait on. */
  function awaitRunEnd({ connection, runId }: AwaitRunEndInput): Promise<void> {
    return asking(redact, (signal) => ticks.ended(connection, runId, signal));
  };
