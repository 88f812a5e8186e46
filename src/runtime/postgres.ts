import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { DatabaseError } from '../errors.ts';
import { type Account, chooseAccount, nameOfCluster } from './account.ts';
import { type StartedChild, startChild } from './child.ts';
import type { DataDir } from './data-dir.ts';
import { tail } from './files.ts';
import { choosePort, isFree, rememberPorts } from './ports.ts';
import { findBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { type Cluster, clearCluster, databaseUser, openCluster } from './postgres-cluster.ts';
import type { Escalation } from './process.ts';
import { type Supervision, supervise } from './supervisor.ts';
import type { Environment, OnStep, PortPreferences, SupervisedChild } from './types.ts';

export interface PostgresOptions {
  dataDir: DataDir;
  env: Environment;
  ports: PortPreferences;
  onStep: OnStep;
  signal: AbortSignal;
  /** Asked for when it is ended: how long is left. */
  escalation: () => Escalation;
}

export interface PostgresServer {
  /** With the password. */
  databaseUrl: string;
  server: SupervisedChild;
}

interface Installation {
  binaries: PostgresBinaries;
  cluster: Cluster;
  account: Account | null;
}

const databaseName = 'incentive_sync';
/** Crash recovery reads the log back, which may take a while after a `kill -9` in the middle of a large load. */
const readyWithinMs = 120_000;

/** Makes the cluster where it is missing, starts the server, makes the database; resolves when it takes statements. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const begun = performance.now();
  const { dataDir, onStep } = options;
  onStep({ part: 'database', state: 'begun', text: 'Starting PostgreSQL', ms: 0 });
  const installation = await install(dataDir);
  const chosen = await choosePort(dataDir.path, 'postgres', options.ports);
  const port = { ...chosen };
  const server = await supervise(supervision(options, installation, port));
  const databaseUrl = urlOf(installation.cluster.password, port.port);
  try {
    await makeDatabase(installation.cluster.password, port.port);
  } catch (error) {
    await server.stop();
    throw error;
  }
  rememberPorts(dataDir.path, { postgres: port.port });
  if (port.preferred !== 0 && port.port !== port.preferred) {
    onStep({ part: 'database', state: 'note', text: `Port ${port.preferred} is taken; using ${port.port}`, ms: 0 });
  }
  const text = `PostgreSQL at 127.0.0.1:${port.port}`;
  onStep({ part: 'database', state: 'done', text, ms: performance.now() - begun });
  return { databaseUrl, server };
}

async function install(dataDir: DataDir): Promise<Installation> {
  const account = chooseAccount(join(dataDir.path, 'postgres'));
  const binaries = await findBinaries(account);
  return { account, binaries, cluster: await openCluster(dataDir, binaries, account) };
}

function supervision(options: PostgresOptions, installation: Installation, port: { port: number }): Supervision {
  let wasUp = false;
  return {
    name: 'postgres',
    escalation: options.escalation,
    onTrouble: (text) => options.onStep({ part: 'database', state: 'note', text, ms: 0 }),
    start: async (signal) => {
      // Clients hold the address, so the port may move only before anyone has heard of it.
      for (let attempt = 1; ; attempt++) {
        try {
          const child = await startOnce(options, installation, port.port, AbortSignal.any([signal, options.signal]));
          wasUp = true;
          return child;
        } catch (error) {
          if (wasUp || attempt === 3 || (await isFree(port.port))) throw error;
          port.port = (await choosePort(options.dataDir.path, 'postgres', options.ports, [port.port])).port;
        }
      }
    },
  };
}

async function startOnce(
  options: PostgresOptions,
  { binaries, cluster, account }: Installation,
  port: number,
  signal: AbortSignal,
): Promise<StartedChild> {
  await clearCluster(cluster.path);
  const child = await startChild(options.dataDir, {
    name: 'postgres',
    command: binaries.postgres,
    args: ['-D', nameOfCluster(account, cluster.path), ...settings(port)],
    env: withoutPostgresSettings(options.env),
    cwd: cluster.path,
    account: account ?? undefined,
  });
  try {
    await ready(child, cluster.path, signal);
    return child;
  } catch (error) {
    await child.end([
      ['SIGINT', 1_000],
      ['SIGKILL', 500],
    ]);
    throw error;
  }
}

// Given on the command line, so that a newer version of this program can change them for clusters that exist.
function settings(port: number): string[] {
  return [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'shared_buffers=256MB',
    'max_wal_size=1GB',
    'wal_compression=on',
    'max_connections=100',
    'timezone=UTC',
    'log_timezone=UTC',
    'log_checkpoints=off',
  ].flatMap((setting) => ['-c', setting]);
}

/** The user's PGDATA, PGPORT and the like mean another server. */
function withoutPostgresSettings(env: Environment): Environment {
  const own = Object.entries(env).filter(([name]) => !name.startsWith('PG'));
  return { ...Object.fromEntries(own), LC_ALL: 'C' };
}

/** Waits for the word `ready` in the postmaster's own file: it opens no connection that a server in recovery would refuse. */
async function ready(child: StartedChild, cluster: string, signal: AbortSignal): Promise<void> {
  let gone = false;
  void child.exited.then(() => {
    gone = true;
  });
  const until = performance.now() + readyWithinMs;
  for (;;) {
    signal.throwIfAborted();
    if (gone)
      throw new DatabaseError(
        `The embedded PostgreSQL did not come up. The end of ${child.logFile}:\n${tail(child.logFile)}`,
      );
    if (saysReady(child.pid, cluster)) return;
    if (performance.now() > until) {
      throw new DatabaseError(
        `The embedded PostgreSQL was not ready within ${readyWithinMs / 1000} s. See ${child.logFile}.`,
      );
    }
    await sleep(20);
  }
}

function saysReady(pid: number, cluster: string): boolean {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}

async function makeDatabase(password: string, port: number): Promise<void> {
  const sql = postgres(urlOf(password, port, 'postgres'), { max: 1, connect_timeout: 10, onnotice: () => {} });
  try {
    const found = await sql`select 1 from pg_database where datname = ${databaseName}`;
    if (found.length === 0) await sql`create database ${sql(databaseName)}`;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new DatabaseError(
      `The embedded PostgreSQL refuses our connection${code}. Was its password file replaced? Restore it, or begin with an empty data folder.`,
    );
  } finally {
    await sql.end({ timeout: 1 });
  }
}

const urlOf = (password: string, port: number, database = databaseName): string =>
  `postgres://${databaseUser}:${password}@127.0.0.1:${port}/${database}`;
