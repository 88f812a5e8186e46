import type { Config } from '../config/load.ts';
import { readRunning } from '../runtime/data-dir.ts';
import type { Steps } from '../screen/steps.ts';
import { readOwnServers } from './configuration.ts';
import type { Instance } from './instance.ts';
import type { CommonOptions } from './shared.ts';

interface Where {
  options: CommonOptions;
  config: Config;
  steps: Steps;
  signal: AbortSignal;
}

const reachableWithinMs = 30_000;

/** What runs on the data folder; else the user's own servers, if both are named; else everything is started. */
export async function findInstance({ options, config, steps, signal }: Where): Promise<Instance> {
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

/** The last words of a watcher that was asked to leave. */
export function afterInterruption(name: string, instance: Instance): string {
  if (instance.own) return `Stopping; the run of ${name} goes on where it was when a worker is there again.`;
  const look = instance.webUi === null ? '' : ` Look at it: ${instance.webUi}`;
  return `No longer watching; the run of ${name} goes on.${look}`;
}
