import type { Config } from '../config/load.ts';
import type { AtobiConnection } from '../config/systems/atobi.ts';
import { ConfigurationError } from '../errors.ts';
import { situationOf } from '../operations/control.ts';
import { attach } from '../operations/runs.ts';
import type { Screen } from '../screen/screen.ts';
import { approvePushSignal } from '../workflows/messages.ts';
import { closingSignal } from './closing.ts';
import { readConfig } from './configuration.ts';
import type { PushOptions } from './kpi-push.ts';
import { findServers, openDatabase, reachTemporal } from './reach.ts';
import { sync } from './sync-action.ts';

/** One push of one connection; with `--yes` first of all the one goes on that waits for a person. */
export async function push(name: string, options: PushOptions, screen: Screen): Promise<void> {
  const config = readConfig(options);
  const connection = atobiConnection(config, name);
  if (options.dryRun) {
    const { rehearsePush } = await import('./kpi-dry-run-action.ts');
    return rehearsePush(config, connection, options, screen);
  }
  if (options.yes) await letGoOn(config, connection, screen);
  screen.line(`Pushing the KPIs of ${name} …`);
  const wanted = { ...options, ...(options.kpi ? { stream: options.kpi } : {}), approved: options.yes === true };
  await sync(name, wanted, screen, options.all ? {} : null);
}

/** @throws ConfigurationError for a connection of another vendor. */
export function atobiConnection(config: Config, name: string): AtobiConnection {
  const connection = config.connection(name);
  if (connection.system === 'atobi') return connection;
  throw new ConfigurationError(
    `The connection \`${name}\` is one of ${connection.system}; KPIs go to connections with \`system: atobi\`.`,
  );
}

/** Where no server is up, nothing waits. */
async function letGoOn(config: Config, connection: AtobiConnection, screen: Screen): Promise<void> {
  const servers = await findServers(config).catch(() => null);
  if (servers === null) return;
  const { store, installation } = await openDatabase(servers);
  try {
    const client = await reachTemporal(servers, closingSignal({ withParent: false }));
    const run = await attach(client, connection, installation);
    const { progress } = run === null ? { progress: null } : await situationOf(run);
    if (run === null || progress?.status !== 'parked') return;
    await run.handle.signal(approvePushSignal);
    screen.line(`The push of ${connection.name} that waits for a person may go on.`);
  } finally {
    await store.close();
  }
}
