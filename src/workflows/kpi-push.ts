import { allHandlersFinished, condition, continueAsNew, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Receipt } from '../receipt.ts';
import { summary } from './about.ts';
import { type CarriedPush, KpiState } from './kpi-state.ts';
import { approvePushSignal } from './messages.ts';
import { handleMessages } from './messaging.ts';
import type { RunOptions } from './names.ts';
import { acknowledgeJournal, checkJournal, deliverKpis, gatherKpis } from './proxies.ts';
import { waitForAgreement, waitInDoubt } from './push-waits.ts';
import { orPark, refusable } from './refusals.ts';
import { runToEnd } from './run.ts';
import { sideBySide } from './side-by-side.ts';
import { waitWhilePaused } from './waits.ts';

const resync = 'Sends every element again, changed or not. {"reason": "…"} is shown in the receipt.';

/** Deliveries under way at once: with answers that take two seconds still enough for the usual budget. */
const lanes = 6;
const othersMs = 500;

/**
 * Sends KPIs to Atobi: reads the sources, compares them with what was accepted, and delivers what differs within the
 * budget of requests a minute, each delivery written down before it is sent.
 *
 * `connection` is a name from the configuration. `carried` is what continuing as new hands over, and nobody else passes it.
 */
export async function kpiPush(connection: string, options: RunOptions = {}, carried?: CarriedPush): Promise<Receipt> {
  const state = new KpiState(connection, options, carried);
  handleMessages(state, resync);
  setHandler(approvePushSignal, () => state.approvePush(), {
    description: 'Lets a push go on that waits for a person: its details say for what.',
  });
  return runToEnd(state, { read: push, verdicts: (done) => done.verdicts() });
}

async function push(state: KpiState): Promise<void> {
  for (;;) {
    await waitWhilePaused(state);
    // What «everything again» means depends on what the journal has.
    if (state.journal === null) await compareJournal(state);
    state.applyResyncs();
    if (state.gathered !== null && state.finished) return;
    await step(state);
    if (workflowInfo().continueAsNewSuggested) await goOnAsNew(state);
  }
}

async function step(state: KpiState): Promise<void> {
  if (state.journal?.behind != null) return agreeToJournal(state);
  if (state.gathered === null) return gather(state);
  if (state.awaited !== null) return agreeToSize(state, state.awaited);
  if (state.doubt !== null) return waitInDoubt(state, state.doubt);
  if (state.notBefore !== null) return rest(state, state.notBefore);
  const most = Math.min(lanes, Math.max(1, state.batchesLeft));
  await orPark(state, () => sideBySide(most, () => deliverInTurn(state, most)));
}

async function compareJournal(state: KpiState): Promise<void> {
  const { connection, runId } = state;
  state.journal = await checkJournal({ connection, runId });
}

/** Whatever was sent since the backup would be sent again: nobody but a person can know whether that is wanted. */
async function agreeToJournal(state: KpiState): Promise<void> {
  const { journal, connection } = state;
  if (journal === null || journal.behind === null) return;
  if (!(await waitForAgreement(state, journal.behind))) return;
  await acknowledgeJournal({ connection, upTo: journal.mark });
  state.journal = { ...journal, newest: journal.mark, behind: null };
}

async function gather(state: KpiState): Promise<void> {
  await state.interruptible(async () => state.showGathered(await gatherKpis(state.nextGather())));
}

async function agreeToSize(state: KpiState, why: string): Promise<void> {
  const { connection } = state;
  const reason = `${why}. \`incentive-sync kpi push ${connection} --dry-run\` shows them. If they are right, type \`incentive-sync kpi push ${connection} --yes\`; if not, \`incentive-sync cancel ${connection}\`.`;
  if (await waitForAgreement(state, reason)) state.approveSize();
}

/** By a timer, which outlives every worker. */
async function rest(state: KpiState, until: number): Promise<void> {
  await condition(() => state.paused || state.wantsResync, Math.max(until - Date.now(), 1), {
    summary: summary(`waits for ${state.waiting ?? 'the next free request'}`),
  });
  state.endHold();
}

/** Until there is work for more lanes than these, such as the halves of a batch that was refused. */
async function deliverInTurn(state: KpiState, most: number): Promise<void> {
  while (goesOn(state) && (most === lanes || state.batchesLeft <= most)) {
    await refusable(state, async () => {
      const delivered = await deliverKpis(state.nextDelivery(), `the next batch, ${state.left} elements left`);
      state.delivered(delivered);
      const idle = delivered.next === 'wait' && delivered.because === 'others';
      if (idle) await condition(() => !goesOn(state), othersMs, { summary: 'other deliveries are under way' });
    });
  }
}

function goesOn({ paused, wantsResync, refused, finished, doubt, notBefore }: KpiState): boolean {
  if (paused || wantsResync || finished || workflowInfo().continueAsNewSuggested) return false;
  return refused === null && doubt === null && notBefore === null;
}

async function goOnAsNew(state: KpiState): Promise<void> {
  state.noteJournal();
  await condition(allHandlersFinished);
  await continueAsNew<typeof kpiPush>(state.connection, state.options, state.carry());
}
