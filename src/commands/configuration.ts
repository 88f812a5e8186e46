import { childEnvironment, readEnvironment, type Variables } from '../config/environment.ts';
import { type Config, type Inspected, inspectConfig, loadConfig } from '../config/load.ts';
import type { TemporalTarget } from '../operations/target.ts';
import { sandboxVariables } from './sandbox-variables.ts';
import type { CommonOptions } from './shared.ts';

/** What the demo's configuration refers to until its sandbox is up and has an address. */
const notYetKnown = sandboxVariables('http://127.0.0.1:4100');

/**
 * The configuration that the options name; `extra` is put on top of the environment. Where it is the demo, the sandbox's
 * address may still be unknown: names, systems and schedules are right, addresses are not.
 */
export function readConfig(options: CommonOptions, extra: Variables = {}): Config {
  const env = childEnvironment(extra);
  const where = { file: options.config, dataDirectory: options.dataDir, cwd: process.cwd() };
  const config = loadConfig({ ...where, env: { ...notYetKnown, ...env } });
  // Only the demo may lack these two: in a person's own file a variable that is not set is a mistake.
  return config.demo ? config : loadConfig({ ...where, env });
}

/** The same of a file of which parts may be wrong, as seen from `cwd` with these variables. */
export function inspectFile(options: CommonOptions, cwd: string, env: Variables): Inspected {
  const where = { file: options.config, dataDirectory: options.dataDir, cwd };
  const inspected = inspectConfig({ ...where, env: { ...notYetKnown, ...env } });
  return inspected.config.demo ? inspected : inspectConfig({ ...where, env });
}

/** The user's own servers, as far as the environment names any. */
export interface OwnServers {
  databaseUrl: string | undefined;
  databaseDirectUrl: string | undefined;
  temporal: TemporalTarget | undefined;
}

export function readOwnServers(environment: Variables = childEnvironment()): OwnServers {
  const { databaseUrl, databaseDirectUrl, temporalAddress } = readEnvironment(environment);
  const named = temporalAddress !== undefined || environment.TEMPORAL_PROFILE !== undefined;
  return { databaseUrl, databaseDirectUrl, temporal: named ? { environment } : undefined };
}

/** Where the sandbox is, when whoever started this process says so. */
export function readOwnSandbox(): string | undefined {
  return childEnvironment().SANDBOX_INCENTIFY_URL;
}
