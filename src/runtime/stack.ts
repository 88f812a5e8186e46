import { realpathSync } from 'node:fs';
import type { ConnectionOptions } from '@temporalio/client';
import { ConfigurationError } from '../errors.ts';
import { startChild } from './child.ts';
import { type DataDir, takeDataDir } from './data-dir.ts';
import { endOrphans } from './orphans.ts';
import { startPostgres } from './postgres.ts';
import { birthOf, type Escalation } from './process.ts';
import { reachDatabase, reachTemporal } from './reach.ts';
import { supervise } from './supervisor.ts';
import { type Synchronous, startTemporal } from './temporal.ts';
import type { ChildSpec, Environment, OnStep, PortPreferences, SupervisedChild, TemporalPlace } from './types.ts';

export interface StackOptions {
  /** Absolute path of the data folder; made when missing. */
  dataDir: string;
  /** The user's own PostgreSQL; without it an embedded one is started in the data folder. */
  databaseUrl?: string | undefined;
  /** The user's own Temporal; without it a dev server is started. `connection` adds TLS, API key and the like. */
  temporal?: (TemporalPlace & { connection?: ConnectionOptions | undefined; webUi?: string | undefined }) | undefined;
  /** Path of the `temporal` binary (see `findTemporalCli`); may be missing only where `temporal` is given. */
  temporalCli?: string | undefined;
  /** What embedded servers inherit (PG* and TEMPORAL_* are left out). */
  env: Environment;
  onStep: OnStep;
  ports?: PortPreferences | undefined;
  /** Further dynamic configuration of the dev server, such as `{ 'limit.historyCount.suggestContinueAsNew': 20 }`. */
  dynamicConfig?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** Namespaces of the dev server besides `default`. */
  namespaces?: readonly string[] | undefined;
  /** Of the dev server; `full` by default. */
  synchronous?: Synchronous | undefined;
  /** How long an own database or Temporal that does not answer is tried for, in milliseconds. Default 30000. */
  reachableWithinMs?: number | undefined;
  /** Aborting ends the start: everything started so far is stopped and the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

export interface Stack {
  readonly dataDir: string;
  /** With its password: never print it. */
  readonly databaseUrl: string;
  readonly temporal: TemporalPlace;
  readonly webUi: string | null;
  /** Starts a process beside the servers (sandbox, worker) and keeps it running until `stop`. */
  startChild(spec: ChildSpec): Promise<SupervisedChild>;
  /** Adds what became known later to `runtime.json`. */
  publish(known: { sandboxUrl: string | null }): Promise<void>;
  /** Children in reverse order of their start, then Temporal, then PostgreSQL; all gone within 5 s. Idempotent, never rejects. */
  stop(): Promise<void>;
}

