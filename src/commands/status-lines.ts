import { type ConnectionState, type ConnectionStatus, inShort } from '../operations/status.ts';
import type { Receipt } from '../receipt.ts';
import { count, duration, folded, moment, printable } from '../screen/format.ts';
import { type Colour, paint, type Screen, widthOf } from '../screen/screen.ts';

export const stateColours: Record<ConnectionState, Colour> = {
  running: 'cyan',
  paused: 'yellow',
  parked: 'yellow',
  idle: 'green',
  'never-run': 'dim',
};

export const stateWords: Record<ConnectionState, string> = {
  running: 'running',
  paused: 'paused',
  parked: 'parked',
  idle: 'idle',
  'never-run': 'never run',
};

/** A connection's state for people: a headline, then a line for each thing worth knowing. */
export function statusLines(screen: Screen, status: ConnectionStatus, now: Date): string[] {
  const rows: (readonly [string, string])[] = [
    ...(status.run?.waiting ? [['waits for', status.run.waiting] as const] : []),
    ['last run', lastRun(status.lastRun, now)],
    ['fresh as of', freshness(status.freshness)],
    ['next run', nextRun(status.schedule)],
    ...status.type.map((command, index) => [index === 0 ? 'type' : '', command] as const),
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  const state = paint(screen, stateColours[status.state], stateWords[status.state]);
  return [
    `${paint(screen, 'bold', status.connection)} (${status.system}): ${state}`,
    ...status.reasons.flatMap((reason) => marked(screen, reason)),
    ...rows.map(([what, text]) => `  ${paint(screen, 'dim', what.padEnd(width))}  ${printable(text)}`),
  ];
}

function marked(screen: Screen, reason: string): string[] {
  const [first = '', ...others] = folded(printable(reason), widthOf(screen) - 4);
  return [`  ${paint(screen, 'yellow', '!')} ${first}`, ...others];
}

function lastRun(run: ConnectionStatus['lastRun'], now: Date): string {
  if (run === null) return 'none has ended';
  const finished = new Date(run.finishedAt);
  const ago = duration(Math.max(0, (now.getTime() - finished.getTime()) / 1000));
  return `${run.status}, ${ago} ago (${moment(finished)}): ${counted(run.receipt)}`;
}

function counted({ status, streams }: Receipt): string {
  const all = Object.values(streams);
  const sum = (key: 'fetched' | 'created' | 'updated' | 'deleted' | 'quarantined') =>
    all.reduce((total, counts) => total + counts[key], 0);
  const changes = (['created', 'updated', 'deleted', 'quarantined'] as const)
    .filter((key) => sum(key) > 0)
    .map((key) => `${count(sum(key))} ${key}`);
  const same = status === 'completed' && changes.length === 0 ? ['nothing had changed'] : changes;
  return [`${count(sum('fetched'))} rows`, ...same].join(', ');
}

function freshness(fresh: ConnectionStatus['freshness']): string {
  if (fresh === null) return 'not known: not every stream has been read to its end';
  const limit = fresh.limitSeconds === null ? '' : `; at most ${inShort(fresh.limitSeconds)} is meant`;
  return `${moment(new Date(fresh.asOf))}, ${duration(fresh.ageSeconds)} old (${fresh.stream})${limit}`;
}

function nextRun(schedule: ConnectionStatus['schedule']): string {
  if (schedule === null) return 'none is scheduled';
  const rule = schedule.text === null ? '' : ` (${schedule.text})`;
  if (schedule.paused) return `none, the schedule is paused${rule}`;
  return schedule.nextRun === null ? `not known${rule}` : `${moment(new Date(schedule.nextRun))}${rule}`;
}
