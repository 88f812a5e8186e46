import type { Client } from '@temporalio/client';
import { namedStreams } from '../activities/named-streams.ts';
import type { Config } from '../config/load.ts';
import { TemporalUnreachableError } from '../operations/connect.ts';
import { isOutage } from '../operations/grpc.ts';
import { viewConnection } from '../operations/overview.ts';
import { type ConnectionStatus, type Facts, statusOf } from '../operations/status.ts';
import { paint, type Screen } from '../screen/screen.ts';
import { type StandingAlerts, standingAlerts } from '../store/alerts/list.ts';
import type { Store } from '../store/connect.ts';
import { type KnownConnection, readConnections } from '../store/overview.ts';
import { alertsInStatus } from './alert-lines.ts';
import { closingSignal } from './closing.ts';
import { readConfig } from './configuration.ts';
import { findServers, openDatabase, reachTemporal, type Servers } from './reach.ts';
import { CommandError, type CommonOptions, exitCodes, leave, printJson } from './shared.ts';
import { statusLines } from './status-lines.ts';

const temporalPatienceMs = 3000;

/** Every connection of the configuration and of the database. Temporal may be away; the database may not. */
export async function status(options: CommonOptions, screen: Screen): Promise<void> {
  const config = readConfig(options);
  const signal = closingSignal({ withParent: false });
  const servers = await findServers(config);
  const { store, installation } = await openDatabase(servers);
  const [{ known, alerts }, temporal] = await Promise.all([
    readDatabase(store).finally(() => store.close()),
    connect(servers, signal),
  ]);
  const now = new Date();
  const looked = await look(config, known, temporal, installation);
  const connections = looked.facts.map((facts) => statusOf(facts, now));
  if (looked.trouble !== null) screen.line(paint(screen, 'yellow', trouble(looked.trouble)));
  for (const line of connections.flatMap((one) => ['', ...statusLines(screen, one, now)]).slice(1)) screen.line(line);
  for (const line of alertsInStatus(screen, alerts, now)) screen.line(line);
  if (options.json) await printJson(documentOf(connections, looked.trouble, alerts));
  await leave(looked.trouble === null ? exitCodes.ok : exitCodes.failed);
}

async function readDatabase({ sql }: Store): Promise<{ known: KnownConnection[]; alerts: StandingAlerts }> {
  const [known, alerts] = await Promise.all([readConnections(sql), standingAlerts(sql)]);
  return { known, alerts };
}

/** A sentence in place of a client where nobody answers. */
async function connect(servers: Servers, signal: AbortSignal): Promise<Client | string> {
  try {
    return await reachTemporal(servers, signal, temporalPatienceMs);
  } catch (error) {
    if (error instanceof TemporalUnreachableError || error instanceof CommandError) return error.message;
    throw error;
  }
}

interface Looked {
  facts: Facts[];
  /** Why Temporal does not answer; null where it does. */
  trouble: string | null;
}

async function look(
  config: Config,
  known: readonly KnownConnection[],
  temporal: Client | string,
  installation: string,
): Promise<Looked> {
  const facts = factsWithoutTemporal(config, known);
  if (typeof temporal === 'string') return { facts, trouble: temporal };
  try {
    const views = facts.map(({ connection, system }) =>
      viewConnection(temporal, { name: connection, system }, installation),
    );
    const seen = await Promise.all(views);
    return { facts: facts.map((fact, index) => ({ ...fact, view: seen[index] ?? null })), trouble: null };
  } catch (error) {
    if (!isOutage(error)) throw error;
    return { facts, trouble: 'Temporal has stopped answering.' };
  }
}

function factsWithoutTemporal({ connections }: Config, known: readonly KnownConnection[]): Facts[] {
  const gone = known.filter(({ connection }) => !connections.some(({ name }) => name === connection));
  return [
    ...connections.map((connection) => ({
      connection: connection.name,
      system: connection.system,
      configured: { ...connection, streams: namedStreams(connection) },
      known: known.find((one) => one.connection === connection.name) ?? null,
      view: null,
    })),
    ...gone.map((one) => ({
      connection: one.connection,
      system: one.system,
      configured: null,
      known: one,
      view: null,
    })),
  ];
}

function trouble(sentence: string): string {
  return `${sentence} What follows is what the database knows; states may be out of date.`;
}

function documentOf(
  connections: readonly ConnectionStatus[],
  sentence: string | null,
  { open: alerts, undelivered }: StandingAlerts,
): string {
  const temporal = { reachable: sentence === null, message: sentence };
  return JSON.stringify({ temporal, connections, alerts, undelivered });
}
