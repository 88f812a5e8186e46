import { MultiBar, type SingleBar } from 'cli-progress';
import type { FilePlace, Progress, PushPlace, Receipt, StreamCounts, StreamState } from '../receipt.ts';
import { count, duration, folded, megabytes, printable, rate } from './format.ts';
import { paint, type Screen, widthOf } from './screen.ts';
import { createSpeed } from './speed.ts';

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

/** `connections` says how many there are: of one alone, each bar need not repeat the name. */
export function createProgressView(screen: Screen, connections: number): ProgressView {
  if (screen.loudness === 'quiet') return silentView;
  return screen.terminal ? createBars(screen, connections) : createLines(screen);
}

/** What a run comes to is told when it has ended. */
const silentView: ProgressView = { update: () => {}, line: () => {}, end: () => {}, stop: () => {} };

/** One stream of one run as the views draw it. */
interface Row {
  connection: string;
  stream: string;
  state: string;
  counts: StreamCounts;
  /** The file that is being loaded. */
  file?: FilePlace | undefined;
  /** Of a push of KPIs, which has one budget for all of them. */
  push?: PushPlace | undefined;
  /** Rows per second; null where it cannot be told. */
  speed: number | null;
}

/** Rows of runs that go on, with the speed of the moment. */
function createRows(now: () => number): (progress: Progress) => Row[] {
  const speed = createSpeed(now);
  return (progress) =>
    Object.entries(progress.streams).map(([stream, { state, file, ...counts }]) => ({
      connection: printable(progress.connection),
      stream: printable(stream),
      state: state === 'reading' ? stateOfRun(progress) : statesInWords[state],
      counts,
      file,
      push: progress.push,
      speed: state === 'reading' ? speed(`${progress.connection} ${stream}`, counts) : average(counts),
    }));
}

function average({ fetched, seconds }: StreamCounts): number | null {
  return rate(fetched, seconds);
}

/** A stream whose turn has not come is not what waits when the run does. */
const statesInWords = { waiting: 'queued', done: 'done' } as const satisfies Partial<Record<StreamState, string>>;

function stateOfRun(progress: Progress): string {
  if (progress.status !== 'running') return progress.status;
  return progress.waiting === null ? 'reading' : 'waiting';
}

function endRowsOf(receipt: Receipt): Row[] {
  return Object.entries(receipt.streams).map(([stream, counts]) => ({
    connection: printable(receipt.connection),
    stream: printable(stream),
    state: receipt.status === 'completed' || isWhole(counts) ? 'done' : receipt.status,
    counts,
    speed: average(counts),
  }));
}

const nameOf = ({ connection, stream }: Row) => `${connection} ${stream}`;

function isWhole(counts: StreamCounts): boolean {
  return counts.total !== null && counts.fetched >= counts.total;
}

/** `200 of 1,000 rows`; the source may not have said how many there are. */
function amount({ fetched, total }: Pick<StreamCounts, 'fetched' | 'total'>): string {
  return total === null ? `${count(fetched)} rows` : `${count(fetched)} of ${count(total)} rows`;
}

/** `9.5 of 120 MB` of the file that is being loaded. */
function ofFile({ bytes, length, merging }: FilePlace): string {
  if (merging === true) return 'all read, merging';
  return length === null ? `${megabytes(bytes)} MB` : `${megabytes(bytes)} of ${megabytes(length)} MB`;
}

/** Time until the end at that speed; null where it cannot be told. */
export function remainingSeconds({ fetched, total }: StreamCounts, speed: number | null): number | null {
  if (total === null || speed === null || speed <= 0) return null;
  return Math.max(0, total - fetched) / speed;
}

/** The same of a file, which does not say how many rows it has, but how long it is. */
function remainingOfFile({ file, speed }: Row): number | null {
  if (!file?.length || !file.rows || !speed || file.merging) return null;
  return ((file.length - file.bytes) * (file.rows / file.bytes)) / speed;
}

interface Figure {
  text: string;
  /** Where there is no room for all, those with the largest number are left out first. */
  dispensable: number;
}

function figures(row: Row): Figure[] {
  const { state, counts, speed, file, push } = row;
  const measured = push?.secondsLeft ?? remainingSeconds(counts, speed) ?? remainingOfFile(row);
  const left = state === 'reading' ? measured : null;
  return [
    { text: amount(counts), dispensable: 0 },
    ...(state === 'reading' && file !== undefined ? [{ text: ofFile(file), dispensable: 2 }] : []),
    ...(state === 'reading' && push !== undefined ? [{ text: budgetOf(push), dispensable: 2 }] : []),
    ...(speed === null ? [] : [{ text: `${count(speed)} rows/s`, dispensable: 3 }]),
    ...(left === null ? [] : [{ text: `ETA ${duration(left)}`, dispensable: 1 }]),
  ];
}

const budgetOf = ({ left, used, requestsPerMinute }: PushPlace): string =>
  `${count(left)} left, ${count(used)}/${count(requestsPerMinute)} requests`;

const joined = (all: readonly Figure[]): string => all.map(({ text }) => text).join(', ');

const tail = (row: Row): string => joined(figures(row));

