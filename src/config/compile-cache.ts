import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Variables } from './environment.ts';

/**
 * Where Node keeps what it has compiled, in the user's own cache: in a folder that others can write, their code would run
 * as ours. Undefined where NODE_COMPILE_CACHE names another place, which Node follows by itself.
 */
export function compileCacheFolder(env: Variables = process.env): string | undefined {
  if (env.NODE_COMPILE_CACHE) return undefined;
  const home = env.XDG_CACHE_HOME;
  const caches = home && isAbsolute(home) ? home : join(homedir(), '.cache');
  return join(caches, 'incentive-sync', 'node');
}
