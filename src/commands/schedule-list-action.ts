import type { Client } from '@temporalio/client';
import type { Config } from '../config/load.ts';
import type { ScheduleContext } from '../operations/schedule-definition.ts';
import { isPausedAfterFailures } from '../operations/schedule-notes.ts';
import { type ScheduleView, viewSchedule } from '../operations/schedule-view.ts';
import { planSchedules, type SchedulableConnection } from '../operations/schedules.ts';
import { planSearchAttributes } from '../operations/search-attributes.ts';
import type { Screen } from '../screen/screen.ts';
import type { Store } from '../store/connect.ts';
import { systemOf } from '../store/overview.ts';
import { pausedAfterFailuresAt, type RecentRun, recentRuns } from '../store/recent-runs.ts';
import { closingSignal } from './closing.ts';
import { readConfig } from './configuration.ts';
import { findServers, openDatabase, reachTemporal } from './reach.ts';
import { scheduleLines } from './schedule-lines.ts';
import { type CommonOptions, exitCodes, leave, printJson } from './shared.ts';

const toDo = 3;
const runsShown = 3;

export interface ListedSchedule extends ScheduleView {
  lastRuns: RecentRun[];
  /** Since when it is paused after failures; a person's pause says it in its note. */
  pausedAt: Date | null;
}

/** Each connection's schedule, in the file and in Temporal; leaves with 3 where these differ. */
export async function listSchedules(name: string | undefined, options: CommonOptions, screen: Screen): Promise<void> {
  const config = readConfig(options);
  const signal = closingSignal({ withParent: false });
  const servers = await findServers(config);
  const { store, installation } = await openDatabase(servers);
  try {
    const client = await reachTemporal(servers, signal);
    const { ready } = await planSearchAttributes(client);
    const context = { installation, searchAttributes: ready };
    const connections = await meant(name, config, client, store, context);
    const listed: ListedSchedule[] = [];
    for (const connection of connections) {
      listed.push(await lookAt(store, await viewSchedule(client, connection, context)));
    }
    const now = new Date();
    for (const line of listed.flatMap((one) => scheduleLines(screen, one, now))) screen.line(line);
    if (options.json) await printJson(JSON.stringify({ schedules: listed.map(documentOf) }));
    await client.connection.close();
    await leave(listed.every(isAsWritten) ? exitCodes.ok : toDo);
  } finally {
    await store.close();
  }
}

/** Those of the file, and those that Temporal still has although the file does not. */
async function meant(
  name: string | undefined,
  config: Config,
  client: Client,
  store: Store,
  context: ScheduleContext,
): Promise<SchedulableConnection[]> {
  const inFile = new Set(config.connections.map((connection) => connection.name));
  const removed = (await planSchedules(client, config.connections, context)).filter(
    ({ change, connection }) => change === 'removed' && !inFile.has(connection),
  );
  const left = removed.map(async ({ connection }) => ({
    name: connection,
    system: (await systemOf(store.sql, connection)) ?? 'incentify',
  }));
  const all: SchedulableConnection[] = [...config.connections, ...(await Promise.all(left))];
  if (name === undefined) return all;
  return [all.find((connection) => connection.name === name) ?? config.connection(name)];
}

async function lookAt({ sql }: Store, view: ScheduleView): Promise<ListedSchedule> {
  const [lastRuns, pausedAt] = await Promise.all([
    recentRuns(sql, view.connection, runsShown),
    isPausedAfterFailures(view.note ?? '') ? pausedAfterFailuresAt(sql, view.connection) : null,
  ]);
  return { ...view, lastRuns, pausedAt };
}

function isAsWritten({ state, differences }: ScheduleView): boolean {
  return (state === 'active' || state === 'paused' || state === 'none') && differences.length === 0;
}

function documentOf({ connection, state, due, rules, note, next, differences, lastRuns }: ListedSchedule) {
  return {
    ...{ connection, state, due, rules, note },
    next: next.map((time) => time.toISOString()),
    differences,
    lastRuns: lastRuns.map(({ startedAt, ...run }) => ({ ...run, startedAt: startedAt.toISOString() })),
  };
}
