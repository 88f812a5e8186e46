import { findTemporalCli } from '../../scripts/lib/temporal-cli.js';
import { childEnvironment, readEnvironment, type Variables } from '../config/environment.ts';
import type { Config } from '../config/load.ts';
import { clientConnectionOptions, temporalSettings } from '../operations/connect.ts';
import { type Stack, type StackOptions, startStack } from '../runtime/stack.ts';
import type { Steps } from '../screen/steps.ts';
import { sandboxVariables, startSandbox, startWorker } from './children.ts';
import { type OwnServers, readConfig, readOwnServers } from './configuration.ts';
import { type Instance, prepare } from './instance.ts';
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
  const stack = await startStack(stackOptions(start, servers, temporalCli));
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
  const temporal = servers.temporal ?? stack.temporal;
  const [sandbox, prepared] = await Promise.all([
    outline.demo ? demoSandbox(stack, steps, signal) : null,
    prepare({ databaseUrl: stack.databaseUrl, databaseDirectUrl: servers.databaseDirectUrl, temporal, steps, signal }),
  ]);
  const extra = sandbox ? sandboxVariables(sandbox) : {};
  await steps.run(
    'Starting the worker',
    () =>
      startWorker(stack, {
        args: workerArguments(stack, options, servers),
        env: workerEnvironment(stack, extra),
        signal,
      }),
    () => 'The worker takes work',
  );
  return {
    ...prepared,
    config: sandbox ? readConfig(options, extra) : outline,
    databaseUrl: stack.databaseUrl,
    webUi: stack.webUi,
    sandboxUrl: sandbox,
    temporalCli,
    own: true,
    stop: async () => {
      await prepared.client.connection.close().catch(() => {});
      await stack.stop();
    },
  };
}

async function demoSandbox(stack: Stack, steps: Steps, signal: AbortSignal): Promise<string> {
  const sandbox = await steps.run(
    'Starting the sandbox',
    () => startSandbox(stack, signal),
    (url) => `The sandbox emulates Incentify at ${url}`,
  );
  await stack.publish({ sandboxUrl: sandbox });
  return sandbox;
}

function workerArguments(stack: Stack, options: CommonOptions, servers: OwnServers): string[] {
  const { address, namespace } = stack.temporal;
  return [
    '--data-dir',
    stack.dataDir,
    ...(options.config === undefined ? [] : ['--config', options.config]),
    ...(servers.temporal ? [] : ['--temporal-address', address, '--temporal-namespace', namespace]),
  ];
}

function workerEnvironment(stack: Stack, extra: Variables): Variables {
  return { ...extra, DATABASE_URL: stack.databaseUrl };
}
