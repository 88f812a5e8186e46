import type { RunStatus } from '../receipt.ts';
import { setRunStatus } from '../store/runs.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withDatabase } from './failure.ts';

export interface NoteStatusInput {
  runId: string;
  status: RunStatus | 'running' | 'paused';
}

export const createNoteStatus = ({ store, redact }: ActivityDependencies) =>
  /** Keeps `sync.runs` true while a run is parked or paused, and when it goes on. */
  function noteStatus({ runId, status }: NoteStatusInput): Promise<void> {
    return withDatabase(redact, () => setRunStatus(store.db, runId, status));
  };
