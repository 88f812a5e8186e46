import { allHandlersFinished, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { Receipt } from '../receipt.ts';
import { refusedCredential } from './failures.ts';
import type { RunOptions } from './names.ts';
import { markDeleted, readPages, settlePass } from './proxies.ts';
import type { StreamPlan } from './stream-plan.ts';
import type { CarriedStreams, StreamsState } from './streams-state.ts';
import { park, waitForApproval, waitWhilePaused } from './waits.ts';

/** A workflow that reads streams of records; continuing as new begins the same one again. */
type StreamsSync = (connection: string, options?: RunOptions, carried?: CarriedStreams) => Promise<Receipt>;

/** Streams are read one after another; what needs a person's approval waits until all are read. */
export async function readStreams(state: StreamsState): Promise<void> {
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
async function advance(state: StreamsState, plan: StreamPlan): Promise<void> {
  if (plan.state !== 'read') return readSome(state, plan);
  const { connection, runId } = state;
  state.settled(plan, await settlePass({ connection, runId, stream: plan.stream, pass: plan.pass }));
}

async function readSome(state: StreamsState, plan: StreamPlan): Promise<void> {
  const { stream } = plan;
  const summary = `${stream}, ${plan.pass > 1 ? `pass ${plan.pass}, ` : ''}from page ${state.countsOf(stream).pages + 1}`;
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

/** Marks one stream's rows as deleted, after approval where they are many. False when no stream has any left. */
async function sweepNext(state: StreamsState): Promise<boolean> {
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

async function goOnAsNew(state: StreamsState): Promise<void> {
  await condition(allHandlersFinished);
  await continueAsNew<StreamsSync>(state.connection, state.options, state.carry());
}
