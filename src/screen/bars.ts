import { MultiBar, type SingleBar } from 'cli-progress';
import type { Progress, Receipt, StreamCounts } from '../receipt.ts';
import { count, duration, perSecond, printable, rate } from './format.ts';
import { paint, type Screen } from './screen.ts';

/** Shows runs while they happen: one bar per stream on a terminal, now and then a line elsewhere. */
export interface ProgressView {
  update(progress: Progress): void;
  /** A line that is not progress; never draws into a bar. */
  line(text: string): void;
  /** The last state of a run, however it ended. */
  end(receipt: Receipt): void;
  /** Leaves the terminal as it was. */
  stop(): void;
}

export function createProgressView(screen: Screen): ProgressView {
  return screen.terminal ? createBars(screen) : createLines(screen);
}

/** One stream of one run as the views draw it. */
interface Row {
  name: string;
  state: string;
  counts: StreamCounts;
}

function rowsOf(progress: Progress): Row[] {
  return Object.entries(progress.streams).map(([stream, { state, ...counts }]) => ({
    name: printable(`${progress.connection} ${stream}`),
    state: state === 'reading' ? stateOfRun(progress) : state,
    counts,
  }));
}

function stateOfRun(progress: Progress): string {
  if (progress.status !== 'running') return progress.status;
  return progress.waiting === null ? 'reading' : 'waiting';
}

function endRowsOf(receipt: Receipt): Row[] {
  return Object.entries(receipt.streams).map(([stream, counts]) => ({
    name: printable(`${receipt.connection} ${stream}`),
    state: receipt.status === 'completed' || isWhole(counts) ? 'done' : receipt.status,
    counts,
  }));
}

function isWhole(counts: StreamCounts): boolean {
  return counts.total !== null && counts.fetched >= counts.total;
}

/** `200 of 1,000 rows`; the source may not have said how many there are. */
function amount({ fetched, total }: Pick<StreamCounts, 'fetched' | 'total'>): string {
  return total === null ? `${count(fetched)} rows` : `${count(fetched)} of ${count(total)} rows`;
}

/** Time until the end at the speed so far; null where it cannot be told. */
export function remainingSeconds({ fetched, total, seconds }: StreamCounts): number | null {
  const speed = rate(fetched, seconds);
  if (total === null || speed === null || speed === 0) return null;
  return Math.max(0, total - fetched) / speed;
}

function tail({ state, counts }: Row): string {
  const left = state === 'reading' ? remainingSeconds(counts) : null;
  const eta = left === null ? '' : `, ETA ${duration(left)}`;
  const speed = counts.seconds > 0 ? `, ${perSecond(counts.fetched, counts.seconds)}` : '';
  return `${amount(counts)}${speed}${eta}`;
}

const lineEveryMs = 5000;

/** For files and pipes: at most one line per stream every 5 s, and one when it ends. `now` gives milliseconds. */
export function createLines(screen: Pick<Screen, 'line'>, now: () => number = () => performance.now()): ProgressView {
  const told = new Map<string, number>();
  const done = new Set<string>();
  const tellEnd = (row: Row) => {
    if (done.has(row.name)) return;
    done.add(row.name);
    const took = row.counts.seconds > 0 ? ` in ${duration(row.counts.seconds)}` : '';
    screen.line(`  ${row.name}: ${row.state}, ${tail(row)}${took}`);
  };
  const tell = (row: Row) => {
    if (row.state === 'done') return tellEnd(row);
    const nothingYet = row.counts.fetched === 0 && row.counts.total === null;
    if (row.state === 'waiting' || (row.state === 'reading' && nothingYet)) return;
    if (now() - (told.get(row.name) ?? -Infinity) < lineEveryMs) return;
    told.set(row.name, now());
    screen.line(`  ${row.name}: ${row.state}, ${tail(row)}`);
  };
  return {
    update: (progress) => rowsOf(progress).forEach(tell),
    line: (text) => screen.line(text),
    end: (receipt) => endRowsOf(receipt).forEach(tellEnd),
    stop: () => {},
  };
}

function createBars(screen: Screen): ProgressView {
  let widest = 0;
  const format = (_: unknown, __: unknown, row: Row) => barLine(screen, row, widest);
  const multi = new MultiBar({
    format,
    stream: screen.stream,
    hideCursor: true,
    gracefulExit: false,
    fps: 8,
    linewrap: false,
  });
  const bars = new Map<string, SingleBar>();
  const show = (row: Row) => {
    widest = Math.max(widest, row.name.length);
    const bar = bars.get(row.name) ?? multi.create(1, 0, row);
    bars.set(row.name, bar);
    bar.update(0, row);
  };
  return {
    update: (progress) => rowsOf(progress).forEach(show),
    line: (text) => (multi.isActive ? multi.log(`${text}\n`) : screen.line(text)),
    end: (receipt) => endRowsOf(receipt).forEach(show),
    stop: () => {
      if (multi.isActive) multi.stop();
    },
  };
}

const barWidth = 24;

/** One bar, cut to the terminal: a wrapped line would be drawn again below itself at each frame. */
export function barLine(screen: Screen, row: Row, nameWidth: number): string {
  const { fetched, total } = row.counts;
  const share = total === null || total === 0 ? Number(row.state === 'done') : Math.min(1, fetched / total);
  const full = Math.round(share * barWidth);
  const before = `  ${row.name.padEnd(nameWidth)}  `;
  const after = `  ${tail(row)}, ${row.state}`.slice(
    0,
    Math.max(0, (screen.stream.columns ?? 80) - 1 - before.length - barWidth),
  );
  return `${before}${paint(screen, 'cyan', '█'.repeat(full))}${paint(screen, 'dim', '░'.repeat(barWidth - full))}${after}`;
}
