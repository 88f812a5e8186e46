// Where things are kept for the user, outside any checkout.
import { accessSync, constants, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { temporalVersion } from './temporal-release.js';

/** The user's cache folder of this product. XDG says a relative XDG_CACHE_HOME is to be ignored. */
export function cacheFolder({ cacheHome, home }) {
  if (cacheHome && isAbsolute(cacheHome)) return join(cacheHome, 'incentive-sync');
  if (home) return join(home, '.cache', 'incentive-sync');
  return join(tmpdir(), `incentive-sync-${process.getuid?.() ?? 'user'}`);
}

/** The same, made, or a folder below the temporary one where the home cannot be written. */
export function writableCacheFolder(places) {
  for (const folder of [cacheFolder(places), cacheFolder({})]) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      accessSync(folder, constants.W_OK);
      return folder;
    } catch {
      // The next one.
    }
  }
  throw new Error(`Neither the cache folder ${cacheFolder(places)} nor ${tmpdir()} can be written.`);
}

export function cachedTemporal(folder) {
  return join(folder, `temporal-${temporalVersion}`, process.platform === 'win32' ? 'temporal.exe' : 'temporal');
}
