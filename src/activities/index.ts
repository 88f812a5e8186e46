import { createApplyPoolChange } from './apply-pool-change.ts';
import { createAwaitRunEnd } from './await-run-end.ts';
import { createCancelRun } from './cancel-run.ts';
import { createCheckAlerts } from './check-alerts.ts';
import { createAcknowledgeJournal, createCheckJournal } from './check-journal.ts';
import { createCloseRun } from './close-run.ts';
import { createDeliverAlerts } from './deliver-alerts.ts';
import { createDeliverKpis } from './deliver-kpis.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { createFetchResult } from './fetch-result.ts';
import { createFindResults } from './find-results.ts';
import { createGatherKpis } from './gather-kpis.ts';
import { journaled } from './journal.ts';
import { createJudgeTick } from './judge-tick.ts';
import { createListExports } from './list-exports.ts';
import { createLoadResult } from './load-result.ts';
import { createMarkDeleted } from './mark-deleted.ts';
import { createMendRows } from './mend-rows.ts';
import { createNoteStatus } from './note-status.ts';
import { createNoteTick } from './note-tick.ts';
import { createOpenRun } from './open-run.ts';
import { ofInstallation } from './own.ts';
import { createPauseAfterFailures } from './pause-after-failures.ts';
import { createClosePoolPlan, createListPoolChanges } from './pool-plan.ts';
import { createReadPages } from './read-pages.ts';
import { createSettlePass } from './settle-pass.ts';

/** Everything a workflow can ask a worker to do. The names are what the Web UI shows. */
export function createActivities(dependencies: ActivityDependencies) {
  const ours = ofInstallation(dependencies.installation);
  const journal = journaled(dependencies);
  const own = <Input extends object, Output>(activity: (input: Input) => Promise<Output>) => ours(journal(activity));
  return {
    openRun: own(createOpenRun(dependencies)),
    readPages: own(createReadPages(dependencies)),
    settlePass: own(createSettlePass(dependencies)),
    listExports: own(createListExports(dependencies)),
    findResults: own(createFindResults(dependencies)),
    fetchResult: own(createFetchResult(dependencies)),
    mendRows: own(createMendRows(dependencies)),
    loadResult: own(createLoadResult(dependencies)),
    checkJournal: own(createCheckJournal(dependencies)),
    acknowledgeJournal: own(createAcknowledgeJournal(dependencies)),
    gatherKpis: own(createGatherKpis(dependencies)),
    deliverKpis: own(createDeliverKpis(dependencies)),
    listPoolChanges: own(createListPoolChanges(dependencies)),
    applyPoolChange: own(createApplyPoolChange(dependencies)),
    closePoolPlan: own(createClosePoolPlan(dependencies)),
    markDeleted: own(createMarkDeleted(dependencies)),
    noteStatus: own(createNoteStatus(dependencies)),
    checkAlerts: own(createCheckAlerts(dependencies)),
    deliverAlerts: own(createDeliverAlerts(dependencies)),
    closeRun: own(createCloseRun(dependencies)),
    judgeTick: ours(createJudgeTick(dependencies)),
    noteTick: ours(createNoteTick(dependencies)),
    cancelRun: ours(createCancelRun(dependencies)),
    awaitRunEnd: ours(createAwaitRunEnd(dependencies)),
    pauseAfterFailures: ours(createPauseAfterFailures(dependencies)),
  };
}

export type Activities = ReturnType<typeof createActivities>;
