import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleNotFoundError,
} from '@temporalio/client';
import type { Schedule } from '../config/schedule.ts';
import type { System } from '../receipt.ts';
import { scheduleId } from '../workflows/names.ts';
import { definitionOf, memoOf, type ScheduleContext, type ScheduledConnection } from './schedule-definition.ts';
import { differences, type ScheduleDifference } from './schedule-facts.ts';
import { pausedByConfiguration } from './schedule-notes.ts';

/** What a schedule needs to know of a connection; without `schedule` it is to have none. */
export interface SchedulableConnection {
  readonly name: string;
  readonly system: System;
  readonly schedule?: Schedule | undefined;
}

/** `foreign`: an installation other than ours has a schedule of this name, which is not touched. */
export type ScheduleChange = 'created' | 'updated' | 'unchanged' | 'removed' | 'foreign';

/** What has to be done about one schedule, or was. */
export interface PlannedSchedule {
  connection: string;
  change: ScheduleChange;
  /** What is not as the file says; of an update only. */
  differences: ScheduleDifference[];
  /** When it starts a run next; null where it does not (removed, foreign, paused), or is not known before it is applied. */
  next: Date | null;
  /** Why it is paused; null where it is not. */
  paused: string | null;
}

/** What would have to be done so that the Temporal Schedules equal the configuration. Changes nothing. */
export async function planSchedules(
  client: Client,
  connections: readonly SchedulableConnection[],
  context: ScheduleContext,
): Promise<PlannedSchedule[]> {
  const planned = connections.filter(isScheduled).map(async (connection) => {
    const before = await describeSchedule(client.schedule.getHandle(scheduleId(connection.name)));
    return planSchedule(before, connection, context);
  });
  const others = await unwanted(client, connections, context);
  const there = await Promise.all(others.map((connection) => hasOurs(client, connection, context.installation)));
  return [...(await Promise.all(planned)), ...others.filter((_, index) => there[index]).map(removal)];
}

/**
 * Makes the Temporal Schedules equal to the configuration: creates, updates and removes, only ours, and leaves one alone
 * that is already right. A pause that a person has set stays. Safe when several do it at once.
 */
export async function applySchedules(
  client: Client,
  connections: readonly SchedulableConnection[],
  context: ScheduleContext,
): Promise<PlannedSchedule[]> {
  const applied: PlannedSchedule[] = [];
  for (const connection of connections.filter(isScheduled)) applied.push(await applyOne(client, connection, context));
  for (const connection of await unwanted(client, connections, context)) {
    if (await removeSchedule(client, connection, context.installation)) applied.push(removal(connection));
  }
  return applied;
}

/** Removes a connection's schedule, if it has one of ours. */
export async function removeSchedule(client: Client, connection: string, installation: string): Promise<boolean> {
  const ours = await hasOurs(client, connection, installation);
  return ours && (await remove(client.schedule.getHandle(scheduleId(connection))));
}

async function hasOurs(client: Client, connection: string, installation: string): Promise<boolean> {
  const known = await describeSchedule(client.schedule.getHandle(scheduleId(connection)));
  return known?.memo?.installation === installation;
}

