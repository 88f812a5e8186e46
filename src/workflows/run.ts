import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import type { StreamVerdict } from '../activities/judge.ts';
import type { Receipt } from '../receipt.ts';
import { failureType, sentence } from './failures.ts';
import { syncWorkflowId } from './names.ts';
import { closeRun, noteStatus, openRun } from './proxies.ts';
import type { RunState } from './run-state.ts';

/** What one system's workflow adds to a run. */
export interface RunWork<State extends RunState> {
  /** Reads everything; resolves when nothing is left to do. */
  read(state: State): Promise<void>;
  /** What there is to say of each stream now. */
  verdicts(state: State): StreamVerdict[];
}

/** A run from its opening to its receipt, which it also gets when it fails or is cancelled. */
export async function runToEnd<State extends RunState>(state: State, work: RunWork<State>): Promise<Receipt> {
  try {
    await open(state);
    return await readToEnd(state, work);
  } catch (error) {
    return await endEarly(state, work, error);
  }
}

async function open(state: RunState): Promise<void> {
  if (state.opened) return;
  refuseOtherId(state.connection);
  const { runId, connection, system, options } = state;
  const { trigger = 'person', streams, dueAt } = options;
  const requestedAt = workflowInfo().startTime.toISOString();
  state.showDetails();
  state.open(await openRun({ connection, system, runId, trigger, streams, dueAt, requestedAt }));
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

async function readToEnd<State extends RunState>(state: State, work: RunWork<State>): Promise<Receipt> {
  for (;;) {
    await work.read(state);
    // What was read to its end has ended: a cancellation that comes now comes too late.
    const receipt = await CancellationScope.nonCancellable(() => storeReceipt(state, work, 'ended'));
    // A resync that was asked for meanwhile would be lost with the run.
    if (!state.wantsResync) return end(state, receipt);
    await noteStatus({ runId: state.runId, status: 'running' });
  }
}

function storeReceipt<State extends RunState>(
  state: State,
  work: RunWork<State>,
  outcome: 'ended' | 'failed' | 'cancelled',
): Promise<Receipt> {
  const { connection, system, runId, reasons, rules } = state;
  return closeRun({ connection, system, runId, streams: work.verdicts(state), outcome, reasons, rules });
}

async function end(state: RunState, receipt: Receipt): Promise<Receipt> {
  state.close(receipt);
  await condition(allHandlersFinished);
  return receipt;
}

/** A run that fails or is cancelled still gets its receipt, and is never shown as a success. */
async function endEarly<State extends RunState>(state: State, work: RunWork<State>, error: unknown): Promise<never> {
  if (!(error instanceof Error) || error.name === 'ContinueAsNew') throw error;
  // After a kill the activity's time-out, not its cancellation, may be what ends a cancelled run.
  const cancelled = isCancellation(error) || CancellationScope.current().consideredCancelled;
  state.reasons.push(cancelled ? state.cancelled : sentence(error));
  if (!cancelled) state.noteTrouble(failureType(error), sentence(error));
  const outcome = cancelled ? 'cancelled' : 'failed';
  const receipt = await CancellationScope.nonCancellable(async () =>
    state.opened ? await end(state, await storeReceipt(state, work, outcome)) : undefined,
  );
  if (receipt === undefined) state.show(outcome);
  if (cancelled) throw isCancellation(error) ? error : new CancelledFailure('The run was cancelled.');
  throw failedRun(error, receipt);
}

/** What the Web UI shows of a run that failed: the sentence, its kind and the receipt, without a stack and what led there. */
function failedRun(error: Error, receipt: Receipt | undefined): ApplicationFailure {
  const failure = ApplicationFailure.create({
    type: failureType(error),
    message: sentence(error),
    nonRetryable: true,
    details: receipt === undefined ? [] : [receipt],
  });
  failure.stack = '';
  return failure;
}