/**
 * Takes the data folder, ends what a killed owner left behind, and brings PostgreSQL and Temporal up side by side.
 * Rejects with AlreadyRunningError when the folder is in use, ConfigurationError or DatabaseError otherwise; nothing is
 * left running then.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const dataDir = takeDataDir(options.dataDir);
  try {
    return await bringUp(options, { ...dataDir, path: realpathSync(dataDir.path) });
  } catch (error) {
    dataDir.release();
    throw error;
  }
}

interface Database {
  databaseUrl: string;
  server: SupervisedChild | null;
}

interface Temporal {
  place: TemporalPlace;
  webUi: string | null;
  server: SupervisedChild | null;
}

async function bringUp(options: StackOptions, dataDir: DataDir): Promise<Stack> {
  await tidyUp(options, dataDir);
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const clock = stopClock();
  const starting = [database(options, dataDir, signal, clock), temporal(options, dataDir, signal)] as const;
  try {
    const [db, tp] = await Promise.all(starting);
    signal.throwIfAborted();
    return running(options, dataDir, db, tp, clock);
  } catch (error) {
    // One failed: the other must not go on waiting, nor be left behind if it just came up.
    failed.abort(error);
    const others = await Promise.allSettled(starting);
    await Promise.all(others.map((other) => (other.status === 'fulfilled' ? other.value.server?.stop() : undefined)));
    throw error;
  }
}

async function tidyUp({ onStep }: StackOptions, dataDir: DataDir): Promise<void> {
  const begun = performance.now();
  const ended = await endOrphans(dataDir);
  if (ended.length === 0) return;
  const text = `Ended what an earlier start had left behind: ${ended.join(', ')}`;
  onStep({ part: 'data', state: 'note', text, ms: performance.now() - begun });
}

async function database(
  options: StackOptions,
  dataDir: DataDir,
  signal: AbortSignal,
  clock: StopClock,
): Promise<Database> {
  const { databaseUrl, env, onStep, ports = {} } = options;
  if (databaseUrl === undefined) {
    return startPostgres({ dataDir, env, ports, onStep, signal, escalation: clock.postgres });
  }
  await reachDatabase(databaseUrl, { withinMs: options.reachableWithinMs ?? 30_000, onStep, signal });
  return { databaseUrl, server: null };
}

async function temporal(options: StackOptions, dataDir: DataDir, signal: AbortSignal): Promise<Temporal> {
  const { env, onStep, ports = {}, dynamicConfig = {}, namespaces = [], temporalCli: cli } = options;
  if (options.temporal !== undefined) {
    const { address, namespace, connection, webUi = null } = options.temporal;
    const place = { address, namespace };
    await reachTemporal(place, connection, { withinMs: options.reachableWithinMs ?? 30_000, onStep, signal });
    return { place, webUi, server: null };
  }
  if (cli === undefined) {
    throw new ConfigurationError(
      'The Temporal CLI is missing. Run `npm start` once, which obtains it, or set TEMPORAL_CLI to its path or TEMPORAL_ADDRESS to a server.',
    );
  }
  const { synchronous } = options;
  return startTemporal({ dataDir, cli, env, ports, onStep, signal, dynamicConfig, namespaces, synchronous });
}

function running(options: StackOptions, dataDir: DataDir, db: Database, tp: Temporal, clock: StopClock): Stack {
  const children: SupervisedChild[] = [];
  const instance = {
    pid: process.pid,
    birth: birthOf(process.pid) ?? '',
    startedAt: new Date().toISOString(),
    databaseUrl: db.databaseUrl,
    temporal: tp.place,
    webUi: tp.webUi,
    sandboxUrl: null,
  };
  dataDir.publish(instance);
  let stopped: Promise<void> | undefined;
  return {
    dataDir: dataDir.path,
    databaseUrl: db.databaseUrl,
    temporal: tp.place,
    webUi: tp.webUi,
    startChild: async (spec) => {
      if (stopped !== undefined)
        throw new ConfigurationError(`The ${spec.name} was not started: everything is stopping.`);
      const child = await superviseSpec(spec, dataDir, options.onStep, clock);
      children.push(child);
      if (stopped !== undefined) await child.stop();
      return child;
    },
    publish: async (known) => dataDir.publish({ ...instance, ...known }),
    stop: () => {
      stopped ??= stopAll(children, tp.server, db.server, clock).then(dataDir.release);
      return stopped;
    },
  };
}

function superviseSpec(spec: ChildSpec, dataDir: DataDir, onStep: OnStep, clock: StopClock): Promise<SupervisedChild> {
  return supervise({
    name: spec.name,
    start: () => startChild(dataDir, spec),
    escalation: () => clock.child(spec.graceMs ?? 2_500),
    onTrouble: (text) => onStep({ part: 'child', state: 'note', text, ms: 0 }),
    finalExitCodes: spec.finalExitCodes,
  });
}

async function stopAll(
  children: readonly SupervisedChild[],
  temporalServer: SupervisedChild | null,
  postgresServer: SupervisedChild | null,
  clock: StopClock,
): Promise<void> {
  clock.begin();
  for (const child of children.toReversed()) await child.stop();
  await temporalServer?.stop();
  await postgresServer?.stop();
}

interface StopClock {
  begin(): void;
  /** Worker and sandbox share the first half of the 5 seconds, however long each may take when it is stopped alone. */
  child(graceMs: number): Escalation;
  /** A fast shutdown may take what the others left of the 5 seconds; then immediate, which costs a recovery and no data. */
  postgres(): Escalation;
}

function stopClock(): StopClock {
  let begun: number | undefined;
  const left = (ms: number): number => (begun === undefined ? ms : Math.max(0, ms - (performance.now() - begun)));
  return {
    begin: () => {
      begun ??= performance.now();
    },
    child: (graceMs) => [
      ['SIGTERM', Math.min(graceMs, Math.max(100, left(2_500)))],
      ['SIGKILL', 500],
    ],
    postgres: () => [
      ['SIGINT', Math.max(400, left(4_300))],
      ['SIGQUIT', 300],
      ['SIGKILL', 300],
    ],
  };
}
