import { parseDuration } from '../config/duration.ts';
import { ConfigurationError } from '../errors.ts';
import type { StreamCounts } from '../receipt.ts';
import { count, local, printable } from '../screen/format.ts';
import type { Screen } from '../screen/screen.ts';
import { type ListColumn, listLines } from '../screen/table.ts';
import { type PastRun, readRuns } from '../store/past-runs.ts';
import { readConfig } from './configuration.ts';
import { requireKnown } from './past-run.ts';
import { findServers, openDatabase } from './reach.ts';
import type { RunsOptions } from './runs.ts';
import { exitCodes, leave, printJson } from './shared.ts';

/** The runs of a connection, newest first. Needs the database alone. */
export async function listRuns(name: string, options: RunsOptions, screen: Screen): Promise<void> {
  const since = options.since === undefined ? undefined : begunSince(options.since, new Date());
  const config = readConfig(options);
  const { store } = await openDatabase(await findServers(config));
  try {
    await requireKnown({ config, store }, name);
    const runs = await readRuns(store.sql, name, { status: options.status, since, limit: options.limit });
    for (const line of runLines(screen, name, runs, options)) screen.line(line);
    if (options.json) await printJson(JSON.stringify({ connection: name, runs: runs.map(runSummary) }));
  } finally {
    await store.close();
  }
  await leave(exitCodes.ok);
}

/** ISO 8601. @throws ConfigurationError for what is neither a duration nor a date. */
function begunSince(text: string, now: Date): string {
  const back = parseDuration(text);
  if (back !== undefined) return new Date(now.getTime() - back).toISOString();
  const at = new Date(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(at.getTime())) return at.toISOString();
  throw new ConfigurationError(`--since ${text}: it must be like 30m, 12h or 7d, or a date like 2026-01-31.`);
}

function runLines(screen: Screen, name: string, runs: readonly PastRun[], { status, since }: RunsOptions): string[] {
  if (runs.length > 0) return listLines(screen, columns, runs);
  const which = status === undefined && since === undefined ? '' : ' like that';
  return [`${name} has no runs${which} yet. Type \`incentive-sync sync ${name}\` to start one.`];
}

const columns: readonly ListColumn<PastRun>[] = [
  { title: 'began', cell: ({ startedAt }) => local(new Date(startedAt)) },
  { title: 'by', cell: ({ trigger }) => printable(trigger), dispensable: 4 },
  { title: 'status', cell: ({ status }) => status },
  { title: 'rows', cell: (run) => cellOf(run, 'fetched'), right: true, dispensable: 1 },
  { title: 'created', cell: (run) => cellOf(run, 'created'), right: true, dispensable: 6 },
  { title: 'updated', cell: (run) => cellOf(run, 'updated'), right: true, dispensable: 7 },
  { title: 'deleted', cell: (run) => cellOf(run, 'deleted'), right: true, dispensable: 8 },
  { title: 'quarantined', cell: (run) => cellOf(run, 'quarantined'), right: true, dispensable: 5 },
  { title: 'seconds', cell: ({ seconds }) => seconds.toFixed(1), right: true, dispensable: 2 },
  { title: 'late', cell: (run) => lateCell(lateSeconds(run)), right: true, dispensable: 3 },
  { title: 'run', cell: ({ runId, unique }) => runId.slice(0, unique) },
];

type Counted = 'fetched' | 'created' | 'updated' | 'deleted' | 'quarantined';

const sumOf = ({ receipt }: PastRun, key: Counted & keyof StreamCounts): number | null =>
  receipt === null ? null : Object.values(receipt.streams).reduce((sum, counts) => sum + counts[key], 0);

function cellOf(run: PastRun, key: Counted): string {
  const sum = sumOf(run, key);
  return sum === null ? '–' : count(sum);
}

function lateSeconds({ dueAt, startedAt, receipt }: PastRun): number | null {
  if (dueAt === null) return null;
  return receipt?.late?.seconds ?? Math.max(0, (Date.parse(startedAt) - Date.parse(dueAt)) / 1000);
}

function lateCell(seconds: number | null): string {
  return seconds === null ? '' : seconds.toFixed(1);
}

/** A run in the document of `runs`; counts are null while there is no receipt. */
export function runSummary(run: PastRun) {
  const { runId, unique, connection, system, trigger, status, streams, startedAt, finishedAt, seconds, dueAt } = run;
  return {
    ...{ runId, id: runId.slice(0, unique), connection, system, trigger, status, streams, startedAt, finishedAt },
    ...{
      seconds,
      dueAt,
      lateSeconds: lateSeconds(run),
      fetched: sumOf(run, 'fetched'),
      created: sumOf(run, 'created'),
    },
    ...{ updated: sumOf(run, 'updated'), deleted: sumOf(run, 'deleted'), quarantined: sumOf(run, 'quarantined') },
  };
}
