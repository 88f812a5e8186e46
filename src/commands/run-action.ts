import { exactReceipt } from '../operations/json.ts';
import { receiptOf } from '../operations/receipts.ts';
import type { Progress, Receipt } from '../receipt.ts';
import { duration, folded, local, printable } from '../screen/format.ts';
import { countLines, receiptLines } from '../screen/receipt.ts';
import { paint, type Screen, widthOf } from '../screen/screen.ts';
import { type ListColumn, listLines } from '../screen/table.ts';
import { type NotedCause, readCauses } from '../store/causes.ts';
import { type PastRun, type PastTick, readTickOf } from '../store/past-runs.ts';
import { syncWorkflowId } from '../workflows/names.ts';
import { knownNames, type Looking, lookBack, pageOf, runOf, viewOrSay } from './past-run.ts';
import { runSummary } from './runs-action.ts';
import { type CommonOptions, exitCodes, leave, printJson } from './shared.ts';

interface Shown {
  run: PastRun;
  causes: NotedCause[];
  tick: PastTick | null;
  /** Of a run that is under way and whose worker answers. */
  progress: Progress | null;
  page: string | null;
}

/** One run: its receipt or how far it is, its causes, the tick that began it, and where to look further. */
export async function showRun(id: string, options: CommonOptions, screen: Screen): Promise<void> {
  const shown = await lookBack(options, (looking) => lookAt(looking, id));
  for (const line of runLines(screen, shown)) screen.line(line);
  if (options.json) await printJson(documentOf(shown));
  await leave(exitCodes.ok);
}

async function lookAt(looking: Looking, id: string): Promise<Shown> {
  const { sql } = looking.store;
  const run = await runOf(sql, id, await knownNames(looking));
  const [causes, tick] = await Promise.all([readCauses(sql, run.runId), readTickOf(sql, run)]);
  const progress = run.finishedAt === null ? await progressOf(looking, run) : null;
  return { run, causes, tick, progress, page: pageOf(looking, run) };
}

async function progressOf(looking: Looking, { connection, system, runId }: PastRun): Promise<Progress | null> {
  const view = await viewOrSay(looking, { name: connection, system });
  if (typeof view === 'string' || view.run?.id !== runId) return null;
  return view.run.progress;
}

function runLines(screen: Screen, shown: Shown): string[] {
  const { run, causes } = shown;
  return [
    ...(run.receipt === null || run.finishedAt === null ? openLines(screen, shown) : receiptLines(screen, run.receipt)),
    '',
    ...rowLines(screen, rowsOf(shown)),
    ...(causes.length === 0 ? [] : ['', ...listLines(screen, causeColumns, causes)]),
  ];
}

function openLines(screen: Screen, { run, progress }: Shown): string[] {
  const { connection, system, runId, status } = run;
  const ended = run.finishedAt === null ? '' : ', without a receipt: it was terminated';
  const state = paint(screen, 'bold', progress?.status ?? status);
  const reasons = progress?.reasons ?? (run.waits === null ? [] : [run.waits.why]);
  return [
    `${connection} (${system}): ${state}${ended}, run ${runId}`,
    ...(progress === null ? [] : countLines(screen, receiptOf(run, progress, 'completed'))),
    ...reasons.flatMap((reason) => folded(`  ! ${printable(reason)}`, widthOf(screen))),
    ...(progress?.waiting == null ? [] : folded(`  waits for ${printable(progress.waiting)}`, widthOf(screen))),
  ];
}

function rowsOf({ run, tick, page }: Shown): (readonly [string, string])[] {
  const { connection, runId, trigger, startedAt, finishedAt, streams, dueAt } = run;
  const ended = finishedAt === null ? '' : `, ended ${local(new Date(finishedAt))}`;
  const at = (time: string) => local(new Date(time));
  return [
    ['began', `${at(startedAt)}${ended}; ${duration(run.seconds)}`],
    ['by', printable(trigger)],
    ...(streams === null ? [] : [['streams', streams.join(', ')] as const]),
    ...(dueAt === null ? [] : [['was due', at(dueAt)] as const]),
    ...(tick === null
      ? []
      : [['its tick', `begun ${at(tick.begunAt)}, taken ${at(tick.judgedAt)}, overlap ${tick.overlap}`] as const]),
    page === null ? ['in Temporal', `workflow id ${syncWorkflowId(connection)}, run id ${runId}`] : ['Web UI', page],
    ['in words', `incentive-sync explain ${runId.slice(0, run.unique)}`],
  ];
}

function rowLines(screen: Screen, rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows.map(([what, text]) => `  ${paint(screen, 'dim', what.padEnd(width))}  ${text}`);
}

const causeColumns: readonly ListColumn<NotedCause>[] = [
  { title: 'cause', cell: ({ kind }) => kind },
  { title: 'stream', cell: ({ stream }) => printable(stream) },
  { title: 'times', cell: ({ times }) => String(times), right: true },
  { title: 'seconds', cell: ({ seconds }) => seconds.toFixed(1), right: true },
  { title: 'last', cell: ({ lastAt }) => local(new Date(lastAt)), dispensable: 1 },
];

function documentOf({ run, causes, tick, progress, page }: Shown): string {
  const receipt: Receipt | null = run.finishedAt === null ? null : run.receipt;
  const counted = receipt === null ? null : exactReceipt(receipt);
  const under = progress && {
    status: progress.status,
    waiting: progress.waiting,
    streams: exactReceipt(receiptOf(run, progress, 'completed')).streams,
  };
  return JSON.stringify({ run: { ...runSummary(run), receipt: counted, progress: under, causes, tick, webUi: page } });
}
