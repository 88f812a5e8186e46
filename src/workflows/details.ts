import type { Progress, PushPlace, Receipt, RunStatus, StreamCounts, System } from '../receipt.ts';
import { triggerInWords } from './about.ts';
import { duration, grouped, moment, secondsBetween } from './figures.ts';
import { commands, fence, page, quotes, sentence, table } from './markdown.ts';
import type { RunOptions } from './names.ts';

/**
 * Markdown for the Web UI. Temporal takes at most 20 kB: each part is limited by itself, so that none is ever cut in its
 * middle.
 */
const mostTableBytes = 6_000;
const mostReasons = 6;

/** A failure that the workflow itself has learned of. `at` is ISO 8601. */
export interface Trouble {
  type: string;
  sentence: string;
  at: string;
}

/** What the details show of a run besides its counts. */
export interface Shown {
  options: RunOptions;
  trouble: Trouble | null;
  /** Files that are still to be loaded, by export. */
  filesLeft: Readonly<Record<string, number>>;
  /** ISO 8601. */
  now: string;
}

/** A running, paused or parked run: where each stream is, what is waited for, and what a person can type. */
export function describeProgress(progress: Progress, shown: Shown): string {
  const { status, waiting, startedAt } = progress;
  const { options, trouble, now } = shown;
  return page([
    `**${status}** · ${name(progress)}, ${triggerInWords(options)} · began ${moment(startedAt)}`,
    [...lateness(progress, options), ...howFar(progress, now)].join(' '),
    ...streamsTable(progress, shown),
    ...(progress.push === undefined ? [] : [describePush(progress.push)]),
    ...(waiting === null ? [] : [`**Waits** for ${sentence(waiting)}.`]),
    ...quotes(
      progress.reasons.filter((reason) => reason !== trouble?.sentence),
      mostReasons,
    ),
    ...describeTrouble(trouble, status),
    'To type next:',
    commands(commandsFor(progress)),
  ]);
}

const name = ({ connection, system }: Pick<Progress, 'connection' | 'system'>): string =>
  `${sentence(connection)} (${system})`;

/** How long after its time a scheduled run began. */
function lateness({ late, startedAt }: Progress, { trigger, dueAt }: RunOptions): string[] {
  if (late !== undefined) return [lateInWords(late.seconds)];
  return trigger === 'schedule' && dueAt !== undefined ? [lateInWords(secondsBetween(dueAt, startedAt))] : [];
}

const lateInWords = (seconds: number): string =>
  seconds < 1 ? 'It began on time.' : `It began ${duration(seconds)} after it was due.`;

function howFar({ streams, status }: Progress, now: string): string[] {
  const all = Object.values(streams);
  if (all.length === 0) return status === 'running' ? [`Nothing is read yet (${moment(now)}).`] : [];
  const done = all.filter(({ state }) => state === 'done').length;
  const rows = all.reduce((sum, { fetched }) => sum + fetched, 0);
  return [
    `${done} of ${all.length} streams done, ${grouped(rows)} rows so far, as of ${moment(now)}${status === 'running' ? newer : ''}.`,
  ];
}

/** The workflow learns of a step when it has ended. */
const newer = '; newer counts, and why a step is tried again, under *Pending Activities*';

type Column<Counts> = readonly [head: string, cell: (counts: Counts) => string];
type LiveCounts = Progress['streams'][string];

/** A stream as it is shown: an export's `left` counts files, and of a run that waits nothing `moves`. */
type LiveStream = LiveCounts & { left: number | undefined; moves: boolean };

const live: readonly Column<LiveStream>[] = [
  ['state', ({ state, pass = 1 }) => (pass > 1 ? `${state}, pass ${pass}` : state)],
  ['rows', ({ fetched }) => grouped(fetched)],
  ['of', ({ total }) => (total === null ? '' : grouped(total))],
  ['%', percent],
  ['rows/s', perSecond],
  ['ETA', eta],
];

function percent(counts: LiveCounts): string {
  const { fetched, total, state } = counts;
  if (total === null || total === 0 || readAgain(counts)) return '';
  return state === 'done' ? '100' : String(Math.min(99, Math.floor((fetched * 100) / total)));
}

/** Rows that were shown twice are counted twice: then neither a share nor a time can be told. */
const readAgain = ({ pass = 1, state }: LiveCounts): boolean => pass > 1 && state !== 'done';

function perSecond({ fetched, seconds }: StreamCounts): string {
  return seconds > 0 ? grouped(Math.round(fetched / seconds)) : '';
}

/** By the speed of this run, of rows or of files. */
function eta(counts: LiveStream): string {
  const { fetched, total, seconds, state, pages, left, moves } = counts;
  if (!moves || state !== 'reading' || seconds <= 0 || readAgain(counts)) return '';
  if (left !== undefined) return pages > 0 ? duration((left * seconds) / pages) : '';
  return total !== null && fetched > 0 ? duration((Math.max(0, total - fetched) * seconds) / fetched) : '';
}

const filesLeft: Column<LiveStream> = ['left', ({ left }) => (left === undefined ? '' : grouped(left))];

const parts: Record<System, readonly Column<StreamCounts>[]> = {
  incentify: [['pages', ({ pages }) => grouped(pages)]],
  neoday: [
    ['files', ({ pages }) => grouped(pages)],
    ['MB', ({ bytes }) => (bytes / 1e6).toFixed(1)],
  ],
  atobi: [['deliveries', ({ pages }) => grouped(pages)]],
  vibes: [['pages', ({ pages }) => grouped(pages)]],
};

