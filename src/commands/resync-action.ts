import type { Connection } from '../config/schema.ts';
import { namedStreams } from '../config/streams.ts';
import { situationOf } from '../operations/control.ts';
import { attach, type Run, resyncRun } from '../operations/runs.ts';
import { registerSearchAttributes } from '../operations/search-attributes.ts';
import { count, duration, moment } from '../screen/format.ts';
import type { Screen } from '../screen/screen.ts';
import { type PastPass, readPastPasses } from '../store/overview.ts';
import { closingSignal } from './closing.ts';
import { readConfig } from './configuration.ts';
import { noWorker, toldDocument } from './control.ts';
import { findServers, openDatabase, reachTemporal } from './reach.ts';
import type { ResyncOptions } from './resync.ts';
import { CommandError, exitCodes, leave, printJson } from './shared.ts';
import { checkStreams } from './streams.ts';

/** Has a connection read anew: told to the run under way, or by a new one. */
export async function resync(name: string, options: ResyncOptions, screen: Screen): Promise<void> {
  if (options.dryRun) return estimate(name, options, screen);
  if (options.watch) {
    const { sync } = await import('./sync-action.ts');
    return sync(name, options, screen, { reason: options.reason });
  }
  return tell(name, options, screen);
}

async function tell(name: string, options: ResyncOptions, screen: Screen): Promise<void> {
  const config = readConfig(options);
  const connection = config.connection(name);
  const streams = options.stream && checkStreams(connection, options.stream);
  const signal = closingSignal({ withParent: false });
  const servers = await findServers(config);
  const { store, installation } = await openDatabase(servers);
  await store.close();
  const client = await reachTemporal(servers, signal);
  const before = await attach(client, connection, installation);
  if (before !== null) await refuseStrangers(before, streams ?? []);
  const { ready: searchAttributes } = await registerSearchAttributes(client);
  const wanted = { trigger: 'person', streams, installation, searchAttributes, reason: options.reason } as const;
  const run = await resyncRun(client, connection, wanted);
  const { status } = await situationOf(run, 2000);
  const sentence = told(run, streams, status);
  screen.line(sentence);
  if (options.json) await printJson(toldDocument(run, status, sentence));
  await leave(exitCodes.ok);
}

/** A run reads the streams it was started with; told about others it could only say so in its receipt. */
async function refuseStrangers(run: Run, streams: readonly string[]): Promise<void> {
  const { progress } = await situationOf(run);
  const read = Object.keys(progress?.streams ?? {});
  const strangers = streams.filter((stream) => !read.includes(stream));
  if (read.length === 0 || strangers.length === 0) return;
  throw new CommandError(
    `The run of ${run.connection} that is under way reads only ${read.join(', ')}. Wait for its end, or \`incentive-sync cancel ${run.connection}\`, then type this again.`,
  );
}

function told(run: Run, streams: readonly string[] | undefined, status: string | null): string {
  const what = streams?.join(', ') ?? 'every stream';
  const name = run.connection;
  if (status === 'paused') return `${name} begins again with ${what} when it goes on: incentive-sync resume ${name}`;
  const how = run.attached ? `the run under way begins again with ${what}` : `a run of ${what} has started`;
  const when = status === null ? `; ${noWorker}` : '';
  return `${name}: ${how}, ${run.id}${when}. Look on: incentive-sync sync ${name} --watch`;
}

async function estimate(name: string, options: ResyncOptions, screen: Screen): Promise<void> {
  const config = readConfig(options);
  const connection = config.connection(name);
  const { store } = await openDatabase(await findServers(config));
  const past = await readPastPasses(store.sql, name).finally(() => store.close());
  const named = options.stream ? checkStreams(connection, options.stream) : namedStreams(connection);
  const streams = named ?? past.map(({ stream }) => stream);
  const expected = streams.map((stream) => past.find((one) => one.stream === stream) ?? { stream });
  for (const line of estimateLines(connection, expected)) screen.line(line);
  if (options.json) await printJson(estimateDocument(name, expected));
  await leave(exitCodes.ok);
}

type Expected = PastPass | { stream: string };

const isKnown = (expected: Expected): expected is PastPass => 'pages' in expected;

function totals(expected: readonly Expected[]) {
  const known = expected.filter(isKnown);
  const sum = (of: (past: PastPass) => number) => known.reduce((all, past) => all + of(past), 0);
  return {
    pages: sum(({ pages }) => pages),
    requests: sum(({ requests }) => requests),
    seconds: Math.round(sum(({ seconds }) => seconds) * 10) / 10,
  };
}

function estimateLines({ name }: Connection, expected: readonly Expected[]): string[] {
  const { pages, requests, seconds } = totals(expected);
  const lines = expected.map((one) =>
    isKnown(one)
      ? `  ${one.stream}: ${count(one.rows)} rows, ${count(one.pages)} pages, ${count(one.requests)} requests, ${duration(one.seconds)} (as at ${moment(new Date(one.finishedAt))})`
      : `  ${one.stream}: not known, it was never read to its end`,
  );
  return [
    `A resync of ${name} would take about ${count(pages)} pages, ${count(requests)} requests and ${duration(seconds)}:`,
    ...lines,
    'Nothing was started. Rows that have not changed are written too, so it may take longer.',
  ];
}

/** Streams that were never read to their end are null. */
function estimateDocument(connection: string, expected: readonly Expected[]): string {
  const streams = expected.map((one) => {
    if (!isKnown(one)) return [one.stream, null] as const;
    const { stream, ...counts } = one;
    return [stream, counts] as const;
  });
  return JSON.stringify({ connection, ...totals(expected), streams: Object.fromEntries(streams) });
}