/** Half a number would be a wrong one: what does not fit is left out. */
function fitting(all: readonly Figure[], room: number): string {
  const worst = Math.max(...all.map(({ dispensable }) => dispensable));
  if (worst === 0 || joined(all).length <= room) return joined(all);
  return fitting(
    all.filter(({ dispensable }) => dispensable < worst),
    room,
  );
}

const lineEveryMs = 5000;

/** For files and pipes: at most one line per stream every 5 s, and one when it ends. `now` gives milliseconds. */
export function createLines(screen: Pick<Screen, 'line'>, now: () => number = () => performance.now()): ProgressView {
  const told = new Map<string, number>();
  const done = new Set<string>();
  const rowsOf = createRows(now);
  const tellEnd = (row: Row) => {
    if (done.has(nameOf(row))) return;
    done.add(nameOf(row));
    const took = row.counts.seconds > 0 ? ` in ${duration(row.counts.seconds)}` : '';
    screen.line(`  ${nameOf(row)}: ${row.state}, ${tail(row)}${took}`);
  };
  const tell = (row: Row) => {
    if (row.state === 'done') return tellEnd(row);
    const nothingYet = row.counts.fetched === 0 && row.counts.total === null;
    if (row.state === 'waiting' || row.state === 'queued' || (row.state === 'reading' && nothingYet)) return;
    if (now() - (told.get(nameOf(row)) ?? -Infinity) < lineEveryMs) return;
    told.set(nameOf(row), now());
    screen.line(`  ${nameOf(row)}: ${row.state}, ${tail(row)}`);
  };
  return {
    update: (progress) => rowsOf(progress).forEach(tell),
    line: (text) => screen.line(text),
    end: (receipt) => endRowsOf(receipt).forEach(tellEnd),
    stop: () => {},
  };
}

function createBars(screen: Screen, connections: number): ProgressView {
  let widest = 0;
  const rowsOf = createRows(() => performance.now());
  const label = (row: Row) => (connections === 1 ? row.stream : nameOf(row));
  // When it stops, the library cuts lines by their length with the colours in it.
  const plain = { ...screen, colour: false };
  const format = (_: unknown, __: unknown, row: Row) =>
    barLine(multi.isActive ? screen : plain, label(row).padEnd(widest), row);
  const multi = new MultiBar({
    format,
    stream: screen.stream,
    hideCursor: true,
    gracefulExit: false,
    fps: 8,
    linewrap: false,
    // A line that was logged has moved the bars: also those that did not change have to be drawn again.
    forceRedraw: true,
  });
  const bars = new Map<string, SingleBar>();
  const show = (row: Row) => {
    widest = Math.max(widest, label(row).length);
    const bar = bars.get(nameOf(row)) ?? multi.create(1, 0, row);
    bars.set(nameOf(row), bar);
    bar.update(0, row);
  };
  return {
    update: (progress) => rowsOf(progress).forEach(show),
    line: (text) => (multi.isActive ? multi.log(overBars(text, screen)) : screen.line(text)),
    end: (receipt) => endRowsOf(receipt).forEach(show),
    stop: () => {
      if (multi.isActive) multi.stop();
    },
  };
}

/** While bars are shown the terminal does not wrap, and what is written over a bar leaves the end of it standing. */
function overBars(text: string, screen: Screen): string {
  return folded(text, widthOf(screen))
    .map((line) => `${line}\u001b[K\n`)
    .join('');
}

/** A run under way as lines, for a screen that is drawn as a whole: a bar per stream. `now` gives milliseconds. */
export function createBarLines(screen: Screen, now: () => number = () => performance.now()) {
  const rowsOf = createRows(now);
  return (progress: Progress): string[] => {
    const rows = rowsOf(progress);
    const widest = Math.max(0, ...rows.map(({ stream }) => stream.length));
    return rows.map((row) => barLine(screen, row.stream.padEnd(widest), row));
  };
}

const widestBar = 24;
const narrowestBar = 8;
/** Room for `  110,700 of 200,000 rows, 2,940 rows/s, ETA 3 min 20 s`. */
const figuresWidth = 56;

/** One bar, cut to the terminal: a wrapped line would be drawn again below itself at each frame. */
export function barLine(screen: Screen, label: string, row: Row): string {
  const before = `  ${label}  `.slice(0, widthOf(screen));
  const room = widthOf(screen) - before.length;
  const width = Math.min(widestBar, Math.max(narrowestBar, room - figuresWidth), room);
  const share = shareOf(row);
  const full = Math.round(share * width);
  const bar = `${paint(screen, 'cyan', '█'.repeat(full))}${paint(screen, 'dim', '░'.repeat(width - full))}`;
  return `${before}${bar}${`  ${besideBar(row, room - width - 2)}`.slice(0, Math.max(0, room - width))}`;
}

function shareOf({ state, counts: { fetched, total }, file }: Row): number {
  if (state === 'done') return 1;
  if (total !== null && total > 0) return Math.min(1, fetched / total);
  return file?.length ? Math.min(1, file.bytes / file.length) : 0;
}

/** The bar itself shows that a stream is read. */
function besideBar(row: Row, room: number): string {
  if (row.state === 'queued') return row.state;
  const state = row.state === 'reading' ? [] : [{ text: row.state, dispensable: 1 }];
  return fitting([...figures(row), ...state], room);
}
