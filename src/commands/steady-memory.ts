import { childEnvironment } from '../config/environment.ts';

/**
 * What glibc's allocator is told. By itself it has a pool for every few threads, each of which keeps what was freed in
 * it, and raises by and by the size from which memory goes back to the system at once: a worker then grows with all that
 * it has ever loaded. Other C libraries do not know these names.
 */
const settings = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '65536', MALLOC_TRIM_THRESHOLD_: '131072' };

/**
 * Starts this process anew with the allocator's settings, which are read before anything of ours runs: in its own place,
 * with its id, so that nobody notices. Does nothing where that cannot be done, or where somebody has set one of them.
 */
export function steadyMemory(): void {
  const env = childEnvironment();
  const isSet = Object.keys(settings).some((name) => name in env);
  if (isSet || process.platform !== 'linux' || typeof process.execve !== 'function') return;
  const { execPath, execArgv, argv } = process;
  process.execve(execPath, [execPath, ...execArgv, ...argv.slice(1)], { ...env, ...settings });
}
