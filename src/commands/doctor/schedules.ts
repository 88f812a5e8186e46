import { type ScheduleStanding, scheduleStandings } from '../../operations/schedule-standing.ts';
import { lookAtSearchAttributes } from '../../operations/search-attributes.ts';
import { failed, type Line, ok, warning } from './finding.ts';
import type { Site } from './site.ts';

const what = 'schedule';

/** Whether Temporal's schedules are what the file says. */
export async function checkSchedules(site: Site): Promise<Line[]> {
  const client = await site.namespace();
  const [{ installation }, attributes] = await Promise.all([site.tables(), lookAtSearchAttributes(client)]);
  const searchAttributes = attributes !== null && attributes.missing.length + attributes.wrong.length === 0;
  const standings = await scheduleStandings(client, site.connections, { installation, searchAttributes });
  if (standings.length === 0) return [ok(what, 'the file asks for none')];
  return standings.map((standing) => lineOf(standing, site));
}

const wrong = {
  missing: 'Temporal has none, though the file asks for one',
  differs: 'Temporal has another one than the file says',
  'left-over': 'Temporal has one, though the file asks for none',
};

function lineOf({ connection, standing, paused }: ScheduleStanding, { command }: Site): Line {
  if (standing === 'foreign') {
    const remedy = 'Give the connection another name, or use another namespace (TEMPORAL_NAMESPACE).';
    return failed(what, 'another installation has one of this name in the namespace', remedy, connection);
  }
  if (standing !== 'equal') return failed(what, wrong[standing], `Type \`${command('apply')}\`.`, connection);
  if (paused === null) return ok(what, 'is as the file says', connection);
  const why = paused === '' ? '' : `: ${paused}`;
  return warning(what, `is paused${why}`, `Type \`${command(`schedule resume ${connection}`)}\`.`, connection);
}
