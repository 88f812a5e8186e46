import { pausedByConfiguration } from '../../operations/schedule-notes.ts';
import { type PlannedSchedule, planSchedules } from '../../operations/schedules.ts';
import { planSearchAttributes } from '../../operations/search-attributes.ts';
import { failed, type Line, ok, warning } from './finding.ts';
import type { Site } from './site.ts';

const what = 'schedule';

/** Whether Temporal's schedules are what the file says. */
export async function checkSchedules(site: Site): Promise<Line[]> {
  const client = await site.namespace();
  const [{ installation }, attributes] = await Promise.all([site.tables(), planSearchAttributes(client)]);
  const searchAttributes = attributes.ready && attributes.registered.length === 0;
  const all = site.inspected?.config.connections ?? [];
  const planned = await planSchedules(client, all, { installation, searchAttributes });
  const told = planned.filter(({ connection }) => isTold(site, connection));
  if (told.length === 0) return [ok(what, 'the file asks for none')];
  return told.map((schedule) => lineOf(schedule, site));
}

/** Of a connection whose settings are wrong it is not known which schedule it is to have. */
function isTold({ asked, inspected, connections }: Site, connection: string): boolean {
  if (asked.connection !== undefined && asked.connection !== connection) return false;
  return connections.some(({ name }) => name === connection) || inspected?.names.includes(connection) === false;
}

const wrong = {
  created: 'Temporal has none, though the file asks for one',
  updated: 'Temporal has another one than the file says',
  removed: 'Temporal has one, though the file asks for none',
};

function lineOf({ connection, change, differences, paused }: PlannedSchedule, { command }: Site): Line {
  if (change === 'foreign') {
    const remedy = 'Give the connection another name, or use another namespace (TEMPORAL_NAMESPACE).';
    return failed(what, 'another installation has one of this name in the namespace', remedy, connection);
  }
  if (change !== 'unchanged') {
    const keys = differences.length === 0 ? '' : `: ${differences.map(({ key }) => key).join(', ')}`;
    return failed(what, `${wrong[change]}${keys}`, `Type \`${command('apply')}\`.`, connection);
  }
  if (paused === null) return ok(what, 'is as the file says', connection);
  if (paused === pausedByConfiguration) return ok(what, 'is paused, as the file says', connection);
  const why = paused === '' ? '' : `: ${paused}`;
  return warning(what, `is paused${why}`, `Type \`${command(`schedule resume ${connection}`)}\`.`, connection);
}
