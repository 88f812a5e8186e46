import { allHandlersFinished, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { Receipt } from '../receipt.ts';
import { refusedCredential } from './failures.ts';
import { handleMessages } from './messaging.ts';
import type { RunOptions } from './names.ts';
import { type CarriedPortfolio, PortfolioState } from './portfolio-state.ts';
import { markDeleted, readPages, settlePass } from './proxies.ts';
import { runToEnd } from './run.ts';
import type { StreamPlan } from './stream-plan.ts';
import { verdictOf } from './verdict.ts';
import { park, waitForApproval, waitWhilePaused } from './waits.ts';

const resync =
  'Reads everything again from page 1 and writes it, changed or not. {"streams": ["credits"], "reason": "…"} names streams; empty means all.';

/**
 * Pulls an Incentify portfolio: projects, then credits, then utilizations, each page stored exactly once, each stream
 * read again where it does not add up, and rows marked as deleted that two complete passes did not show.
 *
 * `connection` is a name from the configuration; `options` may name streams. `carried` is what continuing as new hands
 * over, and nobody else passes it.
 */
export async function portfolioSync(
  connection: string,
  options: RunOptions = {},
  carried?: CarriedPortfolio,
): Promise<Receipt> {
  const state = new PortfolioState(connection, options, carried);
  handleMessages(state, resync);
  return runToEnd(state, {
    read: readStreams,
    verdicts: ({ plans, rules }) => plans.map((plan) => verdictOf(plan, rules)),
  });
}

/** Streams are read one after another; what needs a person's approval waits until all are read. */
async function readStreams(state: PortfolioState): Promise<void> {
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
async function advance(state: PortfolioState, plan: StreamPlan): Promise<void> {
  if (plan.state !== 'read') return readSome(state, plan);
  const { connection, runId } = state;
  state.settled(plan, await settlePass({ connection, runId, stream: plan.stream, pass: plan.pass }));
}

async function readSome(state: PortfolioState, plan: StreamPlan): Promise<void> {
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
async function sweepNext(state: PortfolioState): Promise<boolean> {
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

async function goOnAsNew(state: PortfolioState): Promise<void> {
  await condition(allHandlersFinished);
  await continueAsNew<typeof portfolioSync>(state.connection, state.options, state.carry());
}
