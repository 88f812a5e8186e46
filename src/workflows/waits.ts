import { condition } from '@temporalio/workflow';
import { moment } from './figures.ts';
import { noteStatus } from './proxies.ts';
import type { RunState } from './run-state.ts';
import type { Sweep } from './stream-plan.ts';
import type { StreamsState } from './streams-state.ts';

const firstParkMs = 60_000;
const longestParkMs = 60 * 60_000;

/** Keeps the run's place until a person resumes it. */
export async function waitWhilePaused(state: RunState): Promise<void> {
  if (!state.paused) return;
  await noteStatus({ runId: state.runId, status: 'paused' });
  state.waitFor('a person: it is paused, and goes on with `resume`', 'paused');
  await condition(() => !state.paused);
  state.goOn();
  await noteStatus({ runId: state.runId, status: 'running' });
}

/** Until a parked run tries again by itself. `parkings` in a row came before. */
export const parkMs = (parkings: number): number => Math.min(firstParkMs * 2 ** parkings, longestParkMs);

/** The vendor refuses the credential: waits for a person, for the schedule's next tick, or for its own next try. */
export async function park(state: RunState, reason: string): Promise<void> {
  await noteStatus({ runId: state.runId, status: 'parked', waits: { for: 'credential', why: reason } });
  const waitMs = parkMs(state.parkings);
  const next = moment(new Date(Date.now() + waitMs).toISOString());
  state.park('Authentication', reason, `a person; tries again by itself at ${next}`);
  await condition(() => state.wantsToTry || state.paused, waitMs, {
    summary: 'parked: tries again by itself when this ends',
  });
  state.unpark(reason);
  await noteStatus({ runId: state.runId, status: 'running' });
}

/** More rows are missing than may vanish unseen: waits until a person approves exactly the list that was shown. */
export async function waitForApproval(state: StreamsState, stream: string, sweep: Sweep): Promise<void> {
  const { count, live, digest } = sweep;
  const reason = `${stream}: ${count} of ${live} rows are missing from the source. Look at them and approve with \`incentive-sync approve-deletes ${state.connection}\`, or cancel the run to keep them.`;
  await noteStatus({ runId: state.runId, status: 'parked', waits: { for: 'deletes', stream, why: reason } });
  const approval = { stream, digest, count, live };
  state.awaitApproval(approval, reason);
  await condition(() => state.approvedDigest === digest || state.wantsResync || state.paused);
  if (state.endApproval(approval, reason)) state.approveSweep(stream, sweep);
  await noteStatus({ runId: state.runId, status: 'running' });
}
