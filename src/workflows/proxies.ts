import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { ApplyPoolChangeInput } from '../activities/apply-pool-change.ts';
import type { AwaitRunEndInput } from '../activities/await-run-end.ts';
import type { CancelRunInput } from '../activities/cancel-run.ts';
import type { JudgedTick } from '../activities/decide-tick.ts';
import type { DeliveredKpis, DeliverKpisInput } from '../activities/deliver-kpis.ts';
import type { FetchedResult, FetchResultInput } from '../activities/fetch-result.ts';
import type { FindResultsInput, FoundResults } from '../activities/find-results.ts';
import type { GatheredKpis, GatherKpisInput } from '../activities/gather-kpis.ts';
import type { Activities } from '../activities/index.ts';
import type { LoadedResult, LoadResultInput } from '../activities/load-result.ts';
import type { MendRowsInput } from '../activities/mend-rows.ts';
import type { NoteTickInput } from '../activities/note-tick.ts';
import type { PauseAfterFailuresInput } from '../activities/pause-after-failures.ts';
import type { ReadPagesInput, ReadPagesResult } from '../activities/read-pages.ts';
import { connectionTaskQueue } from './names.ts';
import type { DueTick } from './ticks.ts';

/** Patient with everything: when to stop trying is decided by the activities, which know what failed. */
const reading = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '5 seconds',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  // For workers that died, whose attempts may well have committed pages: every failure that is told brings its own delay.
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 1 },
});

/** Activities that only talk to the database. */
const counting = proxyActivities<Activities>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '5 seconds',
  retry: { initialInterval: '250 milliseconds', backoffCoefficient: 2, maximumInterval: '5 seconds' },
});

/** Every activity is told whose run it works for, so that another installation's worker hands it back. */
function owned<Input extends object>(input: Input): Input & { installation?: string } {
  const installation = workflowInfo().memo?.installation;
  return typeof installation === 'string' ? { ...input, installation } : input;
}

const own =
  <Input extends object, Output>(activity: (input: Input) => Promise<Output>) =>
  (input: Input): Promise<Output> =>
    activity(owned(input));

/** `summary` is what the Web UI shows beside the activity's name. */
export const readPages = (input: ReadPagesInput, summary: string): Promise<ReadPagesResult> =>
  reading.readPages.executeWithOptions({ summary }, [owned(input)]);

/** Files are of any size: they end when they are read, or when nothing comes any more. */
const loading = proxyActivities<Activities>({
  startToCloseTimeout: '7 days',
  heartbeatTimeout: '5 seconds',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 1 },
});

export const listExports = own(reading.listExports);

export const findResults = (input: FindResultsInput, summary: string): Promise<FoundResults> =>
  reading.findResults.executeWithOptions({ summary }, [owned(input)]);

export const fetchResult = (input: FetchResultInput, summary: string): Promise<FetchedResult | null> =>
  reading.fetchResult.executeWithOptions({ summary }, [owned(input)]);

export const loadResult = (input: LoadResultInput, summary: string): Promise<LoadedResult> =>
  loading.loadResult.executeWithOptions({ summary }, [owned(input)]);

export const mendRows = (input: MendRowsInput, summary: string): Promise<number> =>
  loading.mendRows.executeWithOptions({ summary }, [owned(input)]);

/** On the connection's own queue, whose rate is limited; a worker must not be handed one past that limit. */
const delivering = (connection: string) =>
  proxyActivities<Activities>({
    taskQueue: connectionTaskQueue(connection),
    allowEagerDispatch: false,
    startToCloseTimeout: '30 minutes',
    heartbeatTimeout: '5 seconds',
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { initialInterval: '500 milliseconds', backoffCoefficient: 1 },
  });

export const deliverKpis = (input: DeliverKpisInput, summary: string): Promise<DeliveredKpis> =>
  delivering(input.connection).deliverKpis.executeWithOptions({ summary }, [owned(input)]);

export const gatherKpis = (input: GatherKpisInput, summary: string): Promise<GatheredKpis> =>
  counting.gatherKpis.executeWithOptions({ summary }, [owned(input)]);

export const applyPoolChange = (input: ApplyPoolChangeInput, summary: string): Promise<void> =>
  reading.applyPoolChange.executeWithOptions({ summary }, [owned(input)]);

export const listPoolChanges = own(counting.listPoolChanges);
export const closePoolPlan = own(counting.closePoolPlan);
export const checkJournal = own(counting.checkJournal);
export const acknowledgeJournal = own(counting.acknowledgeJournal);
export const openRun = own(counting.openRun);
export const settlePass = own(counting.settlePass);
export const markDeleted = own(counting.markDeleted);
export const noteStatus = own(counting.noteStatus);
export const checkAlerts = own(counting.checkAlerts);
export const deliverAlerts = own(counting.deliverAlerts);
export const closeRun = own(counting.closeRun);

/** For as long as a run takes: each attempt that ends is followed by the next. */
const awaiting = proxyActivities<Activities>({
  startToCloseTimeout: '7 days',
  heartbeatTimeout: '5 seconds',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '250 milliseconds', backoffCoefficient: 1 },
});

export const awaitRunEnd = (input: AwaitRunEndInput): Promise<void> =>
  awaiting.awaitRunEnd.executeWithOptions({ summary: `the end of the run ${input.runId}` }, [owned(input)]);

export const cancelRun = (input: CancelRunInput): Promise<void> =>
  counting.cancelRun.executeWithOptions({ summary: `the run ${input.runId}` }, [owned(input)]);

export const judgeTick = (tick: DueTick): Promise<JudgedTick> =>
  counting.judgeTick.executeWithOptions({ summary: `due ${tick.dueAt}, overlap: ${tick.overlap}` }, [owned(tick)]);

export const noteTick = (tick: NoteTickInput): Promise<void> =>
  counting.noteTick.executeWithOptions({ summary: tick.outcome }, [owned(tick)]);

export const pauseAfterFailures = (input: PauseAfterFailuresInput): Promise<string | null> =>
  counting.pauseAfterFailures.executeWithOptions({ summary: `pauses after ${input.after} in a row` }, [owned(input)]);
