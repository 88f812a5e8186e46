import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions } from '@temporalio/client';
import { ConfigurationError } from '../errors.ts';
import { type StartedChild, startChild } from './child.ts';
import type { DataDir } from './data-dir.ts';
import { tail } from './files.ts';
import { choosePort, isFree, listensOn, rememberPorts } from './ports.ts';
import { type Supervision, supervise } from './supervisor.ts';
import type { Environment, OnStep, PortPreferences, SupervisedChild, TemporalPlace } from './types.ts';

/** `off` survives any kill, but not a power cut: for tests, which it makes faster. */
export type Synchronous = 'full' | 'off';

export interface TemporalOptions {
  dataDir: DataDir;
  /** Path of the `temporal` binary. */
  cli: string;
  env: Environment;
  ports: PortPreferences;
  dynamicConfig: Readonly<Record<string, string | number | boolean>>;
  namespaces: readonly string[];
  synchronous?: Synchronous | undefined;
  onStep: OnStep;
  signal: AbortSignal;
}

export interface TemporalServer {
  place: TemporalPlace;
  webUi: string;
  server: SupervisedChild;
}

interface Ports {
  temporal: number;
  webUi: number;
}

const readyWithinMs = 30_000;

/** Starts the dev server on a durable file; resolves when it answers for all its namespaces. */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  const begun = performance.now();
  options.onStep({ part: 'temporal', state: 'begun', text: 'Starting Temporal', ms: 0 });
  const ports = await choosePorts(options, []);
  const server = await supervise(supervision(options, ports));
  rememberPorts(options.dataDir.path, { temporal: ports.temporal, webUi: ports.webUi });
  const address = `127.0.0.1:${ports.temporal}`;
  const webUi = `http://127.0.0.1:${ports.webUi}`;
  options.onStep({
    part: 'temporal',
    state: 'done',
    text: `Temporal at ${address}, Web UI at ${webUi}`,
    ms: performance.now() - begun,
  });
  return { place: { address, namespace: 'default' }, webUi, server };
}

function supervision(options: TemporalOptions, ports: Ports): Supervision {
  let wasUp = false;
  return {
    name: 'temporal',
    escalation: () => [
      ['SIGTERM', 1_500],
      ['SIGKILL', 500],
    ],
    onTrouble: (text) => options.onStep({ part: 'temporal', state: 'note', text, ms: 0 }),
    start: async (signal) => {
      // Clients hold the address, so ports may move only before anyone has heard of them.
      for (let attempt = 1; ; attempt++) {
        try {
          const child = await startOnce(options, ports, AbortSignal.any([signal, options.signal]));
          wasUp = true;
          return child;
        } catch (error) {
          const lost = await takenOf(ports);
          if (wasUp || attempt === 3 || lost.length === 0) throw error;
          Object.assign(ports, await choosePorts(options, lost));
        }
      }
    },
  };
}

async function startOnce(options: TemporalOptions, ports: Ports, signal: AbortSignal): Promise<StartedChild> {
  const { database, markWhole } = openDatabase(options.dataDir);
  const child = await startChild(options.dataDir, {
    name: 'temporal',
    command: options.cli,
    args: serverArguments(options, ports, database),
    env: withoutTemporalSettings(options.env),
  });
  try {
    await answering(child, ports.temporal, ['default', ...options.namespaces], signal);
    markWhole();
    return child;
  } catch (error) {
    await child.end([['SIGKILL', 1_000]]);
    throw error;
  }
}

/**
 * The server makes its tables only in a file that does not exist yet. One that was killed while it made them leaves a file
 * no server can ever use, so what was never seen working is made anew.
 */
function openDatabase(dataDir: DataDir): { database: string; markWhole(): void } {
  const folder = join(dataDir.path, 'temporal');
  const whole = join(folder, 'whole');
  if (!existsSync(whole)) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { database: join(folder, 'temporal.db'), markWhole: () => writeFileSync(whole, '') };
}

