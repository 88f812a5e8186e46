import type { Receipt, RunStatus, StreamCounts } from '../receipt.ts';
import { count, duration, folded, megabytes, printable, rate } from './format.ts';
import { type Colour, paint, type Screen, widthOf } from './screen.ts';

type Column = readonly [title: string, cell: (counts: StreamCounts) => string];

const always: readonly Column[] = [
  [
    'rows',
    ({ fetched, total }) =>
      total === null || total === fetched ? count(fetched) : `${count(fetched)}/${count(total)}`,
  ],
  ['created', ({ created }) => count(created)],
  ['updated', ({ updated }) => count(updated)],
  ['unchanged', ({ unchanged }) => count(unchanged)],
  ['quarantined', ({ quarantined }) => count(quarantined)],
];

/** Shown only where one of the streams has any. `not loaded` are results of an export that the next run tries again. */
const rare: Readonly<Record<string, (counts: StreamCounts) => number>> = {
  deleted: ({ deleted }) => deleted,
  orphans: ({ orphans }) => orphans,
  'not loaded': ({ results }) => results?.left ?? 0,
  expired: ({ results }) => results?.expired ?? 0,
  'not accepted': ({ elements }) => elements?.left ?? 0,
  unknown: ({ elements }) => elements?.unknown ?? 0,
  vanished: ({ elements }) => elements?.vanished ?? 0,
};

/** What an export is read by are files, and what is asked for are downloads. */
const parts = ({ system }: Receipt): readonly Column[] =>
  system === 'neoday'
    ? [
        ['files', ({ pages }) => count(pages)],
        ['MB', ({ bytes }) => megabytes(bytes)],
      ]
    : [[system === 'atobi' ? 'deliveries' : 'pages', ({ pages }) => count(pages)]];

const effort: readonly Column[] = [
  ['requests', ({ requests }) => count(requests)],
  ['retries', ({ retries }) => count(retries)],
  ['seconds', ({ seconds }) => seconds.toFixed(1)],
  ['rows/s', ({ fetched, seconds }) => rateCell(fetched, seconds)],
];

function rateCell(fetched: number, seconds: number): string {
  const value = rate(fetched, seconds);
  return value === null ? '–' : count(value);
}

/** A receipt as a table in words, one stream a line, with every reason below. */
export function receiptLines(screen: Screen, receipt: Receipt): string[] {
  const streams = Object.entries(receipt.streams);
  const read = receipt.status === 'completed' || streams.some(([, { pages }]) => pages > 0);
  return [
    headline(screen, receipt),
    ...lateLines(screen, receipt),
    ...(read && streams.length > 0 ? table(receipt, widthOf(screen)) : []),
    ...receipt.reasons.flatMap((reason) => marked(screen, reason)),
    ...(receipt.status === 'parked' ? folded(parkedHint, widthOf(screen)) : []),
  ];
}

/** The counts alone, one stream a line: of a run that has not ended there is nothing else to tell. */
export function countLines(screen: Screen, receipt: Receipt): string[] {
  return Object.keys(receipt.streams).length === 0 ? [] : table(receipt, widthOf(screen));
}

/** Seconds that a schedule, a queue and a worker may well take. */
const punctual = 5;

function lateLines(screen: Screen, { late }: Receipt): string[] {
  if (late === undefined || late.seconds <= punctual) return [];
  const due = `${late.dueAt.slice(0, 19).replace('T', ' ')} UTC`;
  return folded(`  It was due at ${due} and began ${duration(late.seconds)} late.`, widthOf(screen));
}

const parkedHint =
  '  The run keeps its place. It tries again by itself now and then, and at once when a worker is started.';

function marked(screen: Screen, reason: string): string[] {
  const [first = '', ...others] = folded(printable(reason), widthOf(screen) - 4);
  return [`  ${paint(screen, 'yellow', '!')} ${first}`, ...others];
}

const colours: Record<RunStatus, Colour> = {
  completed: 'green',
  partial: 'yellow',
  parked: 'yellow',
  failed: 'red',
  cancelled: 'red',
};

function headline(screen: Screen, receipt: Receipt): string {
  const seconds = secondsOf(receipt);
  const status = paint(screen, colours[receipt.status], receipt.status);
  const took = seconds > 0 ? ` in ${duration(seconds)}` : '';
  return `${receipt.connection} (${receipt.system}): ${status}${took}${sameAsBefore(receipt)}, run ${receipt.runId}`;
}

/** Of streams that are read one after the other; exports are not, so their times tell nothing of the whole. */
function secondsOf({ system, streams }: Receipt): number {
  if (system === 'neoday' || system === 'atobi') return 0;
  return Object.values(streams).reduce((sum, { seconds }) => sum + seconds, 0);
}

/** The answer to «did anything change?», which is what most runs are looked at for. */
function sameAsBefore({ status, streams }: Receipt): string {
  const all = Object.values(streams);
  const same = all.length > 0 && all.every((stream) => stream.fetched === stream.unchanged && stream.deleted === 0);
  return status === 'completed' && same ? ', nothing had changed' : '';
}

/** Left out one after the other where the terminal is too narrow; the last follows from the others. */
const dispensable = ['pages', 'files', 'deliveries', 'requests', 'MB', 'seconds', 'rows/s', 'retries'];
const inNeed = (streams: readonly [string, StreamCounts][]): string[] =>
  streams.every(([, { quarantined }]) => quarantined === 0) ? ['quarantined', 'unchanged'] : ['unchanged'];

function table(receipt: Receipt, width: number): string[] {
  const streams = Object.entries(receipt.streams);
  const seen = Object.entries(rare)
    .filter(([, amount]) => streams.some(([, counts]) => amount(counts) > 0))
    .map(([title, amount]): Column => [title, (counts) => count(amount(counts))]);
  const all = [...always, ...seen, ...parts(receipt), ...effort];
  const order = [...dispensable, ...inNeed(streams)];
  for (let dropped = 0; ; dropped++) {
    const without = order.slice(0, dropped);
    const lines = aligned(
      streams,
      all.filter(([title]) => !without.includes(title)),
    );
    if (dropped === order.length || (lines[0] ?? '').length <= width) return lines;
  }
}

function aligned(streams: [string, StreamCounts][], columns: readonly Column[]): string[] {
  const rows = [
    ['stream', ...columns.map(([title]) => title)],
    ...streams.map(([name, counts]) => [printable(name), ...columns.map(([, cell]) => cell(counts))]),
  ];
  const widths = rows[0]?.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0))) ?? [];
  return rows.map((row) => `  ${row.map((text, index) => padded(text, widths[index] ?? 0, index)).join('  ')}`);
}

function padded(text: string, width: number, index: number): string {
  return index === 0 ? text.padEnd(width) : text.padStart(width);
}
