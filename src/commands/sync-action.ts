import type { Config } from '../config/load.ts';
import type { Connection } from '../config/schema.ts';
import { didYouMean } from '../config/suggest.ts';
import { ConfigurationError } from '../errors.ts';
import { exitCode, runsDocument } from '../operations/json.ts';
import { readRunning } from '../runtime/data-dir.ts';
import type { Screen } from '../screen/screen.ts';
import { createSteps, type Steps } from '../screen/steps.ts';
import { closingSignal } from './closing.ts';
import { readConfig, readOwnServers } from './configuration.ts';
import type { Instance } from './instance.ts';
import { leave, printJson } from './shared.ts';
import type { SyncOptions } from './sync.ts';

/** One run of one connection, wherever its servers are; leaves by the receipt's code. */
export async function sync(name: string, options: SyncOptions, screen: Screen): Promise<void> {
  const config = readConfig(options);
  const connection = config.connection(name);
  const streams = options.stream && checkStreams(connection, options.stream);
  const signal = closingSignal({ withParent: false });
  const steps = createSteps(screen);
  const instance = await findInstance({ options, config, steps, signal });
  const { runAll } = await import('./runs.ts');
  try {
    const live = options.watch === true;
    const receipts = await runAll({
      instance,
      connections: [connection],
      trigger: 'person',
      streams,
      screen,
      live,
      signal,
    });
    if (options.json) await printJson(runsDocument(receipts));
    process.exitCode = exitCode(receipts);
  } catch (error) {
    if (signal.aborted) screen.line(afterInterruption(name, instance));
    throw error;
  } finally {
    await instance.stop();
  }
  await leave(Number(process.exitCode));
}

function checkStreams(connection: Connection, named: readonly string[]): string[] {
  const known: readonly string[] = connection.streams;
  const mistakes = named
    .filter((stream) => !known.includes(stream))
    .map(
      (stream) =>
        `There is no stream \`${stream}\`${didYouMean(stream, known)} in \`${connection.name}\`; it has: ${known.join(', ')}.`,
    );
  if (mistakes.length > 0) throw new ConfigurationError(mistakes.join('\n'), mistakes);
  return [...new Set(named)];
}

interface Where {
  options: SyncOptions;
  config: Config;
  steps: Steps;
  signal: AbortSignal;
}

const reachableWithinMs = 30_000;

/** What runs on the data folder; else the user's own servers, if both are named; else everything is started. */
async function findInstance({ options, config, steps, signal }: Where): Promise<Instance> {
  const { databaseUrl, databaseDirectUrl, temporal } = readOwnServers();
  const running = await readRunning(config.dataDirectory);
  if (running) {
    const { joinRunning } = await import('./instance.ts');
    return joinRunning({ config, running, temporal, steps, signal });
  }
  if (databaseUrl !== undefined && temporal && !config.demo) {
    const { useExternal } = await import('./external-instance.ts');
    return useExternal({ config, databaseUrl, databaseDirectUrl, temporal, steps, signal });
  }
  const { startInstance } = await import('./own-instance.ts');
  return startInstance({ options, config, steps, signal, reachableWithinMs });
}

function afterInterruption(name: string, instance: Instance): string {
  if (instance.own) return `Stopping; the run of ${name} goes on where it was when a worker is there again.`;
  const look = instance.webUi === null ? '' : ` Look at it: ${instance.webUi}`;
  return `No longer watching; the run of ${name} goes on.${look}`;
}
