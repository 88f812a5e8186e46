import type { Receipt, RunStatus, StreamCounts } from '../receipt.ts';
import { count, duration, folded, printable, rate } from './format.ts';
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

/** Shown only where one of the streams has any. */
const rare: readonly (readonly [keyof StreamCounts, Column])[] = [
  ['deleted', ['deleted', ({ deleted }) => count(deleted)]],
  ['orphans', ['orphans', ({ orphans }) => count(orphans)]],
];

/** What an export is read by are files, and what is asked for are downloads. */
const parts = ({ system }: Receipt): Column => [system === 'neoday' ? 'files' : 'pages', ({ pages }) => count(pages)];

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
    ...(read && streams.length > 0 ? table(receipt, widthOf(screen)) : []),
    ...receipt.reasons.flatMap((reason) => marked(screen, reason)),
    ...(receipt.status === 'parked' ? folded(parkedHint, widthOf(screen)) : []),
  ];
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
  const seconds = Object.values(receipt.streams).reduce((sum, stream) => sum + stream.seconds, 0);
  const status = paint(screen, colours[receipt.status], receipt.status);
  const took = seconds > 0 ? ` in ${duration(seconds)}` : '';
  return `${receipt.connection} (${receipt.system}): ${status}${took}${sameAsBefore(receipt)}, run ${receipt.runId}`;
}

/** The answer to «did anything change?», which is what most runs are looked at for. */
function sameAsBefore({ status, streams }: Receipt): string {
  const all = Object.values(streams);
  const same = all.length > 0 && all.every((stream) => stream.fetched === stream.unchanged && stream.deleted === 0);
  return status === 'completed' && same ? ', nothing had changed' : '';
}

/** Left out one after the other where the terminal is too narrow. */
const dispensable: readonly string[] = ['pages', 'files', 'requests', 'seconds', 'rows/s', 'retries'];

function table(receipt: Receipt, width: number): string[] {
  const streams = Object.entries(receipt.streams);
  const seen = rare
    .filter(([key]) => streams.some(([, counts]) => Number(counts[key]) > 0))
    .map(([, column]) => column);
  const all = [...always, ...seen, parts(receipt), ...effort];
  for (let dropped = 0; ; dropped++) {
    const without = dispensable.slice(0, dropped);
    const lines = aligned(
      streams,
      all.filter(([title]) => !without.includes(title)),
    );
    if (dropped === dispensable.length || (lines[0] ?? '').length <= width) return lines;
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
