import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Finished, runCli } from '../commands/cli.ts';
import type { World } from './world.ts';

/** Our command as a person types it in the world's folder, with the world's servers as their own. */
export function cliOf(world: World, args: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
  return runCli(args, {
    cwd: world.folder,
    env: {
      DATABASE_URL: world.databaseUrl,
      TEMPORAL_ADDRESS: world.temporal.address,
      TEMPORAL_NAMESPACE: world.temporal.namespace,
      PORTFOLIO_KEY: 'sandbox-key',
      ...env,
    },
  });
}

/** Rewrites the world's configuration: one connection to that address. */
export function pointTo(world: World, baseUrl: string, name = 'portfolio'): Promise<void> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's own way of naming a variable
  const keys = { system: 'incentify', baseUrl, apiKey: '${PORTFOLIO_KEY}' };
  return writeFile(join(world.folder, 'incentive-sync.yaml'), JSON.stringify({ connections: { [name]: keys } }));
}
