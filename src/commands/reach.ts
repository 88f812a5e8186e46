import type { Client } from '@temporalio/client';
import type { Config } from '../config/load.ts';
import type { TemporalTarget } from '../operations/target.ts';
import { readRunning } from '../runtime/data-dir.ts';
import { openStore, type Store } from '../store/connect.ts';
import { readInstallation } from '../store/overview.ts';
import { readOwnServers } from './configuration.ts';
import { detail, detailed, placeOf, tellRequests } from './loudness.ts';
import { CommandError } from './shared.ts';

/** Servers that are up already, or ought to be. */
export interface Servers {
  databaseUrl: string;
  /** Undefined where neither an instance runs nor the environment names one. */
  temporal: TemporalTarget | undefined;
  webUi: string | null;
}

/**
 * Where the servers are, for commands that start none: the instance of the data folder, else the user's own.
 * @throws CommandError where nothing runs.
 */
export async function findServers(config: Config): Promise<Servers> {
  const own = readOwnServers();
  const running = await readRunning(config.dataDirectory);
  if (running) {
    detail(`Instance on ${config.dataDirectory}: process ${running.pid}, database ${placeOf(running.databaseUrl)}`);
    return { databaseUrl: running.databaseUrl, temporal: own.temporal ?? running.temporal, webUi: running.webUi };
  }
  if (own.databaseUrl === undefined) throw nothingRuns(config);
  detail(`No instance on ${config.dataDirectory}; database of DATABASE_URL: ${placeOf(own.databaseUrl)}`);
  return { databaseUrl: own.databaseUrl, temporal: own.temporal, webUi: null };
}

export interface OpenStore {
  store: Store;
  installation: string;
}

/** The database, without changing anything in it. @throws CommandError where it has no tables of ours yet. */
export async function openDatabase({ databaseUrl }: Servers): Promise<OpenStore> {
  const store = openStore({ url: databaseUrl, applicationName: 'incentive-sync command', maxConnections: 2 });
  try {
    const asked = `Database ${placeOf(databaseUrl)} answered`;
    const installation = await detailed(asked, () => readInstallation(store.sql));
    if (installation !== null) return { store, installation };
    throw new CommandError('Nothing has run on this database yet. Type `incentive-sync start` first.');
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** @throws CommandError where nobody says where it is. */
export function knownTemporal({ temporal }: Servers): TemporalTarget {
  if (temporal !== undefined) return temporal;
  throw new CommandError('It is not known where Temporal is: set TEMPORAL_ADDRESS, or type `incentive-sync start`.');
}

export async function reachTemporal(servers: Servers, signal: AbortSignal, patience = 5000): Promise<Client> {
  const temporal = knownTemporal(servers);
  // Loaded late: half of the commands that reach a database need no Temporal.
  const { connectTemporal } = await import('../operations/connect.ts');
  const onRequest = tellRequests();
  return detailed('Connected to Temporal', () => connectTemporal(temporal, { patience, signal, onRequest }));
}

const temporalPatienceMs = 3000;

/** A sentence in place of a client where nobody answers, for commands that tell something without Temporal too. */
export async function reachTemporalOrSay(servers: Servers, signal: AbortSignal): Promise<Client | string> {
  try {
    return await reachTemporal(servers, signal, temporalPatienceMs);
  } catch (error) {
    const away = error instanceof Error && error.name === 'TemporalUnreachable';
    if (away || error instanceof CommandError) return error.message;
    throw error;
  }
}

function nothingRuns({ dataDirectory }: Config): CommandError {
  return new CommandError(
    `Nothing runs on ${dataDirectory}, and DATABASE_URL names no other servers. Type \`incentive-sync start\` first.`,
  );
}
