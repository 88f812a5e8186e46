import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { DeliveredKpis, DeliverKpisInput } from '../activities/deliver-kpis.ts';
import type { Activities } from '../activities/index.ts';
import type { Wait } from '../receipt.ts';
import { summary } from './about.ts';
import { connectionTaskQueue } from './names.ts';

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

interface Activity<Input, Output> {
  executeWithOptions(options: { summary: string }, args: [Input]): Promise<Output>;
}

/** The second argument is what the Web UI shows beside the activity's name. */
const told =
  <Input extends object, Output>(activity: Activity<Input, Output>) =>
  (input: Input, words: string): Promise<Output> =>
    activity.executeWithOptions({ summary: summary(words) }, [owned(input)]);

/** An activity that is for the same thing wherever it is called. */
const own =
  <Input extends object, Output>(activity: Activity<Input, Output>, words: string | ((input: Input) => string)) =>
  (input: Input): Promise<Output> =>
    told(activity)(input, typeof words === 'string' ? words : words(input));

/** Files are of any size: they end when they are read, or when nothing comes any more. */
const loading = proxyActivities<Activities>({
  startToCloseTimeout: '7 days',
  heartbeatTimeout: '5 seconds',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 1 },
});

export const readPages = told(reading.readPages);
export const listExports = own(reading.listExports, 'which exports the account has');
export const findResults = told(reading.findResults);
export const fetchResult = told(reading.fetchResult);
export const loadResult = told(loading.loadResult);
export const mendRows = told(loading.mendRows);

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

export const deliverKpis = (input: DeliverKpisInput, words: string): Promise<DeliveredKpis> =>
  told(delivering(input.connection).deliverKpis)(input, words);

export const gatherKpis = own(counting.gatherKpis, 'reads the sources and plans what is to be sent');
export const checkJournal = own(counting.checkJournal, 'compares the journal of deliveries with what Temporal knows');
export const acknowledgeJournal = own(counting.acknowledgeJournal, 'notes that a person agreed to the journal');

export const listPoolChanges = own(counting.listPoolChanges, 'which changes were approved');
export const applyPoolChange = told(reading.applyPoolChange);
export const closePoolPlan = own(counting.closePoolPlan, 'notes what became of the changes');

export const openRun = own(counting.openRun, ({ connection }) => `looks up ${connection} and registers the run`);
export const settlePass = own(counting.settlePass, ({ stream, pass }) => `${stream}, pass ${pass}: does it add up?`);
export const markDeleted = own(counting.markDeleted, ({ stream }) => `${stream}: marks what is gone as deleted`);
export const noteStatus = own(counting.noteStatus, ({ status, waits }) =>
  waits === undefined ? `the run is ${status}` : `the run is ${status}: ${waitsInWords[waits.for]}`,
);
export const closeRun = own(counting.closeRun, 'counts, judges and stores the receipt');

const waitsInWords: Record<Wait['for'], string> = {
  credential: 'the vendor refuses its credential',
  settings: 'its settings may be wrong',
  deletes: 'a person has to approve deletes',
  push: 'a person has to agree to the push',
};

export const checkAlerts = own(counting.checkAlerts, 'is there anything to tell?');
export const deliverAlerts = own(counting.deliverAlerts, ({ channel }) => `messages to ${channel}`);

/** For as long as a run takes: each attempt that ends is followed by the next. */
const awaiting = proxyActivities<Activities>({
  startToCloseTimeout: '7 days',
  heartbeatTimeout: '5 seconds',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  retry: { initialInterval: '250 milliseconds', backoffCoefficient: 1 },
});

export const awaitRunEnd = own(awaiting.awaitRunEnd, ({ runId }) => `the end of the run ${runId}`);
export const cancelRun = own(counting.cancelRun, ({ runId }) => `the run ${runId}`);
export const judgeTick = own(counting.judgeTick, ({ dueAt, overlap }) => `due ${dueAt}, overlap: ${overlap}`);
export const noteTick = own(counting.noteTick, ({ outcome }) => outcome);
export const pauseAfterFailures = own(counting.pauseAfterFailures, ({ after }) => `pauses after ${after} in a row`);
