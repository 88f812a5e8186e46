import { createCloseRun } from './close-run.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { createMarkDeleted } from './mark-deleted.ts';
import { createNoteStatus } from './note-status.ts';
import { createOpenRun } from './open-run.ts';
import { createReadPages } from './read-pages.ts';
import { createCountPass, createFindMissing } from './settle-pass.ts';

/** Everything a workflow can ask a worker to do. The names are what the Web UI shows. */
export function createActivities(dependencies: ActivityDependencies) {
  return {
    openRun: createOpenRun(dependencies),
    readPages: createReadPages(dependencies),
    countPass: createCountPass(dependencies),
    findMissing: createFindMissing(dependencies),
    markDeleted: createMarkDeleted(dependencies),
    noteStatus: createNoteStatus(dependencies),
    closeRun: createCloseRun(dependencies),
  };
}

export type Activities = ReturnType<typeof createActivities>;
