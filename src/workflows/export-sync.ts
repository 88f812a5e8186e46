import { allHandlersFinished, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { FetchedResult } from '../activities/fetch-result.ts';
import type { FoundResults } from '../activities/find-results.ts';
import type { StreamVerdict } from '../activities/judge.ts';
import type { Receipt } from '../receipt.ts';
import type { ExportPlan } from './export-plan.ts';
import { type CarriedExports, ExportState } from './export-state.ts';
import { handleMessages } from './messaging.ts';
import type { RunOptions } from './names.ts';
import { fetchResult, findResults, listExports, loadResult, mendRows } from './proxies.ts';
import { orPark, refusable } from './refusals.ts';
import { runToEnd } from './run.ts';
import { sideBySide } from './side-by-side.ts';
import { waitWhilePaused } from './waits.ts';

const resync =
  'Loads every result again from the oldest on, without emptying a table. {"streams": ["all-coupons"], "reason": "…"} names exports; empty means all.';

/**
 * Loads NeoDay's export files: for each export the results that are not in the ledger `neoday.results` yet, oldest first,
 * each exactly once; some exports side by side, the results of one in order.
 *
 * `connection` is a name from the configuration; `options` may name exports. `carried` is what continuing as new hands
 * over, and nobody else passes it.
 */
export async function exportSync(
  connection: string,
  options: RunOptions = {},
  carried?: CarriedExports,
): Promise<Receipt> {
  const state = new ExportState(connection, options, carried);
  handleMessages(state, resync);
  return runToEnd(state, { read: readExports, verdicts: ({ plans }) => plans.map(verdictOf) });
}

/** What the ledger does not know; the rest is told when the run is closed. */
function verdictOf({ stream, absent }: ExportPlan): StreamVerdict {
  const missing = `${stream}: the account has no such export. Correct \`exports:\` in the configuration; \`incentive-sync check\` lists those that there are.`;
  return { stream, complete: !absent, asOf: null, shortcomings: absent ? [missing] : [], remarks: [] };
}

async function readExports(state: ExportState): Promise<void> {
  for (;;) {
    await waitWhilePaused(state);
    if (state.listed) state.applyResyncs();
    if (state.listed && state.done) return;
    await orPark(state, () => (state.listed ? loadSome(state) : list(state)));
    if (workflowInfo().continueAsNewSuggested) await goOnAsNew(state);
  }
}

function list(state: ExportState): Promise<void> {
  const { connection, runId, options, firstContact } = state;
  const ask = async () => state.list(await listExports({ connection, runId, streams: options.streams, firstContact }));
  return state.interruptible(ask, 'pause');
}

/** Several exports at once, until all are done or something else has to be seen to first. */
function loadSome(state: ExportState): Promise<void> {
  return sideBySide(state.concurrency, () => loadExports(state));
}

async function loadExports(state: ExportState): Promise<void> {
  while (goesOn(state)) {
    const plan = state.take();
    if (plan === null) return;
    try {
      await refusable(state, () => loadExport(state, plan.stream));
    } finally {
      state.release(plan.stream);
    }
  }
  // Nobody waits for another's large file before the run can continue as new.
  if (workflowInfo().continueAsNewSuggested) state.interrupt();
}

function goesOn({ paused, wantsResync, refused }: ExportState): boolean {
  return !paused && !wantsResync && refused === null && !workflowInfo().continueAsNewSuggested;
}

async function loadExport(state: ExportState, stream: string): Promise<void> {
  for (;;) {
    const plan = state.planOf(stream);
    if (plan.state === 'done' || !goesOn(state)) return;
    await state.interruptible(() => (plan.looked ? loadNext(state, plan) : look(state, plan)));
  }
}

async function look(state: ExportState, plan: ExportPlan): Promise<void> {
  const { stream } = plan;
  const found = await findResults(state.nextLook(plan), `${stream}: which results there are`);
  if (found.untried > 0) await mendRows({ connection: state.connection, stream }, mendingSummary(stream, found));
  state.looked(stream, found);
}

const mendingSummary = (stream: string, { untried }: FoundResults): string =>
  `${stream}: ${untried} that an older version put aside, tried again`;

/** The oldest result that is not loaded yet. */
async function loadNext(state: ExportState, plan: ExportPlan): Promise<void> {
  const { stream } = plan;
  const fetched = await fetchResult(state.nextFetch(plan), `${stream}: the address of the next file`);
  if (fetched === null) return state.nothingLeft(stream);
  if (fetched.gone) return state.gone(stream);
  state.loaded(stream, await loadResult(state.nextLoad(plan, fetched.resultId), summaryOf(plan, fetched)));
}

function summaryOf({ stream, taken, left, many }: ExportPlan, { createdAt }: FetchedResult): string {
  const which = many ? `files from ${taken + 1} on, of` : `file ${taken + 1} of`;
  return `${stream}, ${which} ${taken + left}, made ${createdAt.slice(0, 16).replace('T', ' ')}${many ? ' and later' : ''}`;
}

async function goOnAsNew(state: ExportState): Promise<void> {
  await condition(allHandlersFinished);
  await continueAsNew<typeof exportSync>(state.connection, state.options, state.carry());
}
