import { namedStreams } from '../activities/named-streams.ts';
import type { Connection } from '../config/schema.ts';
import { situationOf } from '../operations/control.ts';
import { attach, type Run, resyncRun } from '../operations/runs.ts';
import { registerSearchAttributes } from '../operations/search-attributes.ts';
import type { Screen } from '../screen/screen.ts';
import type { Store } from '../store/connect.ts';
import { pastLoads } from '../store/neoday/exports.ts';
import { readPastPasses } from '../store/overview.ts';
import { closingSignal } from './closing.ts';
import { readConfig } from './configuration.ts';
import { noWorker, toldDocument } from './control.ts';
import { findServers, openDatabase, reachTemporal } from './reach.ts';
import type { ResyncOptions } from './resync.ts';
import { type Estimate, estimateLoads, estimatePasses } from './resync-estimate.ts';
import { CommandError, exitCodes, leave, printJson } from './shared.ts';
import { checkExports, checkStreams } from './streams.ts';

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
  await checkExports(store, connection, streams).finally(() => store.close());
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
  const what = streams?.join(', ') ?? (run.system === 'neoday' ? 'every export' : 'every stream');
  const name = run.connection;
  if (status === 'paused') return `${name} begins again with ${what} when it goes on: incentive-sync resume ${name}`;
  const how = run.attached ? `the run under way begins again with ${what}` : `a run of ${what} has started`;
  const when = status === null ? `; ${noWorker}` : '';
  return `${name}: ${how}, ${run.id}${when}. Look on: incentive-sync sync ${name} --watch`;
}

async function estimate(name: string, options: ResyncOptions, screen: Screen): Promise<void> {
  const config = readConfig(options);
  const connection = config.connection(name);
  const named = options.stream ? checkStreams(connection, options.stream) : namedStreams(connection);
  const { store } = await openDatabase(await findServers(config));
  const { lines, document } = await estimateOf(store, connection, named, options).finally(() => store.close());
  for (const line of lines) screen.line(line);
  if (options.json) await printJson(document);
  await leave(exitCodes.ok);
}

async function estimateOf(
  store: Store,
  connection: Connection,
  named: readonly string[] | undefined,
  { stream }: ResyncOptions,
): Promise<Estimate> {
  const { name } = connection;
  await checkExports(store, connection, stream);
  if (connection.system === 'neoday') {
    const past = await pastLoads(store.sql, name);
    return estimateLoads(connection, named ?? past.map((one) => one.stream), past);
  }
  const past = await readPastPasses(store.sql, name);
  return estimatePasses(connection, named ?? past.map((one) => one.stream), past);
}