/** Shown only where one of the streams has any. */
const rare: readonly (readonly [head: string, amount: (counts: StreamCounts) => number])[] = [
  ['retries', ({ retries }) => retries],
  ['quarantined', ({ quarantined }) => quarantined],
  ['deleted', ({ deleted }) => deleted],
  ['orphans', ({ orphans }) => orphans],
  ['not loaded', ({ results }) => results?.left ?? 0],
  ['expired', ({ results }) => results?.expired ?? 0],
  ['not accepted', ({ elements }) => elements?.left ?? 0],
  ['unknown', ({ elements }) => elements?.unknown ?? 0],
  ['vanished', ({ elements }) => elements?.vanished ?? 0],
];

function rareIn(streams: Record<string, StreamCounts>): Column<StreamCounts>[] {
  const seen = rare.filter(([, amount]) => Object.values(streams).some((counts) => amount(counts) > 0));
  return seen.map(([head, amount]) => [head, (counts) => grouped(amount(counts))]);
}

function streamsTable({ streams, system, status }: Progress, { filesLeft: left }: Shown): string[] {
  const moves = status === 'running';
  const shown = Object.entries(streams).map(
    ([stream, counts]) => [stream, { ...counts, left: left[stream], moves }] as const,
  );
  return tableOf(Object.fromEntries(shown), [...live, ...parts[system], filesLeft, ...rareIn(streams)]);
}

/** What no stream can tell is left out: the Web UI has little room. */
function tableOf<Counts>(streams: Record<string, Counts>, columns: readonly Column<Counts>[]): string[] {
  const told = columns.filter(([, cell]) => Object.values(streams).some((counts) => cell(counts) !== ''));
  const rows = Object.entries(streams).map(([stream, counts]) => [stream, ...told.map(([, cell]) => cell(counts))]);
  const head = ['stream', ...told.map(([title]) => title)];
  return rows.length === 0 ? [] : [table(head, rows, mostTableBytes)];
}

function describePush({ delivered, left, used, requestsPerMinute, secondsLeft }: PushPlace): string {
  const time = secondsLeft === null ? '' : `, about ${duration(secondsLeft)} by the budget`;
  return `Delivered ${grouped(delivered)}, left ${grouped(left)}${time}. Budget: ${used} of ${requestsPerMinute} requests used in the last minute.`;
}

function describeTrouble(trouble: Trouble | null, status: Progress['status']): string[] {
  if (trouble === null) return [];
  const over = status === 'running' ? ', since overcome' : '';
  return [`Last error (${moment(trouble.at)}${over}):`, fence([`${trouble.type}: ${trouble.sentence}`])];
}

function commandsFor({ connection, status, approval, agreement }: Progress): string[] {
  const verb = (what: string) => `incentive-sync ${what} ${connection}`;
  if (status === 'running') return [`${verb('sync')} --watch`, verb('pause')];
  if (status === 'paused') return [verb('resume'), verb('cancel')];
  if (status !== 'parked') return afterwards(status, connection);
  if (approval) return [verb('approve-deletes'), verb('cancel')];
  if (agreement) return [`${verb('kpi push')} --dry-run`, `${verb('kpi push')} --yes`, verb('cancel')];
  return [verb('check'), verb('resume'), verb('cancel')];
}

/** A finished run, which began at `startedAt`: its receipt. */
export function describeReceipt(receipt: Receipt, startedAt: string, { options, trouble, now }: Shown): string {
  const { status, streams, reasons, system, late, connection } = receipt;
  const columns: Column<StreamCounts>[] = [...written, ...rareIn(streams), ...parts[system], ['seconds', seconds]];
  const failed = status === 'failed' ? trouble : null;
  return page([
    `**${status}** · ${name(receipt)}, ${triggerInWords(options)}`,
    [
      `From ${moment(startedAt)} to ${moment(now)}: ${duration(secondsBetween(startedAt, now))}.`,
      ...(late === undefined ? [] : [lateInWords(late.seconds)]),
      ...(nothingNew(receipt) ? ['Nothing had changed.'] : []),
    ].join(' '),
    ...tableOf(streams, columns),
    ...quotes(
      reasons.filter((reason) => reason !== failed?.sentence),
      mostReasons,
    ),
    ...(failed === null ? [] : [fence([`${failed.type}: ${failed.sentence}`])]),
    ...(status === 'completed' ? [] : ['To type next:', commands(afterwards(status, connection))]),
  ]);
}

/** What most runs are looked at for. */
function nothingNew({ status, streams }: Receipt): boolean {
  const all = Object.values(streams);
  const same = all.every(({ fetched, unchanged, deleted }) => fetched === unchanged && deleted === 0);
  return status === 'completed' && all.length > 0 && same;
}

function afterwards(status: RunStatus, connection: string): string[] {
  const again = `incentive-sync sync ${connection} --watch`;
  return status === 'cancelled' ? [again] : [`incentive-sync explain ${connection}`, again];
}

const seconds = ({ seconds: took }: StreamCounts): string => took.toFixed(1);

const written: readonly Column<StreamCounts>[] = [
  ['rows', ({ fetched }) => grouped(fetched)],
  ['of', ({ total }) => (total === null ? '' : grouped(total))],
  ['created', ({ created }) => grouped(created)],
  ['updated', ({ updated }) => grouped(updated)],
  ['unchanged', ({ unchanged }) => grouped(unchanged)],
];
