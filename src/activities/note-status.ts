import type { RunStatus, Wait } from '../receipt.ts';
import { readStanding } from '../store/causes.ts';
import { setRunStatus } from '../store/runs.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withDatabase } from './failure.ts';
import { noteStanding } from './journal.ts';
import { lookAfterAlerts } from './look-after-alerts.ts';

export interface NoteStatusInput {
  runId: string;
  status: RunStatus | 'running' | 'paused';
  /** Of a run that is parked. */
  waits?: Wait;
}

export const createNoteStatus = (dependencies: ActivityDependencies) =>
  /** Keeps `sync.runs` true while a run is parked or paused, and when it goes on. */
  function noteStatus({ runId, status, waits }: NoteStatusInput): Promise<void> {
    const { store, redact } = dependencies;
    return withDatabase(redact, async () => {
      const before = await readStanding(store.sql, runId);
      await setRunStatus(store.db, runId, status, waits);
      if (before !== null) await noteStanding(dependencies, before, { status, waits });
      await lookAfterAlerts(dependencies);
    });
  };
