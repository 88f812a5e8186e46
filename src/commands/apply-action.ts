import type { Config } from '../config/load.ts';
import { intervalWarnings } from '../operations/schedule-warnings.ts';
import { planSchedules } from '../operations/schedules.ts';
import { planSearchAttributes } from '../operations/search-attributes.ts';
import type { Screen } from '../screen/screen.ts';
import { createSteps } from '../screen/steps.ts';
import { openStore, type Store } from '../store/connect.ts';
import { planMigrations } from '../store/migrate.ts';
import { readInstallation } from '../store/overview.ts';
import { secondsOfLastRuns } from '../store/run-seconds.ts';
import type { ApplyOptions } from './apply.ts';
import { type Applied, applyDocument, applyLines, isSomethingToDo } from './apply-lines.ts';
import { applyFile } from './apply-schedules.ts';
import { closingSignal } from './closing.ts';
import { readConfig, readOwnServers } from './configuration.ts';
import { prepare } from './instance.ts';
import { findServers, knownTemporal, reachTemporal, type Servers } from './reach.ts';
import { exitCodes, leave, printJson } from './shared.ts';

const toDo = 3;

/** Makes Temporal and the database equal to the file, or shows what that would take. */
export async function apply(options: ApplyOptions, screen: Screen): Promise<void> {
  const config = readConfig(options);
  const signal = closingSignal({ withParent: false });
  const servers = await findServers(config);
  const dryRun = options.dryRun === true;
  const applied = dryRun ? await planAll(config, servers, signal) : await applyAll(config, servers, screen, signal);
  const told = { ...applied, warnings: [...config.warnings, ...applied.warnings] };
  for (const line of applyLines(screen, told, dryRun)) screen.line(line);
  if (options.json) await printJson(applyDocument(told, dryRun));
  await leave(codeOf(applied, dryRun));
}

function codeOf(applied: Applied, dryRun: boolean): number {
  const left = dryRun ? isSomethingToDo(applied) : applied.schedules.some(({ change }) => change === 'foreign');
  return left ? toDo : exitCodes.ok;
}

async function applyAll(
  { connections }: Config,
  servers: Servers,
  screen: Screen,
  signal: AbortSignal,
): Promise<Applied> {
  const own = readOwnServers();
  const { databaseUrl } = servers;
  const prepared = await prepare({
    databaseUrl,
    databaseDirectUrl: databaseUrl === own.databaseUrl ? own.databaseDirectUrl : undefined,
    temporal: knownTemporal(servers),
    steps: createSteps(screen),
    signal,
  });
  const { migrations, attributes } = prepared;
  return { migrations, attributes, ...(await applyFile({ ...prepared, databaseUrl }, connections)) };
}

/** The tables may not be there yet: then every schedule of these names is somebody else's. */
async function planAll({ connections }: Config, servers: Servers, signal: AbortSignal): Promise<Applied> {
  const client = await reachTemporal(servers, signal);
  const { databaseUrl: url } = servers;
  const store = openStore({ url, applicationName: 'incentive-sync command', maxConnections: 1 });
  try {
    const attributes = await planSearchAttributes(client);
    const { installation, migrations, seconds } = await lookAt(store);
    const context = { installation: installation ?? '', searchAttributes: attributes.ready };
    const schedules = await planSchedules(client, connections, context);
    return { migrations, attributes, schedules, warnings: intervalWarnings(connections, seconds) };
  } finally {
    await store.close();
    await client.connection.close();
  }
}

async function lookAt({ sql }: Store) {
  const migrations = await planMigrations(sql);
  const installation = await readInstallation(sql);
  const seconds = migrations.length === 0 ? await secondsOfLastRuns(sql) : new Map<string, number>();
  return { migrations, installation, seconds };
}
