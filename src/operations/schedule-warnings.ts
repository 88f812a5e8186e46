import { type Due, leastBetween, type ScheduleRules } from '../config/schedule.ts';
import { scheduleInWords } from './schedule-definition.ts';
import type { SchedulableConnection } from './schedules.ts';

/** What comes of due times that lie closer together than a run takes. */
const consequences: Readonly<Record<ScheduleRules['overlap'], string>> = {
  skip: 'due times in between are skipped',
  buffer_one: 'one run follows the other without a pause',
  cancel_other: 'each run is cancelled by the next one, and none may ever reach its end',
};

/** Sentences about connections that are due again before a run as long as the last one has ended; `seconds` by connection. */
export function intervalWarnings(
  connections: readonly SchedulableConnection[],
  seconds: ReadonlyMap<string, number>,
): string[] {
  return connections.flatMap(({ name, schedule }) => {
    const took = seconds.get(name);
    if (schedule === undefined || took === undefined || took * 1000 <= leastBetween(schedule)) return [];
    return [warning(name, schedule, took)];
  });
}

function warning(name: string, schedule: Due & ScheduleRules, took: number): string {
  const consequence = consequences[schedule.overlap];
  return `${name} is due ${scheduleInWords(schedule).replace(/^cron/, 'by cron')}, but its last whole run took ${Math.round(took)} s: ${consequence} (overlap: ${schedule.overlap}). Let it be due less often.`;
}
