import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/load.ts';
import { ConfigurationError, DatabaseError } from '../errors.ts';
import { resumeParked } from '../operations/resume.ts';
import { type TemporalTarget, temporalSettings } from '../operations/target.ts';
import { readRunning } from '../runtime/data-dir.ts';
import type { RunningInstance } from '../runtime/types.ts';
import type { Screen } from '../screen/screen.ts';
import { createSteps } from '../screen/steps.ts';
import { runWorker } from '../worker.ts';
import { taskQueue } from '../workflows/names.ts';
import { closingSignal } from './closing.ts';
import { type OwnServers, readConfig, readOwnSandbox, readOwnServers } from './configuration.ts';
import { type Prepared, type PrepareOptions, prepare } from './instance.ts';
import { isVerbose } from './loudness.ts';
import { sandboxVariables } from './sandbox-variables.ts';
import { exitCodes, leave, printJson } from './shared.ts';
import type { WorkerOptions } from './worker.ts';

/** A worker until it is asked to end; waits for servers that are not up. */
export async function work(options: WorkerOptions, screen: Screen): Promise<void> {
  const outline = readConfig(options);
  const signal = closingSignal({ withParent: options.exitWithParent === true });
  const running = await readRunning(outline.dataDirectory);
  const config = withSandbox(options, outline, running);
  const { databaseUrl, databaseDirectUrl, temporal } = findServers(options, config, running);
  const steps = createSteps(screen);
  for (const warning of outline.warnings) screen.line(warning);
  const patience = Number.POSITIVE_INFINITY;
  try {
    const prepared = await prepareWhenUp({ databaseUrl, databaseDirectUrl, temporal, steps, signal, patience });
    await runWorker({
      config,
      databaseUrl,
      temporal: temporalSettings(temporal),
      searchAttributes: prepared.searchAttributes,
      installation: prepared.installation,
      onReady: () => {
        void tellReady(options, prepared, screen);
        void goOn(config, prepared, screen);
      },
      debug: isVerbose(),
      signal,
    });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  await leave(exitCodes.ok);
}

async function tellReady(options: WorkerOptions, prepared: Prepared, screen: Screen): Promise<void> {
  const place = { address: prepared.temporalAddress, namespace: prepared.client.options.namespace, taskQueue };
  if (options.json) await printJson(JSON.stringify({ worker: place }));
  screen.line(`The worker takes work from ${place.address}, namespace ${place.namespace}, task queue ${taskQueue}.`);
}

/** Parked runs try again when a worker starts: their key may have been mended. They also do so by themselves, later. */
async function goOn({ connections }: Config, { client, installation }: Prepared, screen: Screen): Promise<void> {
  const resumed = await resumeParked(client, connections, installation).catch(() => []);
  for (const name of resumed) screen.line(`The parked run of ${name} tries again.`);
}

/** The demo's connection points at a sandbox, which only a running instance has. */
function withSandbox(options: WorkerOptions, config: Config, running: RunningInstance | null): Config {
  if (!config.demo || readOwnSandbox() !== undefined) return config;
  if (running && running.sandboxUrl !== null) return readConfig(options, sandboxVariables(running.sandboxUrl));
  throw new ConfigurationError(
    'There is no incentive-sync.yaml, so a worker has no connection to work for: pass one with --config, or type `incentive-sync start` for the demo.',
  );
}

interface Servers {
  databaseUrl: string;
  databaseDirectUrl: string | undefined;
  temporal: TemporalTarget;
}

/** What is said explicitly comes first, then the instance of the data folder. */
function findServers(options: WorkerOptions, config: Config, running: RunningInstance | null): Servers {
  const own = readOwnServers();
  const databaseUrl = own.databaseUrl ?? running?.databaseUrl;
  const temporal = saidTemporal(options) ?? own.temporal ?? running?.temporal;
  if (databaseUrl === undefined || temporal === undefined) throw nowhere(own, config);
  return { databaseUrl, databaseDirectUrl: own.databaseDirectUrl, temporal };
}

function saidTemporal({ temporalAddress, temporalNamespace }: WorkerOptions): TemporalTarget | undefined {
  if (temporalAddress === undefined) return undefined;
  return { address: temporalAddress, namespace: temporalNamespace ?? 'default' };
}

function nowhere(own: OwnServers, config: Config): ConfigurationError {
  const missing = [
    ...(own.databaseUrl === undefined ? ['DATABASE_URL'] : []),
    ...(own.temporal === undefined ? ['TEMPORAL_ADDRESS'] : []),
  ].join(' and ');
  return new ConfigurationError(
    `A worker needs servers: nothing runs on ${config.dataDirectory}, and ${missing} is not set. Set it, or type \`incentive-sync start\`, which brings servers and a worker.`,
  );
}

const retryMs = 2000;

/** A worker in a deployment starts beside its database, or after a night without one: it waits instead of crashing. */
async function prepareWhenUp(options: PrepareOptions): Promise<Prepared> {
  for (;;) {
    try {
      return await prepare(options);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      options.steps.line(`  ${error.message} Trying again.`);
      await sleep(retryMs, undefined, { signal: options.signal });
    }
  }
}
