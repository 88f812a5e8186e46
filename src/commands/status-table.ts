import { type ConnectionStatus, inShort } from '../operations/status.ts';
import type { Progress } from '../receipt.ts';
import { count, duration, folded, printable } from '../screen/format.ts';
import { type Colour, paint, type Screen, widthOf } from '../screen/screen.ts';
import { type Cell, type Column, tableLines } from '../screen/table.ts';
import { stateColours, stateWords } from './status-lines.ts';
import type { Look } from './status-look.ts';

const columns: readonly Column[] = [
  { title: 'connection' },
  { title: 'system', dispensable: 3 },
  { title: 'state' },
  { title: 'last run' },
  { title: 'rows', right: true, dispensable: 2 },
  { title: 'age (at most)' },
  { title: 'next run', dispensable: 1 },
];

/** All connections: a line each, then what is under way, then what is wrong and what to type. */
export function overviewLines(
  screen: Screen,
  connections: readonly ConnectionStatus[],
  { now, progressOf }: Look,
  bars: (progress: Progress) => string[],
): string[] {
  const rows = connections.map((one) => rowOf(one, progressOf(one.connection), now));
  const running = connections.flatMap(({ connection, run }) =>
    progressOf(connection).flatMap((progress) => underWay(screen, progress, bars(progress), run?.waiting ?? null)),
  );
  return [
    ...tableLines(screen, columns, rows),
    ...running,
    ...connections.filter(needsWords).flatMap((one) => ['', ...wordsOf(screen, one)]),
  ];
}

function rowOf(status: ConnectionStatus, progress: readonly Progress[], now: Date): Cell[] {
  return [
    { text: status.connection, colour: 'bold' },
    { text: status.system },
    { text: stateWords[status.state], colour: stateColours[status.state] },
    lastRun(status.lastRun, now),
    { text: rowsOf(status, progress) },
    age(status.freshness),
    { text: next(status.schedule, now) },
  ];
}

const runColours: Readonly<Record<string, Colour>> = {
  partial: 'yellow',
  parked: 'yellow',
  failed: 'red',
  cancelled: 'red',
};

function lastRun(run: ConnectionStatus['lastRun'], now: Date): Cell {
  if (run === null) return { text: '–' };
  const seconds = Math.max(0, (now.getTime() - Date.parse(run.finishedAt)) / 1000);
  return { text: `${run.status} ${inShort(seconds)} ago`, colour: runColours[run.status] };
}

/** Of the run that is under way, else of the last one. */
function rowsOf({ lastRun: last }: ConnectionStatus, [progress]: readonly Progress[]): string {
  const streams = Object.values((progress ?? last?.receipt)?.streams ?? {});
  if (streams.length === 0) return '–';
  return count(streams.reduce((sum, { fetched }) => sum + fetched, 0));
}

function age(fresh: ConnectionStatus['freshness']): Cell {
  if (fresh === null) return { text: 'not known' };
  const limit = fresh.limitSeconds === null ? '' : ` (${inShort(fresh.limitSeconds)})`;
  const text = `${inShort(fresh.ageSeconds)}${limit}`;
  return fresh.stale ? { text: `${text} !`, colour: 'yellow' } : { text };
}

function next(schedule: ConnectionStatus['schedule'], now: Date): string {
  if (schedule === null) return 'none';
  if (schedule.paused) return 'paused';
  if (schedule.nextRun === null) return 'not known';
  const seconds = (Date.parse(schedule.nextRun) - now.getTime()) / 1000;
  return seconds < 1 ? 'now' : `in ${inShort(seconds)}`;
}

function underWay(screen: Screen, progress: Progress, bars: readonly string[], waiting: string | null): string[] {
  const since = duration(Math.max(0, (Date.now() - Date.parse(progress.startedAt)) / 1000));
  const words = waiting === null ? '' : `, waits for ${printable(waiting)}`;
  const [first = '', ...others] = folded(
    `${progress.connection}: ${progress.status} for ${since}${words}`,
    widthOf(screen),
  );
  return ['', paint(screen, 'bold', first), ...others, ...bars];
}

/** How the last run ended is an old story while another one is under way. */
function needsWords({ reasons, state, lastRun: last }: ConnectionStatus): boolean {
  if (reasons.length > 0 || state === 'parked' || state === 'paused') return true;
  return state !== 'running' && last !== null && last.status !== 'completed';
}

function wordsOf(screen: Screen, { connection, reasons, type }: ConnectionStatus): string[] {
  const told = reasons.length === 0 ? ['Nothing more is known of why.'] : reasons;
  return [
    ...told.flatMap((reason) => {
      const [first = '', ...others] = folded(`${connection}: ${printable(reason)}`, widthOf(screen) - 2);
      return [`${paint(screen, 'yellow', '!')} ${first}`, ...others];
    }),
    ...type.map((command, index) => `  ${paint(screen, 'dim', index === 0 ? 'type' : '    ')}  ${printable(command)}`),
  ];
}
