import type { Receipt, RunStatus, StreamCounts } from '../receipt.ts';
import { count, duration, printable, rate } from './format.ts';
import { type Colour, paint, type Screen } from './screen.ts';

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

const effort: readonly Column[] = [
  ['pages', ({ pages }) => count(pages)],
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
  const reasons = receipt.reasons.map((reason) => `  ${paint(screen, 'yellow', '!')} ${printable(reason)}`);
  return [headline(screen, receipt), ...(streams.length > 0 ? table(streams) : []), ...reasons];
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

function table(streams: [string, StreamCounts][]): string[] {
  const seen = rare
    .filter(([key]) => streams.some(([, counts]) => Number(counts[key]) > 0))
    .map(([, column]) => column);
  const columns = [...always, ...seen, ...effort];
  const rows = [
    ['stream', ...columns.map(([title]) => title)],
    ...streams.map(([name, counts]) => [printable(name), ...columns.map(([, cell]) => cell(counts))]),
  ];
  const widths = rows[0]?.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0))) ?? [];
  return rows.map((row) => `  ${row.map((text, index) => aligned(text, widths[index] ?? 0, index)).join('  ')}`);
}

function aligned(text: string, width: number, index: number): string {
  return index === 0 ? text.padEnd(width) : text.padStart(width);
}
