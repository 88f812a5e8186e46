import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ScheduleDescription, ScheduleHandle } from '@temporalio/client';

/** The small parent that a schedule has started. */
export interface StartedTick {
  workflowId: string;
  runId: string;
}

/** Has a schedule act now, as if it were due; null where Temporal has not done so within `withinMs`. */
export async function triggerSchedule(
  handle: ScheduleHandle,
  before: ScheduleDescription,
  withinMs: number,
  signal: AbortSignal,
): Promise<StartedTick | null> {
  const known = new Set(ticksOf(before).map(({ runId }) => runId));
  await handle.trigger();
  const until = Date.now() + withinMs;
  while (Date.now() < until) {
    const started = ticksOf(await handle.describe()).findLast(({ runId }) => !known.has(runId));
    if (started) return started;
    await sleep(200, undefined, { signal });
  }
  return null;
}

function ticksOf({ info }: ScheduleDescription): StartedTick[] {
  return info.recentActions.map(({ action: { workflow } }) => ({
    workflowId: workflow.workflowId,
    runId: workflow.firstExecutionRunId,
  }));
}

/** `waiting`: no worker has taken it, or it waits for a run that is under way. */
export type TickState = { outcome: 'started' | 'waiting' } | { outcome: 'skipped'; why: string };

/** What the small parent has done so far, by Temporal alone. */
export async function tickState(client: Client, { workflowId, runId }: StartedTick): Promise<TickState> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const { status, raw } = await handle.describe();
  if (status.name === 'RUNNING') {
    return { outcome: (raw.pendingChildren ?? []).length > 0 ? 'started' : 'waiting' };
  }
  // What its run failed of is the run's to tell.
  const result: unknown = status.name === 'COMPLETED' ? await handle.result() : null;
  const why = whyNot(result);
  return why === null ? { outcome: 'started' } : { outcome: 'skipped', why };
}

/** A receipt has reasons and no such word. */
function whyNot(result: unknown): string | null {
  if (typeof result !== 'object' || result === null) return null;
  const why = 'why' in result ? result.why : 'skipped' in result ? result.skipped : null;
  return typeof why === 'string' ? why : null;
}
