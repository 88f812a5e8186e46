import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Receipt } from '../receipt.ts';
import { failureType, refusedCredential, sentence } from './failures.ts';
import {
  approveDeletesSignal,
  forceResyncSignal,
  pauseSignal,
  progressQuery,
  readApproval,
  readForceResync,
  resumeSignal,
  tickSignal,
} from './messages.ts';
import { type RunOptions, syncWorkflowId } from './names.ts';
import { closeRun, markDeleted, noteStatus, openRun, readPages, settlePass } from './proxies.ts';
import { type Carried, RunState } from './run-state.ts';
import { afterPass, type StreamPlan } from './stream-plan.ts';
import { verdictOf } from './verdict.ts';
import { park, waitForApproval, waitWhilePaused } from './waits.ts';

/**
 * Pulls an Incentify portfolio: projects, then credits, then utilizations, each page stored exactly once, each stream
 * read again where it does not add up, and rows marked as deleted that two complete passes did not show.
 *
 * `connection` is a name from the configuration; `options` may name streams. `carried` is what continuing as new hands
 * over, and nobody else passes it.
 */
export async function portfolioSync(connection: string, options: RunOptions = {}, carried?: Carried): Promise<Receipt> {
  const state = new RunState(connection, options, carried);
  handleMessages(state);
  try {
    await open(state);
    return await readToEnd(state);
  } catch (error) {
    return await endEarly(state, error);
  }
}

function handleMessages(state: RunState): void {
  setHandler(progressQuery, () => state.progress(), { description: 'How far the run is, stream by stream.' });
  setHandler(forceResyncSignal, (wanted) => state.forceResync(readForceResync(wanted)), {
    description:
      'Reads everything again from page 1 and writes it, changed or not. {"streams": ["credits"], "reason": "…"} names streams; empty means all.',
  });
  setHandler(pauseSignal, () => state.pause(), {
    description: 'Stops after the commit under way and waits for resume.',
  });
  setHandler(resumeSignal, () => state.resume(), {
    description: 'Goes on after a pause, or lets a parked run try again now that the key or its rights were mended.',
  });
  setHandler(approveDeletesSignal, (approval) => state.approve(readApproval(approval)), {
    description: 'Lets the rows be marked as deleted that {"digest": "…"} names; `approve-deletes` shows them.',
  });
  setHandler(tickSignal, () => state.tick(), { description: 'Its schedule was due: a parked run tries again.' });
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

async function readToEnd(state: RunState): Promise<Receipt> {
  for (;;) {
    await readStreams(state);
    // What was read to its end has ended: a cancellation that comes now comes too late.
    const receipt = await CancellationScope.nonCancellable(() => storeReceipt(state, 'ended'));
    // A resync that was asked for meanwhile would be lost with the run.
    if (!state.wantsResync) return end(state, receipt);
    await noteStatus({ runId: state.runId, status: 'running' });
  }
}

/** Streams are read one after another; what needs a person's approval waits until all are read. */
async function readStreams(state: RunState): Promise<void> {
  for (;;) {
    await waitWhilePaused(state);
    state.applyResyncs();
    const plan = state.unsettled();
    if (plan !== null) await advance(state, plan);
    else if (!(await sweepNext(state))) return;
    if (workflowInfo().continueAsNewSuggested) await goOnAsNew(state);
  }
}

/** One step with one stream: some pages more, or the account of a pass that was read to its end. */
async function advance(state: RunState, plan: StreamPlan): Promise<void> {
  if (plan.state !== 'read') return readSome(state, plan);
  state.update(await settle(state, plan));
}

async function readSome(state: RunState, plan: StreamPlan): Promise<void> {
  const { stream } = plan;
  const summary = `${stream}, ${plan.pass > 1 ? `pass ${plan.pass}, ` : ''}from page ${state.pagesOf(stream) + 1}`;
  try {
    await state.interruptible(async () => {
      state.advanced(stream, await readPages(state.nextRead(plan), summary));
    });
  } catch (error) {
    const refused = refusedCredential(error);
    if (refused === null) throw error;
    await park(state, refused);
  }
}

async function settle({ connection, runId, rules }: RunState, plan: StreamPlan): Promise<StreamPlan> {
  const { findings, missing } = await settlePass({ connection, stream: plan.stream, runId, pass: plan.pass });
  return afterPass(plan, findings, missing, rules);
}

/** Marks one stream's rows as deleted, after approval where they are many. False when no stream has any left. */
async function sweepNext(state: RunState): Promise<boolean> {
  const plan = state.unswept();
  if (plan?.sweep == null) return false;
  if (!plan.sweep.approved) {
    await waitForApproval(state, plan.stream, plan.sweep);
    return true;
  }
  const marked = await markDeleted({ ...state.nextClaim(plan), digest: plan.sweep.digest });
  // Where the list has changed since, the pass is looked at once more.
  state.update({ ...plan, state: marked === null ? 'read' : plan.state, sweep: null });
  return true;
}

async function goOnAsNew(state: RunState): Promise<void> {
  await condition(allHandlersFinished);
  await continueAsNew<typeof portfolioSync>(state.connection, state.options, state.carry());
}

function storeReceipt(state: RunState, outcome: 'ended' | 'failed' | 'cancelled'): Promise<Receipt> {
  const { connection, system, runId, reasons, rules } = state;
  const streams = state.plans.map((plan) => verdictOf(plan, rules));
  return closeRun({ connection, system, runId, streams, outcome, reasons });
}

async function end(state: RunState, receipt: Receipt): Promise<Receipt> {
  state.close(receipt);
  await condition(allHandlersFinished);
  return receipt;
}

/** A run that fails or is cancelled still gets its receipt, and is never shown as a success. */
async function endEarly(state: RunState, error: unknown): Promise<never> {
  if (!(error instanceof Error) || error.name === 'ContinueAsNew') throw error;
  // After a kill the activity's time-out, not its cancellation, may be what ends a cancelled run.
  const cancelled = isCancellation(error) || CancellationScope.current().consideredCancelled;
  state.reasons.push(cancelled ? 'The run was cancelled.' : sentence(error));
  const outcome = cancelled ? 'cancelled' : 'failed';
  const receipt = await CancellationScope.nonCancellable(async () =>
    state.opened ? await end(state, await storeReceipt(state, outcome)) : undefined,
  );
  if (cancelled) throw isCancellation(error) ? error : new CancelledFailure('The run was cancelled.');
  throw ApplicationFailure.create({
    type: failureType(error),
    message: sentence(error),
    nonRetryable: true,
    details: receipt === undefined ? [] : [receipt],
  });
}
