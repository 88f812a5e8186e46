// Gets the Temporal CLI onto this machine: official download, else compiled from source.
import { rmSync } from 'node:fs';
import { downloadTemporal } from './download.js';
import { goInstallTemporal, hasGo } from './go-install.js';
import { cachedTemporal, writableCacheFolder } from './places.js';
import { SetupError, say, withSpinner } from './say.js';
import { ask } from './temporal-cli.js';
import { temporalVersion } from './temporal-release.js';

/**
 * Puts the CLI into the user's cache and returns its path. `release` may replace the address and checksums of the download.
 * Throws a SetupError with one sentence that says what to install.
 */
export async function obtainTemporal(places, release = {}) {
  const target = cachedTemporal(writableCacheFolder(places));
  const reasons = [];
  for (const attempt of [byDownload, byCompiling]) {
    try {
      await attempt(target, release);
      if (ask(target) !== null) return target;
      rmSync(target, { force: true });
      reasons.push('what came does not run here');
    } catch (error) {
      reasons.push(error.message);
      if (attempt === byDownload) say(`The Temporal CLI could not be downloaded: ${error.message}.`);
    }
  }
  throw new SetupError(
    `The Temporal CLI could not be obtained (${reasons.join('; ')}). Install it from https://docs.temporal.io/cli so that \`temporal\` is on the PATH, or set TEMPORAL_CLI to its path.`,
  );
}

function byDownload(target, release) {
  return withSpinner(`Downloading the Temporal CLI ${temporalVersion}`, (onProgress) =>
    downloadTemporal({ target, onProgress, ...release }),
  );
}

async function byCompiling(target) {
  if (!hasGo()) throw new Error('there is no Go to compile it with');
  await withSpinner(`Compiling the Temporal CLI ${temporalVersion} with Go, once, about two minutes`, () =>
    goInstallTemporal({ target }),
  );
}
