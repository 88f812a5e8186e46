import type { Progress, PushPlace, Receipt, StreamCounts, System } from '../receipt.ts';

/** Markdown for the Web UI. Temporal takes at most 20 kB of it. */
const longest = 18_000;

/** A running or parked run: where each stream is, what is waited for, and what a person can type. */
export function describeProgress(progress: Progress): string {
  const rows = Object.entries(progress.streams).map(([stream, { state, ...counts }]) => [
    stream,
    state,
    ofTotal(counts),
    perSecond(counts),
    ...partsOf(progress.system, counts),
    String(counts.retries),
  ]);
  return cut([
    `**${plain(progress.connection)}** is **${progress.status}** since ${progress.startedAt}.`,
    table(['stream', 'state', 'rows', 'rows/s', ...partNames[progress.system], 'retries'], rows),
    ...(progress.push === undefined ? [] : [describePush(progress.push)]),
    ...(progress.waiting === null ? [] : [`Waits for ${plain(progress.waiting)}.`]),
    ...progress.reasons.map((reason) => `> ${plain(reason)}`),
    ...(progress.status === 'parked' ? [resumeHint(progress.connection)] : []),
  ]);
}

const partNames: Record<System, readonly string[]> = {
  incentify: ['pages'],
  neoday: ['files', 'MB'],
  atobi: ['deliveries'],
  vibes: ['pages'],
};

function describePush({ delivered, left, used, requestsPerMinute, secondsLeft }: PushPlace): string {
  const eta = secondsLeft === null ? '' : `, about ${grouped(secondsLeft)} s by the budget`;
  return `Delivered ${grouped(delivered)}, left ${grouped(left)}${eta}. Budget: ${used} of ${requestsPerMinute} requests used in the last minute.`;
}

function partsOf(system: System, { pages, bytes }: StreamCounts): string[] {
  return system === 'neoday' ? [String(pages), (bytes / 1e6).toFixed(1)] : [String(pages)];
}

/** A finished run: its receipt. */
export function describeReceipt(receipt: Receipt): string {
  const rows = Object.entries(receipt.streams).map(([stream, counts]) => [
    stream,
    ofTotal(counts),
    ...[counts.created, counts.updated, counts.unchanged, counts.quarantined, counts.orphans].map(grouped),
    String(counts.retries),
    counts.seconds.toFixed(1),
  ]);
  const head = ['stream', 'rows', 'created', 'updated', 'unchanged', 'quarantined', 'orphans', 'retries', 'seconds'];
  return cut([
    `**${plain(receipt.connection)}**: **${receipt.status}**.`,
    table(head, rows),
    ...receipt.reasons.map((reason) => `> ${plain(reason)}`),
  ]);
}

function resumeHint(connection: string): string {
  return `Once it is mended: \`incentive-sync sync ${connection}\`, or send this workflow the signal \`resume\`.`;
}

function ofTotal({ fetched, total }: StreamCounts): string {
  return total === null ? grouped(fetched) : `${grouped(fetched)} of ${grouped(total)}`;
}

function perSecond({ fetched, seconds }: StreamCounts): string {
  return seconds > 0 ? grouped(Math.round(fetched / seconds)) : '–';
}

const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map((cells) => line(cells.map(plain)))].join('\n');
}

/** Vendor strings must not become markup. */
function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|]/g, (character) => `\\${character}`).replaceAll('\n', ' ');
}

function cut(blocks: string[]): string {
  const text = blocks.join('\n\n');
  return text.length <= longest ? text : `${text.slice(0, longest)}\n\n… shortened`;
}