/** Null where there is none. */
export async function describeSchedule(handle: ScheduleHandle): Promise<ScheduleDescription | null> {
  try {
    return await handle.describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

/** When it starts a run next; null while it is paused. */
function nextRun({ state, info }: ScheduleDescription): Date | null {
  return state.paused ? null : (info.nextActionTimes[0] ?? null);
}

function isScheduled(connection: SchedulableConnection): connection is ScheduledConnection {
  return connection.schedule !== undefined;
}

function removal(connection: string): PlannedSchedule {
  return { connection, change: 'removed', differences: [], next: null, paused: null };
}

/** The same of one, by what the server has; null where it has none. */
export function planSchedule(
  before: ScheduleDescription | null,
  connection: ScheduledConnection,
  context: ScheduleContext,
): PlannedSchedule {
  const nothing = { connection: connection.name, differences: [], next: null, paused: null };
  if (before === null) return { ...nothing, change: 'created' };
  if (before.memo?.installation !== context.installation) return { ...nothing, change: 'foreign' };
  const differing = [
    ...differences(before, connection, context),
    ...pauseDifference(before.state, connection.schedule.paused),
  ];
  return {
    connection: connection.name,
    change: differing.length === 0 ? 'unchanged' : 'updated',
    differences: differing,
    // Of one that is to change it would be a time that does not hold.
    next: differing.length === 0 ? nextRun(before) : null,
    paused: before.state.paused ? (before.state.note ?? '') : null,
  };
}

type State = ScheduleDescription['state'];

/** A person's pause is nobody else's to end, nor is one after failures. */
function pauseDifference({ paused, note }: State, wanted: boolean): ScheduleDifference[] {
  if (wanted && !paused) return [{ key: 'paused', from: 'false', to: 'true' }];
  const ours = paused && note === pausedByConfiguration;
  return ours && !wanted ? [{ key: 'paused', from: 'true', to: 'false' }] : [];
}

const pausedState = { paused: true, note: pausedByConfiguration };

function stateAfter(before: State, wanted: boolean): { paused: boolean; note?: string } {
  const { paused, note } = before;
  const [change] = pauseDifference(before, wanted);
  if (change !== undefined) return wanted ? pausedState : { paused: false };
  return { paused, ...(note === undefined ? {} : { note }) };
}

const mostTries = 5;

/** Somebody else may create, change or remove it between our look and our change: then it is looked at again. */
async function applyOne(
  client: Client,
  connection: ScheduledConnection,
  context: ScheduleContext,
  tries = mostTries,
): Promise<PlannedSchedule> {
  const handle = client.schedule.getHandle(scheduleId(connection.name));
  const before = await describeSchedule(handle);
  const planned = planSchedule(before, connection, context);
  try {
    if (planned.change === 'created') await create(client, connection, context);
    else if (planned.change === 'updated') await update(handle, connection, context);
    else return planned;
  } catch (error) {
    if (tries === 1 || !isOvertaken(error)) throw error;
    return applyOne(client, connection, context, tries - 1);
  }
  const now = await describeSchedule(handle);
  if (now === null) return planned;
  return { ...planned, next: nextRun(now), paused: now.state.paused ? (now.state.note ?? '') : null };
}

function isOvertaken(error: unknown): boolean {
  return error instanceof ScheduleAlreadyRunning || error instanceof ScheduleNotFoundError;
}

async function create(client: Client, connection: ScheduledConnection, context: ScheduleContext): Promise<void> {
  await client.schedule.create({
    ...definitionOf(connection, context),
    ...(connection.schedule.paused ? { state: pausedState } : {}),
    scheduleId: scheduleId(connection.name),
    memo: memoOf(connection, context),
  });
}

async function update(
  handle: ScheduleHandle,
  connection: ScheduledConnection,
  context: ScheduleContext,
): Promise<void> {
  const definition = definitionOf(connection, context);
  await handle.update(({ state }) => ({ ...definition, state: stateAfter(state, connection.schedule.paused) }));
}

/** Connections whose schedule is ours and that are to have none. The list lags behind: look again at each. */
async function unwanted(
  client: Client,
  connections: readonly SchedulableConnection[],
  { installation }: ScheduleContext,
): Promise<string[]> {
  const wanted = new Set(connections.filter(isScheduled).map(({ name }) => scheduleId(name)));
  const found: string[] = [];
  for await (const { scheduleId: id, memo } of client.schedule.list()) {
    if (wanted.has(id) || !id.startsWith(scheduleId('')) || memo?.installation !== installation) continue;
    found.push(id.slice(scheduleId('').length));
  }
  return found;
}

/** False when it was gone already. */
async function remove(handle: ScheduleHandle): Promise<boolean> {
  try {
    await handle.delete();
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}
