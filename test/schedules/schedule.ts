import { randomUUID } from 'node:crypto';
import { type ScheduleHandle, ScheduleOverlapPolicy } from '@temporalio/client';
import { readTicks } from '../../src/store/ticks.ts';
import {
  scheduledWorkflowId,
  scheduledWorkflowType,
  scheduleId,
  type TickRules,
  taskQueue,
  workflowTypes,
} from '../../src/workflows/names.ts';

import type { World } from '../support/world.ts';

type Rules = Partial<TickRules>;

async function actionOf(world: World, rules: Rules, connection: string) {
  const [installation] = await world.sql<{ id: string }[]>`SELECT id::text FROM sync.installation`;
  return {
    workflowId: scheduledWorkflowId(connection),
    taskQueue,
    args: [connection, workflowTypes[world.connection.system], { overlap: 'skip', pauseAfterFailures: 0, ...rules }],
    memo: { installation: installation!.id },
  };
}

interface Scheduling extends Rules {
  everyMs?: number;
  catchupWindow?: '1 hour' | '10 seconds';
}

/** A schedule as `apply` makes it; one of a day unless told is there to be triggered. */
export async function createSchedule(
  world: World,
  { everyMs = 86_400_000, catchupWindow = '1 hour', ...rules }: Scheduling,
  connection: string = world.connection.name,
): Promise<ScheduleHandle> {
  const action = await actionOf(world, rules, connection);
  return world.client.schedule.create({
    scheduleId: scheduleId(connection),
    memo: action.memo,
    spec: { intervals: [{ every: everyMs }] },
    policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL, catchupWindow },
    action: { type: 'startWorkflow', workflowType: scheduledWorkflowType, ...action },
  });
}

/** What a schedule does when it is due, now. */
export async function tick(world: World, rules: Rules = {}, connection: string = world.connection.name) {
  const { workflowId, ...action } = await actionOf(world, rules, connection);
  return world.client.workflow.start(scheduledWorkflowType, { ...action, workflowId: `${workflowId}-${randomUUID()}` });
}

/** Newest last. */
export async function ticksOf(world: World, connection: string = world.connection.name) {
  return (await readTicks(world.sql, connection, { limit: 1000 })).reverse();
}

export interface RunRow {
  run_id: string;
  trigger: string;
  status: string;
  due_at: Date | null;
  started_at: Date;
  finished_at: Date | null;
}

/** Oldest first. */
export function runsOf(world: World): Promise<RunRow[]> {
  return world.sql<RunRow[]>`
    SELECT run_id, trigger, status, due_at, started_at, finished_at FROM sync.runs ORDER BY sequence`;
}