// The write-ahead log lets readers work beside the writer. Synchronous `normal` would take 5 ms instead of 11 for each
// start or signal, but a power cut could then take back what Temporal had already confirmed.
function serverArguments(options: TemporalOptions, ports: Ports, database: string): string[] {
  const { dynamicConfig, namespaces, synchronous = 'full' } = options;
  const dynamic = { ...tuning, ...dynamicConfig };
  return [
    'server',
    'start-dev',
    ...['--ip', '127.0.0.1', '--port', String(ports.temporal), '--ui-port', String(ports.webUi)],
    ...['--db-filename', database],
    ...['journal_mode=wal', `synchronous=${synchronous}`].flatMap((pragma) => ['--sqlite-pragma', pragma]),
    ...Object.entries(dynamic).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${JSON.stringify(value)}`]),
    ...namespaces.flatMap((namespace) => ['--namespace', namespace]),
  ];
}

// As shipped the transfer queue polls 20 times a second, so that each activity waits about 90 ms for its turn.
// Timers, such as the wait before an activity is tried again, are as shipped up to a second late.
const tuning = { 'history.transferProcessorMaxPollRPS': 10_000, 'history.timerProcessorMaxTimeShift': '10ms' };

/** A TEMPORAL_ADDRESS or profile meant for clients must not reach the server's own command line. */
function withoutTemporalSettings(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

async function choosePorts(options: TemporalOptions, lost: readonly number[]): Promise<Ports> {
  const temporal = await choosePort(options.dataDir.path, 'temporal', options.ports, lost);
  const webUi = await choosePort(options.dataDir.path, 'webUi', options.ports, [...lost, temporal.port]);
  for (const { port, preferred } of [temporal, webUi]) {
    if (preferred === 0 || port === preferred) continue;
    options.onStep({ part: 'temporal', state: 'note', text: `Port ${preferred} is taken; using ${port}`, ms: 0 });
  }
  return { temporal: temporal.port, webUi: webUi.port };
}

async function takenOf({ temporal, webUi }: Ports): Promise<number[]> {
  const taken = [];
  for (const port of [temporal, webUi]) if (!(await isFree(port))) taken.push(port);
  return taken;
}

/**
 * Waits for an answer over gRPC about each namespace (a log line would only say that the server means to be ready), and for
 * the port to be the child's own: in the instant before it was bound, another server may have taken it, and answer.
 */
async function answering(
  child: StartedChild,
  port: number,
  namespaces: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  let gone = false;
  void child.exited.then(() => {
    gone = true;
  });
  const until = performance.now() + readyWithinMs;
  while (performance.now() < until) {
    signal.throwIfAborted();
    if (gone) {
      throw new ConfigurationError(
        `The Temporal server ended at once. The end of ${child.logFile}:\n${tail(child.logFile)}`,
      );
    }
    const isOurs = listensOn(child.pid, port) ?? true;
    if (isOurs && (await knowsAll({ address: `127.0.0.1:${port}`, connectTimeout: 1_000 }, namespaces)) && !gone)
      return;
    await sleep(40);
  }
  throw new ConfigurationError(
    `The Temporal server did not answer on port ${port} within ${readyWithinMs / 1000} s. See ${child.logFile}.`,
  );
}

async function knowsAll(connection: ConnectionOptions, namespaces: readonly string[]): Promise<boolean> {
  try {
    for (const namespace of namespaces) await describeNamespace(connection, namespace);
    return true;
  } catch {
    return false;
  }
}

/** One round trip to the server, on a connection of its own. Rejects as the client does. */
export async function describeNamespace(options: ConnectionOptions, namespace: string): Promise<void> {
  // Loaded here, because it takes 0.2 s, in which the server is already starting.
  const { Connection } = await import('@temporalio/client');
  const connection = await Connection.connect(options);
  try {
    await connection.withDeadline(Date.now() + 5_000, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } finally {
    await connection.close();
  }
}
