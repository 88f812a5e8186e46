import {
  type Client,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleSpec,
} from '@temporalio/client';
import type { Schedule } from '../config/schedule.ts';
import type { System } from '../receipt.ts';
import {
  scheduledWorkflowId,
  scheduledWorkflowType,
  scheduleId,
  taskQueue,
  workflowTypes,
} from '../workflows/names.ts';
import { searchAttributesOf } from './search-attributes.ts';

/** What a schedule needs to know of a connection; without `schedule` it is to have none. */
export interface SchedulableConnection {
  readonly name: string;
  readonly system: System;
  readonly schedule?: Schedule | undefined;
}

export interface ScheduleContext {
  /** Id of this installation: schedules with another one are somebody else's and are left alone. */
  installation: string;
  /** False where the search attributes could not be registered: naming them would be refused. */
  searchAttributes: boolean;
}

/** `foreign`: an installation other than ours has a schedule of this name; nothing was touched. */
export type ScheduleChange = 'created' | 'updated' | 'unchanged' | 'removed' | 'foreign';

export interface AppliedSchedule {
  connection: string;
  change: ScheduleChange;
  /** When it starts a run next; null where it does not (removed, foreign, paused by somebody). */
  next: Date | null;
}

/** Missed while Temporal was down: taken once when it is back, if that was within the last hour. */
const catchupWindow = '1 hour';

/**
 * Makes the Temporal Schedules equal to the configuration: creates, updates and removes, only ours, and leaves one alone
 * that is already right, so that a pause set by a person stays.
 */
export async function applySchedules(
  client: Client,
  connections: readonly SchedulableConnection[],
  context: ScheduleContext,
): Promise<AppliedSchedule[]> {
  const applied: AppliedSchedule[] = [];
  for (const connection of connections) {
    if (connection.schedule)
      applied.push(await applyOne(client, { ...connection, schedule: connection.schedule }, context));
  }
  const wanted = new Set(connections.filter((connection) => connection.schedule).map(({ name }) => scheduleId(name)));
  return [...applied, ...(await removeOthers(client, wanted, context))];
}

/** Removes a connection's schedule, if it has one of ours. */
export async function removeSchedule(client: Client, connection: string, installation: string): Promise<boolean> {
  const handle = client.schedule.getHandle(scheduleId(connection));
  const known = await describe(handle);
  return known?.memo?.installation === installation && (await remove(handle));
}

type Scheduled = SchedulableConnection & { readonly schedule: Schedule };

async function applyOne(client: Client, connection: Scheduled, context: ScheduleContext): Promise<AppliedSchedule> {
  const handle = client.schedule.getHandle(scheduleId(connection.name));
  const before = await describe(handle);
  const change = await changeTo(client, before, connection, context);
  if (change === 'foreign') return { connection: connection.name, change, next: null };
  const now = change === 'unchanged' ? before : await describe(handle);
  const next = now && !now.state.paused ? (now.info.nextActionTimes[0] ?? null) : null;
  return { connection: connection.name, change, next };
}

async function changeTo(
  client: Client,
  before: ScheduleDescription | null,
  connection: Scheduled,
  context: ScheduleContext,
): Promise<ScheduleChange> {
  const definition = definitionOf(connection, context);
  if (!before) {
    await create(client, connection, context);
    return 'created';
  }
  if (before.memo?.installation !== context.installation) return 'foreign';
  if (before.action.memo?.definition === definition.action.memo.definition) return 'unchanged';
  const handle = client.schedule.getHandle(scheduleId(connection.name));
  await handle.update(({ state }) => ({ ...definition, state }));
  return 'updated';
}

async function create(client: Client, connection: Scheduled, context: ScheduleContext): Promise<void> {
  await client.schedule.create({
    ...definitionOf(connection, context),
    scheduleId: scheduleId(connection.name),
    memo: { installation: context.installation },
  });
}

function definitionOf(connection: Scheduled, context: ScheduleContext) {
  const { name, system, schedule } = connection;
  const args = [name, workflowTypes[system]];
  const attributes = context.searchAttributes
    ? { typedSearchAttributes: searchAttributesOf(connection, 'schedule') }
    : {};
  return {
    spec: specOf(schedule),
    // The small parent decides: it skips a tick whose run is under way, after telling a parked one to try again.
    policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL, catchupWindow },
    action: {
      type: 'startWorkflow' as const,
      workflowType: scheduledWorkflowType,
      workflowId: scheduledWorkflowId(name),
      taskQueue,
      args,
      memo: { installation: context.installation, definition: definitionText(connection, context) },
      staticSummary: `Scheduled: ${name} (${system}), ${scheduleInWords(schedule)}`,
      ...attributes,
    },
    ...attributes,
  };
}

/** The definition is repeated as text: what a server gives back is too rewritten to be compared. */
export function definitionText({ name, system, schedule }: Scheduled, context: ScheduleContext): string {
  return JSON.stringify([1, schedule, [name, workflowTypes[system]], context]);
}

function specOf(schedule: Schedule): ScheduleSpec {
  return schedule.kind === 'every'
    ? { intervals: [{ every: schedule.everyMs }] }
    : { cronExpressions: [schedule.cron], timezone: schedule.timezone };
}

/** `every 15 min` or `cron 0 6 * * * (Europe/Amsterdam)`. */
export function scheduleInWords(schedule: Schedule): string {
  if (schedule.kind === 'cron') return `cron ${schedule.cron} (${schedule.timezone})`;
  const seconds = Math.round(schedule.everyMs / 1000);
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ] as const;
  const [size, unit] = units.find(([length]) => seconds % length === 0) ?? ([1, 's'] as const);
  return `every ${seconds / size} ${unit}`;
}

async function removeOthers(
  client: Client,
  wanted: ReadonlySet<string>,
  context: ScheduleContext,
): Promise<AppliedSchedule[]> {
  const removed: AppliedSchedule[] = [];
  for await (const { scheduleId: id, memo } of client.schedule.list()) {
    const connection = id.startsWith('sync/') ? id.slice('sync/'.length) : null;
    if (connection === null || wanted.has(id) || memo?.installation !== context.installation) continue;
    if (await remove(client.schedule.getHandle(id))) removed.push({ connection, change: 'removed', next: null });
  }
  return removed;
}

/** False when it was gone already: the list lags behind. */
async function remove(handle: ScheduleHandle): Promise<boolean> {
  try {
    await handle.delete();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}

async function describe(handle: ScheduleHandle): Promise<ScheduleDescription | null> {
  try {
    return await handle.describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}
