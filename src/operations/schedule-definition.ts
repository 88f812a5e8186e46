import { ScheduleOverlapPolicy, type ScheduleSpec } from '@temporalio/client';
import type { Due, Schedule } from '../config/schedule.ts';
import type { System } from '../receipt.ts';
import {
  scheduledWorkflowId,
  scheduledWorkflowType,
  type TickRules,
  taskQueue,
  workflowTypes,
} from '../workflows/names.ts';
import { searchAttributesOf } from './search-attributes.ts';

export interface ScheduledConnection {
  readonly name: string;
  readonly system: System;
  readonly schedule: Schedule;
}

export interface ScheduleContext {
  /** Id of this installation: schedules with another one are somebody else's and are left alone. */
  installation: string;
  /** False where the search attributes could not be registered: naming them would be refused. */
  searchAttributes: boolean;
}

/** A connection's schedule as Temporal is to have it; whether it is paused is not part of it. */
export function definitionOf(connection: ScheduledConnection, context: ScheduleContext) {
  const { name, system, schedule } = connection;
  const rules: TickRules = { overlap: schedule.overlap, pauseAfterFailures: schedule.pauseAfterFailures };
  const attributes = context.searchAttributes
    ? { typedSearchAttributes: searchAttributesOf(connection, 'schedule') }
    : {};
  return {
    spec: specOf(schedule),
    // The small parent decides what a due time does: Temporal sees only the parent, which has ended or waits.
    policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL, catchupWindow: schedule.catchupMs, pauseOnFailure: false },
    action: {
      type: 'startWorkflow' as const,
      workflowType: scheduledWorkflowType,
      workflowId: scheduledWorkflowId(name),
      taskQueue,
      args: [name, workflowTypes[system], rules],
      memo: memoOf(connection, context),
      staticSummary: `Scheduled: ${name} (${system}), ${scheduleInWords(schedule)}`,
      ...attributes,
    },
    ...attributes,
  };
}

/** By it a schedule, and what it starts, is known as ours. */
export function memoOf({ name, system }: ScheduledConnection, { installation }: ScheduleContext) {
  return { installation, connection: name, system, madeBy: 'incentive-sync apply' };
}

function specOf(schedule: Schedule): ScheduleSpec {
  const jitter = schedule.jitterMs === 0 ? {} : { jitter: schedule.jitterMs };
  return schedule.kind === 'every'
    ? { intervals: [{ every: schedule.everyMs }], ...jitter }
    : { cronExpressions: [schedule.cron], timezone: schedule.timezone, ...jitter };
}

/** `every 15 min` or `cron 0 6 * * * (Europe/Amsterdam)`. */
export function scheduleInWords(due: Due): string {
  if (due.kind === 'cron') return `cron ${due.cron} (${due.timezone})`;
  const seconds = Math.round(due.everyMs / 1000);
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ] as const;
  const [size, unit] = units.find(([length]) => seconds % length === 0) ?? ([1, 's'] as const);
  return `every ${seconds / size} ${unit}`;
}
