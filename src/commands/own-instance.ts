import { findTemporalCli } from '../../scripts/lib/temporal-cli.js';
import { childEnvironment, readEnvironment, type Variables } from '../config/environment.ts';
import type { Config } from '../config/load.ts';
import { clientConnectionOptions, temporalSettings } from '../operations/target.ts';
import { type Stack, type StackOptions, startStack } from '../runtime/stack.ts';
import type { Steps } from '../screen/steps.ts';
import { planSandbox, type SandboxPlan, startSandbox, startWorker } from './children.ts';
import { type OwnServers, readConfig, readOwnServers } from './configuration.ts';
import type { Instance } from './instance.ts';
import type { CommonOptions } from './shared.ts';
import { showRuntimeSteps } from './steps.ts';

export interface StartInstanceOptions {
  options: CommonOptions;
  /** As read before anything runs. */
  config: Config;
  steps: Steps;
  signal: AbortSignal;
  /** How long the user's own servers may be away at the start, in milliseconds. */
  reachableWithinMs: number;
}

export interface OwnInstance extends Instance {
  readonly sandboxUrl: string | null;
  /** Path of the `temporal` binary that a person here can type; null where none was found. */
  readonly temporalCli: string | null;
}

/** Brings everything up in this process's care: servers (where the user has none), sandbox (for the demo), worker. */
export async function startInstance(start: StartInstanceOptions): Promise<OwnInstance> {
  const servers = readOwnServers();
  const temporalCli = findCli();
  const starting = startStack(stackOptions(start, servers, temporalCli));
  // The database and Temporal clients take a second to load; the servers take one to come up.
  void import('./instance.ts');
  const stack = await starting;
  try {
    return await fill(stack, start, servers, temporalCli);
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

function findCli(): string | null {
  const env = childEnvironment();
  const { temporalCli } = readEnvironment();
  const found = findTemporalCli({
    explicit: temporalCli,
    path: env.PATH,
    cacheHome: env.XDG_CACHE_HOME,
    home: env.HOME,
  });
  return found?.path ?? null;
}

function stackOptions(start: StartInstanceOptions, servers: OwnServers, temporalCli: string | null): StackOptions {
  return {
    dataDir: start.config.dataDirectory,
    databaseUrl: servers.databaseUrl,
    temporal: ownTemporal(servers),
    temporalCli: temporalCli ?? undefined,
    env: childEnvironment(),
    onStep: showRuntimeSteps(start.steps),
    reachableWithinMs: start.reachableWithinMs,
    signal: start.signal,
  };
}

function ownTemporal({ temporal }: OwnServers): StackOptions['temporal'] {
  if (!temporal) return undefined;
  const settings = temporalSettings(temporal);
  return {
    address: settings.connectionOptions.address ?? 'localhost:7233',
    namespace: settings.namespace,
    connection: clientConnectionOptions(settings),
  };
}

async function fill(
  stack: Stack,
  { options, config: outline, steps, signal }: StartInstanceOptions,
  servers: OwnServers,
  temporalCli: string | null,
): Promise<OwnInstance> {
  const { prepare } = await import('./instance.ts');
  const { databaseUrl } = stack;
  const { databaseDirectUrl } = servers;
  const temporal = servers.temporal ?? stack.temporal;
  const sandbox = outline.demo ? await planSandbox(stack.dataDir) : null;
  const variables = sandbox?.variables ?? {};
  const [prepared] = await Promise.all([
    prepare({ databaseUrl, databaseDirectUrl, temporal, steps, signal }),
    sandbox ? demoSandbox(stack, sandbox, steps, signal) : null,
    bringWorker(stack, { args: workerArguments(stack, options, servers), variables, signal }, steps),
  ]);
  return {
    ...prepared,
    config: sandbox ? readConfig(options, variables) : outline,
    databaseUrl: stack.databaseUrl,
    webUi: stack.webUi,
    sandboxUrl: sandbox?.url ?? null,
    temporalCli,
    own: true,
    stop: async () => {
      await prepared.client.connection.close().catch(() => {});
      await stack.stop();
    },
  };
}

async function demoSandbox(stack: Stack, plan: SandboxPlan, steps: Steps, signal: AbortSignal): Promise<void> {
  await steps.run(
    'Starting the sandbox',
    () => startSandbox(stack, plan, signal),
    () => `The sandbox emulates Incentify, NeoDay, Atobi and Vibes at ${plan.url}`,
  );
  await stack.publish({ sandboxUrl: plan.url });
}

interface WorkerNeeds {
  args: string[];
  variables: Variables;
  signal: AbortSignal;
}

/** It finds the tables and the search attributes itself, so it needs nobody to go first. */
async function bringWorker(stack: Stack, { args, variables, signal }: WorkerNeeds, steps: Steps): Promise<void> {
  const env = { ...variables, DATABASE_URL: stack.databaseUrl };
  await steps.run(
    'Starting the worker',
    () => startWorker(stack, { args, env, signal }),
    () => 'The worker takes work',
  );
}

function workerArguments(stack: Stack, options: CommonOptions, servers: OwnServers): string[] {
  const { address, namespace } = stack.temporal;
  return [
    '--data-dir',
    stack.dataDir,
    ...(options.config === undefined ? [] : ['--config', options.config]),
    ...(options.verbose === true ? ['--verbose'] : []),
    ...(servers.temporal ? [] : ['--temporal-address', address, '--temporal-namespace', namespace]),
  ];
}
