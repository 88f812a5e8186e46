import type { Client } from '@temporalio/client';
import type { Sql } from 'postgres';
import type { Variables } from '../../config/environment.ts';
import { dataDirectoryOf, type Inspected } from '../../config/load.ts';
import type { Connection } from '../../config/schema.ts';
import { ConfigurationError, DatabaseError } from '../../errors.ts';
import { connectTemporal } from '../../operations/connect.ts';
import { lookAtNamespace, type NamespaceState } from '../../operations/namespace.ts';
import { readRunning } from '../../runtime/data-dir.ts';
import type { RunningInstance } from '../../runtime/types.ts';
import { openStore } from '../../store/connect.ts';
import { databaseError } from '../../store/errors.ts';
import { planMigrations } from '../../store/migrate.ts';
import { readInstallation } from '../../store/overview.ts';
import { inspectFile, type OwnServers, readOwnServers } from '../configuration.ts';
import type { DoctorOptions } from '../doctor.ts';
import { sandboxVariables } from '../sandbox-variables.ts';
import { Unreached } from './finding.ts';

/** What the doctor is told, and what tests put in its place. */
export interface Asked extends DoctorOptions {
  cwd: string;
  env: Variables;
  nodeVersion: string;
  /** Bytes that are free where the path lies. */
  freeBytes(path: string): number;
  signal: AbortSignal;
}

/** Everything that the checks look at. What is reached is reached once, however many ask. */
export interface Site {
  readonly asked: Asked;
  readonly dataDirectory: string;
  /** Null where the file cannot be read at all; `unread` then says why. */
  readonly inspected: Inspected | null;
  readonly unread: readonly string[];
  /** What is wrong with the variables of the environment. */
  readonly environment: readonly string[];
  /** Those of the file that are right, or the one that was asked for. */
  readonly connections: readonly Connection[];
  readonly running: RunningInstance | null;
  readonly own: OwnServers;
  /** @throws why it does not answer; everything else that is reached here throws Unreached where it is not there. */
  reachDatabase(): Promise<Sql>;
  database(): Promise<Sql>;
  /** The database where it has the tables of this version, and who it is among those that share a Temporal namespace. */
  tables(): Promise<Tables>;
  /** @throws why it does not answer. */
  reachTemporal(): Promise<Client>;
  temporal(): Promise<Client>;
  /** Temporal where it has the namespace. */
  namespace(): Promise<Client>;
  lookAtNamespace(): Promise<NamespaceState>;
  /** One of our commands as it is to be typed here. */
  command(words: string): string;
  redact(text: string): string;
  close(): Promise<void>;
}

export interface Tables {
  sql: Sql;
  installation: string;
}

/** Shorter than a check may take, so that the lines after it can say why they are skipped. */
const reachMs = 6_000;

const noServers: OwnServers = { databaseUrl: undefined, databaseDirectUrl: undefined, temporal: undefined };

export async function surveySite(asked: Asked): Promise<Site> {
  const dataDirectory = dataDirectoryOf({ cwd: asked.cwd, dataDirectory: asked.dataDir });
  const running = await readRunning(dataDirectory);
  const { value: own = noServers, mistakes: environment } = attempt(() => readOwnServers(asked.env));
  const { value: inspected = null, mistakes: unread } = attempt(() => inspect(asked, running));
  const site = { asked, dataDirectory, inspected, unread, environment, running, own };
  return {
    ...site,
    ...reach(site),
    connections: connectionsOf(asked, inspected),
    command: (words) => `incentive-sync ${words}${flags(asked)}`,
    redact: inspected?.config.redact ?? ((text) => text),
  };
}

/** The demo's connections are where its sandbox is, which only a running instance tells. */
function inspect(asked: Asked, running: RunningInstance | null): Inspected {
  const sandbox = running?.sandboxUrl ?? null;
  return inspectFile(asked, asked.cwd, sandbox === null ? asked.env : { ...asked.env, ...sandboxVariables(sandbox) });
}

