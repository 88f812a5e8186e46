import type { Client } from '@temporalio/client';
import { namedStreams } from '../activities/named-streams.ts';
import { freshWithin, ruleFor, type WatchedConnection } from '../alerts/watch.ts';
import type { Config } from '../config/load.ts';
import type { Connection } from '../config/schema.ts';
import { isOutage } from '../operations/grpc.ts';
import { viewConnection } from '../operations/overview.ts';
import { workersOn } from '../operations/pollers.ts';
import { type ConnectionStatus, type Facts, statusOf } from '../operations/status.ts';
import type { Progress } from '../receipt.ts';
import { type StandingAlerts, standingAlerts } from '../store/alerts/list.ts';
import type { Store } from '../store/connect.ts';
import { type KnownConnection, readConnections } from '../store/overview.ts';
import { taskQueue } from '../workflows/names.ts';
import { reachTemporalOrSay, type Servers } from './reach.ts';

/** What can be looked at, once or again and again. */
export interface Sight {
  config: Config;
  servers: Servers;
  store: Store;
  installation: string;
  signal: AbortSignal;
}

/** How everything was at one moment. */
export interface Look {
  now: Date;
  connections: readonly ConnectionStatus[];
  alerts: StandingAlerts;
  /** Why Temporal does not answer; null where it does. */
  trouble: string | null;
  /** Temporal answers, and nobody takes work from it. */
  idleQueue: boolean;
  /** Of the run of a connection that is under way and answers: one; else none. */
  progressOf(connection: string): readonly Progress[];
}

export interface Looking {
  look(): Promise<Look>;
  close(): Promise<void>;
}

/** The connection to Temporal is kept from one look to the next, and tried again where there is none. */
export function openSight(sight: Sight): Looking {
  let temporal: Client | string | null = null;
  return {
    look: async () => {
      const before = temporal;
      const connecting =
        before === null || typeof before === 'string' ? reachTemporalOrSay(sight.servers, sight.signal) : before;
      const [database, client] = await Promise.all([readDatabase(sight.store), connecting]);
      temporal = client;
      return lookAt(sight, database, client);
    },
    close: async () => {
      if (temporal !== null && typeof temporal !== 'string') await temporal.connection.close();
    },
  };
}

interface Known {
  known: KnownConnection[];
  alerts: StandingAlerts;
}

async function readDatabase({ sql }: Store): Promise<Known> {
  const [known, alerts] = await Promise.all([readConnections(sql), standingAlerts(sql)]);
  return { known, alerts };
}

async function lookAt(sight: Sight, { known, alerts }: Known, temporal: Client | string): Promise<Look> {
  const { facts, trouble, idleQueue } = await withTemporal(sight, factsOf(sight.config, known), temporal);
  const now = new Date();
  return {
    now,
    connections: facts.map((one) => statusOf(one, now)),
    alerts,
    trouble,
    idleQueue,
    progressOf: (connection) => {
      const progress = facts.find((one) => one.connection === connection)?.view?.run?.progress;
      return progress ? [progress] : [];
    },
  };
}

interface Seen {
  facts: Facts[];
  trouble: string | null;
  idleQueue: boolean;
}

async function withTemporal(sight: Sight, facts: Facts[], temporal: Client | string): Promise<Seen> {
  if (typeof temporal === 'string') return { facts, trouble: temporal, idleQueue: false };
  try {
    const views = facts.map(({ connection, system }) =>
      viewConnection(temporal, { name: connection, system }, sight.installation),
    );
    const [seen, workers] = await Promise.all([Promise.all(views), workersOn(temporal, taskQueue, 'workflow')]);
    const viewed = facts.map((fact, index) => ({ ...fact, view: seen[index] ?? null }));
    return { facts: viewed, trouble: null, idleQueue: workers.length === 0 };
  } catch (error) {
    if (!isOutage(error)) throw error;
    return { facts, trouble: 'Temporal has stopped answering.', idleQueue: false };
  }
}

function factsOf(config: Config, known: readonly KnownConnection[]): Facts[] {
  const { connections } = config;
  const gone = known.filter(({ connection }) => !connections.some(({ name }) => name === connection));
  return [
    ...connections.map((connection) => ({
      connection: connection.name,
      system: connection.system,
      configured: { ...connection, streams: namedStreams(connection) },
      known: known.find((one) => one.connection === connection.name) ?? null,
      view: null,
      freshWithin: freshnessRule(config, connection),
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

/** The age from which on somebody is told, where somebody is. */
function freshnessRule({ alerts }: Config, connection: Connection): Facts['freshWithin'] {
  if (alerts === undefined) return undefined;
  const watched: WatchedConnection = { ...connection, streams: namedStreams(connection) };
  return (stream) => {
    const rule = ruleFor({ connections: [watched], settings: alerts }, 'stale', connection.name, { stream });
    return rule === undefined ? null : freshWithin(rule, watched);
  };
}
