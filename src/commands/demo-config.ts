import type { Config } from '../config/load.ts';
import { readRunning } from '../runtime/data-dir.ts';
import { readConfig } from './configuration.ts';
import { sandboxVariables } from './sandbox-variables.ts';
import { CommandError, type CommonOptions } from './shared.ts';

/** The configuration with addresses that answer: the demo's sandbox is only where its instance says. */
export async function reachableConfig(options: CommonOptions): Promise<Config> {
  const config = readConfig(options);
  if (!config.demo) return config;
  const running = await readRunning(config.dataDirectory);
  if (running !== null && running.sandboxUrl !== null) return readConfig(options, sandboxVariables(running.sandboxUrl));
  throw new CommandError(
    'There is no incentive-sync.yaml, and the demo’s sandbox is only there while `incentive-sync start` runs: pass a file with --config, or start the demo.',
  );
}
