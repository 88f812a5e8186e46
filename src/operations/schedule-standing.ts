import type { Client } from '@temporalio/client';
import { ScheduleNotFoundError } from '@temporalio/client';
import { scheduleId } from '../workflows/names.ts';
import { definitionText, type SchedulableConnection, type ScheduleContext } from './schedules.ts';

/** How a connection's schedule in Temporal stands against the file. */
export interface ScheduleStanding {
  readonly connection: string;
  /** `left-over`: ours, though the file asks for none. `foreign`: another installation has one of this name. */
  readonly standing: 'equal' | 'missing' | 'differs' | 'left-over' | 'foreign';
  /** Why it is paused, empty where nobody said; null where it is not. */
  readonly paused: string | null;
}

/** Of every connection that has a schedule in the file or in Temporal. Changes nothing. */
export async function scheduleStandings(
  client: Client,
  connections: readonly SchedulableConnection[],
  context: ScheduleContext,
): Promise<ScheduleStanding[]> {
  const standings = await Promise.all(connections.map((connection) => standingOf(client, connection, context)));
  return standings.filter((standing) => standing !== null);
}

async function standingOf(
  client: Client,
  connection: SchedulableConnection,
  context: ScheduleContext,
): Promise<ScheduleStanding | null> {
  const { name, schedule } = connection;
  const found = await describe(client, name);
  const owned = found?.memo?.installation === context.installation;
  if (schedule === undefined) return owned ? { connection: name, standing: 'left-over', paused: null } : null;
  if (found === null) return { connection: name, standing: 'missing', paused: null };
  if (!owned) return { connection: name, standing: 'foreign', paused: null };
  const equal = found.action.memo?.definition === definitionText({ ...connection, schedule }, context);
  const paused = found.state.paused ? (found.state.note ?? '') : null;
  return { connection: name, standing: equal ? 'equal' : 'differs', paused };
}

async function describe(client: Client, name: string) {
  try {
    return await client.schedule.getHandle(scheduleId(name)).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}
