import type { Client } from '@temporalio/client';
import type { Sql } from 'postgres';
import type { Config } from '../config/load.ts';
import { didYouMean } from '../config/suggest.ts';
import { ConfigurationError } from '../errors.ts';
import { isOutage } from '../operations/grpc.ts';
import { type TemporalView, viewConnection } from '../operations/overview.ts';
import type { RunnableConnection } from '../operations/runs.ts';
import { moment } from '../screen/format.ts';
import type { Store } from '../store/connect.ts';
import { findRuns, type PastRun, ranConnections } from '../store/past-runs.ts';
import { syncWorkflowId } from '../workflows/names.ts';
import { closingSignal } from './closing.ts';
import { readConfig } from './configuration.ts';
import { findServers, openDatabase, reachTemporalOrSay, type Servers } from './reach.ts';
import type { CommonOptions } from './shared.ts';

/** What a command needs that looks back at runs. Temporal may be away: then there is a sentence in place of a client. */
export interface Looking {
  config: Config;
  servers: Servers;
  store: Store;
  installation: string;
  temporal: Client | string;
}

/** Opens what there is, looks, and closes it. */
export async function lookBack<T>(options: CommonOptions, look: (looking: Looking) => Promise<T>): Promise<T> {
  const config = readConfig(options);
  const servers = await findServers(config);
  const { store, installation } = await openDatabase(servers);
  try {
    const temporal = await reachTemporalOrSay(servers, closingSignal({ withParent: false }));
    return await look({ config, servers, store, installation, temporal });
  } finally {
    await store.close();
  }
}

/** Connections of the configuration and of the database. */
export async function knownNames({ config, store }: Pick<Looking, 'config' | 'store'>): Promise<string[]> {
  const configured = config.connections.map(({ name }) => name);
  return [...new Set([...configured, ...(await ranConnections(store.sql))])];
}

/** @throws ConfigurationError for a name that neither the configuration nor the database has. */
export async function requireKnown(looking: Pick<Looking, 'config' | 'store'>, name: string): Promise<void> {
  const names = await knownNames(looking);
  if (names.includes(name)) return;
  throw new ConfigurationError(
    `There is no connection \`${name}\`${didYouMean(name, names)}; there are: ${names.join(', ')}.`,
  );
}

/** The run whose id begins so. @throws ConfigurationError where none does, or several do. */
export async function runOf(sql: Sql, beginning: string, names: readonly string[]): Promise<PastRun> {
  const [run, ...others] = beginning === '' ? [] : await findRuns(sql, beginning.toLowerCase());
  if (run !== undefined && others.length === 0) return run;
  if (run !== undefined) throw ambiguous(beginning, [run, ...others]);
  const hint = names.includes(beginning)
    ? `; it is a connection: \`incentive-sync runs ${beginning}\` lists its runs`
    : '. `incentive-sync runs CONNECTION` lists those that there are';
  throw new ConfigurationError(`There is no run whose id begins with \`${beginning}\`${hint}.`);
}

function ambiguous(beginning: string, runs: readonly PastRun[]): ConfigurationError {
  const lines = runs.map(
    ({ runId, connection, status, startedAt }) =>
      `${runId}  ${connection}, ${status}, began ${moment(new Date(startedAt))}`,
  );
  return new ConfigurationError(`Several runs have an id that begins with \`${beginning}\`. Type more of it:`, lines);
}

/** What Temporal knows of a connection; a sentence where it does not answer. */
export async function viewOrSay(
  { temporal, installation }: Looking,
  connection: RunnableConnection,
): Promise<TemporalView | string> {
  if (typeof temporal === 'string') return temporal;
  try {
    return await viewConnection(temporal, connection, installation);
  } catch (error) {
    if (!isOutage(error)) throw error;
    return 'Temporal has stopped answering.';
  }
}

/** A run's page in the Web UI; null where it is not known where that is. */
export function pageOf({ servers, temporal }: Looking, { connection, runId }: PastRun): string | null {
  if (servers.webUi === null) return null;
  const namespace = typeof temporal === 'string' ? 'default' : temporal.options.namespace;
  const workflow = encodeURIComponent(syncWorkflowId(connection));
  return `${servers.webUi}/namespaces/${namespace}/workflows/${workflow}/${runId}/history`;
}
