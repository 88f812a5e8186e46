import { condition } from '@temporalio/workflow';
import { moment } from './figures.ts';
import type { KpiState } from './kpi-state.ts';
import { noteStatus } from './proxies.ts';
import { parkMs } from './waits.ts';

/** Waits until a person agrees; false where something else has to be seen to first. */
export async function waitForAgreement(state: KpiState, reason: string): Promise<boolean> {
  const { runId } = state;
  await noteStatus({ runId, status: 'parked', waits: { for: 'push', why: reason } });
  state.askAgreement();
  state.awaitAgreement(reason);
  await condition(() => state.agreed || state.wantsResync || state.paused);
  const agreed = state.endAsking();
  state.endAgreement(reason);
  await noteStatus({ runId, status: 'running' });
  return agreed;
}

/** Nothing was ever accepted: waits for a person's word, or tries again like any parked run, with the settings as they are then. */
export async function waitInDoubt(state: KpiState, doubt: string): Promise<void> {
  const { runId, connection } = state;
  const reason = `${doubt} Correct them, restart and type \`incentive-sync resume ${connection}\`. If they are right, \`incentive-sync kpi push ${connection} --yes\` looks for the elements that are at fault.`;
  const waitMs = parkMs(state.parkings);
  await noteStatus({ runId, status: 'parked', waits: { for: 'settings', why: reason } });
  state.askAgreement();
  state.park(
    'Configuration',
    reason,
    `a person; tries again by itself at ${moment(new Date(Date.now() + waitMs).toISOString())}`,
  );
  await condition(() => state.wantsToTry || state.paused || state.wantsResync, waitMs, {
    summary: 'parked: tries again by itself when this ends',
  });
  state.unpark(reason);
  state.settleDoubt(state.endAsking());
  await noteStatus({ runId, status: 'running' });
}
