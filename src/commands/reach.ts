import type { Config } from '../config/load.ts';
import { readRunning } from '../runtime/data-dir.ts';
import type { Steps } from '../screen/steps.ts';
import { migrate } from '../store/migrate.ts';
import { readOwnServers } from './configuration.ts';
import type { Instance } from './instance.ts';
import { CommandError } from './shared.ts';

export interface Reach {
  config: Config;
  steps: Steps;
  signal: AbortSignal;
}

/** Servers that are up already: the instance of the data folder, or the user's own. Starts nothing. */
export async function reachServers({ config, steps, signal }: Reach): Promise<Instance> {
  const { databaseUrl, databaseDirectUrl, temporal } = readOwnServers();
  const running = await readRunning(config.dataDirectory);
  const { joinRunning, prepare } = await import('./instance.ts');
  if (running) return joinRunning({ config, running, temporal, steps, signal });
  if (databaseUrl === undefined || !temporal)
    throw nothingRuns(config, 'and DATABASE_URL and TEMPORAL_ADDRESS name none');
  const prepared = await prepare({ databaseUrl, databaseDirectUrl, temporal, steps, signal });
  return {
    ...prepared,
    config,
    databaseUrl,
    webUi: null,
    own: false,
    stop: () => prepared.client.connection.close(),
  };
}

/** Address of the database that is up already, with its schema brought up to date. Needs no Temporal and starts nothing. */
export async function reachDatabase(config: Config): Promise<string> {
  const url = await databaseThere(config);
  if (url === null) throw nothingRuns(config, 'and DATABASE_URL names none');
  const { databaseDirectUrl } = readOwnServers();
  await migrate({ url: databaseDirectUrl ?? url });
  return url;
}

/** The same without touching it; null where there is none. */
export async function databaseThere(config: Config): Promise<string | null> {
  const running = await readRunning(config.dataDirectory);
  return running?.databaseUrl ?? readOwnServers().databaseUrl ?? null;
}

function nothingRuns(config: Config, why: string): CommandError {
  return new CommandError(
    `No servers to ask: nothing runs on ${config.dataDirectory}, ${why}. Type \`incentive-sync start\` in another terminal first.`,
  );
}