function attempt<T>(work: () => T): { value?: T; mistakes: readonly string[] } {
  try {
    return { value: work(), mistakes: [] };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { mistakes: error.mistakes.length > 0 ? error.mistakes : [error.message] };
  }
}

/** @throws ConfigurationError for a name that the file does not have. */
function connectionsOf({ connection }: Asked, inspected: Inspected | null): readonly Connection[] {
  const known = inspected?.config.connections ?? [];
  if (connection === undefined || inspected === null) return known;
  if (inspected.names.includes(connection)) return known.filter(({ name }) => name === connection);
  return [inspected.config.connection(connection)];
}

function flags({ config, dataDir }: Asked): string {
  return [
    ...(config === undefined ? [] : [` --config ${quoted(config)}`]),
    ...(dataDir === undefined ? [] : [` --data-dir ${quoted(dataDir)}`]),
  ].join('');
}

function quoted(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

const unreachable = {
  servers: 'there is none: see servers',
  database: 'needs the database, which is not reached',
  tables: 'needs the tables of this version, which are not there',
  temporal: 'needs Temporal, which is not reached',
  namespace: 'needs the namespace, which is not there',
};

type Reach = Pick<
  Site,
  'reachDatabase' | 'database' | 'tables' | 'reachTemporal' | 'temporal' | 'namespace' | 'lookAtNamespace' | 'close'
>;

function reach({ asked, running, own }: Pick<Site, 'asked' | 'running' | 'own'>): Reach {
  const url = running?.databaseUrl ?? own.databaseUrl;
  const target = own.temporal ?? running?.temporal;
  const store =
    url === undefined ? null : openStore({ url, applicationName: 'incentive-sync doctor', maxConnections: 3 });
  const reachDatabase = once(async () => {
    if (store === null) throw new Unreached(unreachable.servers);
    const late = new DatabaseError(`PostgreSQL takes a connection, and gives no answer within ${reachMs / 1000} s.`);
    await within(reachMs, store.sql`SELECT 1`, late).catch((error) => {
      throw databaseError('take a statement of ours', error);
    });
    return store.sql;
  });
  const reachTemporal = once(async () => {
    if (target === undefined) throw new Unreached(unreachable.servers);
    return connectTemporal(target, { patience: 2000, signal: asked.signal });
  });
  const database = () => reachDatabase().catch(unreached(unreachable.database));
  const temporal = () => reachTemporal().catch(unreached(unreachable.temporal));
  const look = once(async () => lookAtNamespace(await temporal()));
  return {
    reachDatabase,
    database,
    tables: once(async () => tablesOf(await database())),
    reachTemporal,
    temporal,
    lookAtNamespace: look,
    namespace: async () => {
      if ((await look()).found) return temporal();
      throw new Unreached(unreachable.namespace);
    },
    close: async () => {
      await Promise.all([store?.close(), reachTemporal.begun() && reachTemporal().then(closeClient, () => undefined)]);
    },
  };
}

async function tablesOf(sql: Sql): Promise<Tables> {
  const pending = await planMigrations(sql).catch(unreached(unreachable.tables));
  const installation = pending.length > 0 ? null : await readInstallation(sql);
  if (installation === null) throw new Unreached(unreachable.tables);
  return { sql, installation };
}

const closeClient = ({ connection }: Client): Promise<void> => connection.close();

const unreached = (why: string) => (error: unknown) => {
  throw error instanceof Unreached ? error : new Unreached(why);
};

async function within<T>(milliseconds: number, work: PromiseLike<T>, late: Error): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late), milliseconds);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}

function once<T>(work: () => Promise<T>): { (): Promise<T>; begun(): boolean } {
  let promise: Promise<T> | undefined;
  const ask = () => {
    promise ??= work();
    return promise;
  };
  return Object.assign(ask, { begun: () => promise !== undefined });
}
