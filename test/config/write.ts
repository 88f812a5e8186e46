import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Config, type LoadOptions, loadConfig } from '../../src/config/load.ts';
import type { AtobiConnection } from '../../src/config/systems/atobi.ts';
import type { IncentifyConnection } from '../../src/config/systems/incentify.ts';
import type { NeodayConnection } from '../../src/config/systems/neoday.ts';
import type { VibesConnection } from '../../src/config/systems/vibes.ts';
import { ConfigurationError } from '../../src/errors.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A new folder holding the given files, which is gone when the tests of the file are over. */
export function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'incentive-sync-config-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** The configuration that an `incentive-sync.yaml` with this text gives. */
export function configOf(yaml: string, env: LoadOptions['env'] = { KEY: 'key-of-portfolio' }): Config {
  return loadConfig({ cwd: folderWith({ 'incentive-sync.yaml': yaml }), env });
}

/** The connection of that name, which has to be one of Incentify. */
export function incentifyOf(config: Config, name = 'portfolio'): IncentifyConnection {
  const connection = config.connection(name);
  if (connection.system !== 'incentify') throw new Error(`${name} is one of ${connection.system}`);
  return connection;
}

/** The connection of that name, which has to be one of NeoDay. */
export function neodayOf(config: Config, name = 'games'): NeodayConnection {
  const connection = config.connection(name);
  if (connection.system !== 'neoday') throw new Error(`${name} is one of ${connection.system}`);
  return connection;
}

/** The connection of that name, which has to be one of Atobi. */
export function atobiOf(config: Config, name = 'kpis'): AtobiConnection {
  const connection = config.connection(name);
  if (connection.system !== 'atobi') throw new Error(`${name} is one of ${connection.system}`);
  return connection;
}

/** The connection of that name, which has to be one of Vibes. */
export function vibesOf(config: Config, name = 'coupons'): VibesConnection {
  const connection = config.connection(name);
  if (connection.system !== 'vibes') throw new Error(`${name} is one of ${connection.system}`);
  return connection;
}

/** The mistakes that loading it names. */
export function mistakesOf(yaml: string, env?: LoadOptions['env']): readonly string[] {
  return failureOf(() => configOf(yaml, env)).mistakes;
}

export function failureOf(action: () => unknown): ConfigurationError {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
