import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { Receipt } from '../receipt.ts';
import { progressQuery, resumeSignal } from './messages.ts';
import { type RunOptions, syncWorkflowId } from './names.ts';
import { type Carried, RunState } from './run-state.ts';

/** Patient with everything: when to stop trying is decided by the activities, which know what failed. */
const { readPages } = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '5 seconds',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  // For workers that died, whose attempts may well have committed pages: every failure that is told brings its own delay.
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 1 },
});

const { openRun, noteStatus, closeRun } = proxyActivities<Activities>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: '5 seconds',
  retry: { initialInterval: '250 milliseconds', backoffCoefficient: 2, maximumInterval: '5 seconds' },
});

const firstParkMs = 60_000;
const longestParkMs = 60 * 60_000;

/**
 * Pulls an Incentify portfolio: projects, then credits, then utilizations, each page stored exactly once.
 *
 * `connection` is a name from the configuration; `options` may name streams. `carried` is what continuing as new hands
 * over, and nobody else passes it.
 */
export async function portfolioSync(connection: string, options: RunOptions = {}, carried?: Carried): Promise<Receipt> {
  const state = new RunState(connection, options, carried);
  setHandler(progressQuery, () => state.progress(), { description: 'How far the run is, stream by stream.' });
  setHandler(resumeSignal, () => state.resume(), {
    description: 'Tells a parked run to try again now, after the key or its rights were mended.',
  });
  try {
    await open(state);
    await readStreams(state);
    return await close(state, 'ended');
  } catch (error) {
    return await endEarly(state, error);
  }
}

async function open(state: RunState): Promise<void> {
  if (state.opened) return;
  refuseOtherId(state.connection);
  const { runId, connection, options } = state;
  state.open(await openRun({ connection, runId, trigger: options.trigger ?? 'person', streams: options.streams }));
}

/** The fixed id is what keeps a connection to one run at a time; under another, two would fight for the cursor. */
function refuseOtherId(connection: string): void {
  const expected = syncWorkflowId(connection);
  if (workflowInfo().workflowId === expected) return;
  throw ApplicationFailure.create({
    type: 'Configuration',
    message: `A run of \`${connection}\` must have the workflow id \`${expected}\`. Start it again with that id.`,
    nonRetryable: true,
  });
}

async function readStreams(state: RunState): Promise<void> {
  for (let stream = state.unread(); stream !== null; stream = state.unread()) {
    const outcome = await readSome(state, stream);
    if (outcome !== 'parked' && workflowInfo().continueAsNewSuggested) await goOnAsNew(state);
  }
}

/** One slice of a stream. A credential that is refused parks the run, with its place kept. */
async function readSome(state: RunState, stream: string): Promise<'read' | 'parked'> {
  try {
    const summary = `${stream}, from page ${state.pagesOf(stream) + 1}`;
    state.advanced(stream, await readPages.executeWithOptions({ summary }, [state.nextRead(stream)]));
    return 'read';
  } catch (error) {
    const refused = refusedCredential(error);
    if (refused === null) throw error;
    await park(state, refused);
    return 'parked';
  }
}

async function park(state: RunState, reason: string): Promise<void> {
  const waitMs = Math.min(firstParkMs * 2 ** state.parkings, longestParkMs);
  state.park(reason, waitMs);
  await noteStatus({ runId: state.runId, status: 'parked' });
  await condition(() => state.wantsToResume, waitMs);
  state.unpark();
  await noteStatus({ runId: state.runId, status: 'running' });
}

async function goOnAsNew(state: RunState): Promise<void> {
  await condition(allHandlersFinished);
  await continueAsNew<typeof portfolioSync>(state.connection, state.options, state.carry());
}

async function close(state: RunState, outcome: 'ended' | 'failed' | 'cancelled'): Promise<Receipt> {
  const { connection, system, runId, streams, reasons } = state;
  const receipt = await closeRun({ connection, system, runId, pass: 1, streams: [...streams], outcome, reasons });
  state.close(receipt);
  await condition(allHandlersFinished);
  return receipt;
}

/** A run that fails or is cancelled still gets its receipt, and is never shown as a success. */
async function endEarly(state: RunState, error: unknown): Promise<never> {
  if (!(error instanceof Error) || error.name === 'ContinueAsNew') throw error;
  const cancelled = isCancellation(error);
  state.reasons.push(cancelled ? 'The run was cancelled.' : sentence(error));
  const outcome = cancelled ? 'cancelled' : 'failed';
  const receipt = await CancellationScope.nonCancellable(async () =>
    state.opened ? await close(state, outcome) : undefined,
  );
  if (cancelled) throw error;
  throw ApplicationFailure.create({
    type: failureType(error),
    message: sentence(error),
    nonRetryable: true,
    details: receipt === undefined ? [] : [receipt],
  });
}

function applicationFailure(error: unknown): ApplicationFailure | null {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure ? cause : null;
}

function refusedCredential(error: unknown): string | null {
  const failure = applicationFailure(error);
  return failure?.type === 'Authentication' ? failure.message : null;
}

function failureType(error: Error): string {
  return applicationFailure(error)?.type ?? 'Unexpected';
}

function sentence(error: Error): string {
  return applicationFailure(error)?.message ?? error.message;
}
