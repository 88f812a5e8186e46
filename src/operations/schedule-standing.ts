import { type Client, ScheduleNotFoundError } from '@temporalio/client';
import { scheduleId } from '../workflows/names.ts';
import { definitionText, type SchedulableConnection, type ScheduleChange, type ScheduleContext } from './schedules.ts';

/** What would have to be done so that a connection's schedule in Temporal equals the file. */
export interface ScheduleStanding {
  readonly connection: string;
  readonly change: ScheduleChange;
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
  const changed = (change: ScheduleChange) => ({ connection: name, change, paused: null });
  if (schedule === undefined) return owned ? changed('removed') : null;
  if (found === null) return changed('created');
  if (!owned) return changed('foreign');
  const equal = found.action.memo?.definition === definitionText({ ...connection, schedule }, context);
  if (!equal) return changed('updated');
  return { ...changed('unchanged'), paused: found.state.paused ? (found.state.note ?? '') : null };
}

async function describe(client: Client, name: string) {
  try {
    return await client.schedule.getHandle(scheduleId(name)).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}
