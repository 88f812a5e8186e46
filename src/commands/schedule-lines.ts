import { isPausedAfterFailures, pausedByConfiguration } from '../operations/schedule-notes.ts';
import type { ScheduleState } from '../operations/schedule-view.ts';
import { duration, folded, moment, printable } from '../screen/format.ts';
import { type Colour, paint, type Screen, widthOf } from '../screen/screen.ts';
import { momentHere } from '../screen/zones.ts';
import type { RecentRun } from '../store/recent-runs.ts';
import type { ListedSchedule } from './schedule-list-action.ts';

const colours: Record<ScheduleState, Colour> = {
  active: 'green',
  paused: 'yellow',
  none: 'dim',
  missing: 'yellow',
  unwanted: 'yellow',
  foreign: 'red',
};

/** A schedule for people: a headline, then a line for each thing worth knowing. */
export function scheduleLines(screen: Screen, listed: ListedSchedule, now: Date): string[] {
  const { connection, state, due } = listed;
  const head = `${paint(screen, 'bold', connection)}: ${paint(screen, colours[state], due ?? 'no schedule')}`;
  const rows: (readonly [string, string])[] = [
    ['state', stateInWords(listed)],
    ['rules', rulesInWords(listed)],
    ...nextRuns(listed),
    ['last runs', listed.lastRuns.map((run) => runInWords(run, now)).join('; ') || 'none yet'],
    ['differs', differencesInWords(listed)],
  ];
  const told = rows.filter(([, text]) => text !== '');
  return [head, ...told.flatMap(([what, text]) => row(screen, what, text)), ''];
}

function row(screen: Screen, what: string, text: string): string[] {
  const [first = '', ...others] = folded(printable(text), widthOf(screen) - 13);
  const rest = others.map((line) => `${' '.repeat(13)}${line.trimStart()}`);
  return [`  ${paint(screen, 'dim', what.padEnd(9))}  ${first}`, ...rest];
}

function stateInWords({ connection, state, note, pausedAt }: ListedSchedule): string {
  if (state === 'none') return 'runs at `npm start` and when somebody asks for it';
  if (state === 'missing') return 'not in Temporal yet; type: incentive-sync apply';
  if (state === 'unwanted') return 'still in Temporal, and no longer in the file; type: incentive-sync apply';
  if (state === 'foreign') return 'another installation in this namespace has one of this name: use another name';
  return state === 'paused' ? pauseInWords(connection, note ?? '', pausedAt) : 'active';
}

function pauseInWords(connection: string, note: string, pausedAt: Date | null): string {
  if (note === pausedByConfiguration) {
    return 'paused by the configuration; take `paused: true` out of the file and type: incentive-sync apply';
  }
  const since = pausedAt === null ? '' : `since ${moment(pausedAt)} `;
  const why = isPausedAfterFailures(note) ? `${since}${note}` : `paused${note === '' ? '' : `: ${note}`}`;
  const resume = `incentive-sync schedule resume ${connection}`;
  return why.includes(resume) ? why : `${why}; type: ${resume}`;
}

function rulesInWords({ rules }: ListedSchedule): string {
  if (rules === null) return '';
  const { overlap, catchup, jitter, pauseAfterFailures } = rules;
  const failures =
    pauseAfterFailures === '0' ? 'never paused by failures' : `paused after ${pauseAfterFailures} failures`;
  return `overlap ${overlap}, catch-up ${catchup}, jitter ${jitter}, ${failures}`;
}

/** In the clock of whoever reads it, and in the zone that the file means. */
function nextRuns({ next, timezone }: ListedSchedule): (readonly [string, string])[] {
  const times = next.map((time) => momentHere(time, timezone ?? undefined));
  return times.map((time, index) => [index === 0 ? 'next runs' : '', time] as const);
}

function runInWords({ status, trigger, startedAt, seconds }: RecentRun, now: Date): string {
  const ago = duration(Math.max(0, (now.getTime() - startedAt.getTime()) / 1000));
  return `${status} (${trigger}, ${ago} ago${seconds === null ? '' : `, took ${duration(seconds)}`})`;
}

function differencesInWords({ differences }: ListedSchedule): string {
  if (differences.length === 0) return '';
  const keys = differences.map(({ key, from, to }) => `${key} is ${from ?? 'none'}, the file says ${to ?? 'none'}`);
  return `${keys.join('; ')}; type: incentive-sync apply`;
}
