// Runs before `npm start` and `npm test`, by whichever Node the user has (20 or newer), without any package: installs the
// packages, sees to a Node that runs TypeScript and to the Temporal CLI. Says nothing when all is there.
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runChild } from './lib/children.js';
import { takeLock } from './lib/lock.js';
import { bundledNode, checkBundledNode, requireNode } from './lib/node-version.js';
import { installPackages, packagesAreCurrent } from './lib/packages.js';
import { writableCacheFolder } from './lib/places.js';
import { SetupError, say } from './lib/say.js';
import { findTemporalCli } from './lib/temporal-cli.js';

const root = realpathSync(dirname(dirname(fileURLToPath(import.meta.url))));
const { env } = process;
const places = { cacheHome: env.XDG_CACHE_HOME, home: env.HOME ?? env.USERPROFILE };

try {
  await main();
} catch (error) {
  say(error instanceof SetupError ? error.message : error.stack);
  process.exitCode = error.exitCode ?? 1;
}

async function main() {
  if (!packagesAreCurrent(root)) await alone(`install-${hashOf(root)}`, install);
  requireNode(root);
  const serverIsElsewhere = Boolean(env.TEMPORAL_ADDRESS) && env.npm_lifecycle_event === 'prestart';
  if (!serverIsElsewhere && !hasTemporal()) await alone('obtain', obtain);
}

async function install() {
  if (packagesAreCurrent(root)) return;
  await installPackages(root);
  checkBundledNode(root);
}

async function obtain() {
  if (hasTemporal()) return;
  // Node 24 honours HTTPS_PROXY when told so; the user's own may be too old for that.
  const node = bundledNode(root) ?? process.execPath;
  const { code } = await runChild(node, [join(root, 'scripts', 'obtain-temporal.js')], {
    env: { ...env, NODE_USE_ENV_PROXY: '1' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  // It has said why.
  if (code !== 0) process.exit(code ?? 1);
}

function hasTemporal() {
  try {
    return findTemporalCli({ ...places, explicit: env.TEMPORAL_CLI, path: env.PATH }) !== null;
  } catch (error) {
    throw new SetupError(error.message);
  }
}

/** Of two setups at once the second waits for the first, then looks again at what is left to do. */
async function alone(name, work) {
  const lock = await waitForLock(writableCacheFolder(places), name);
  try {
    await work();
  } finally {
    lock.release();
  }
}

function hashOf(text) {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

async function waitForLock(folder, name) {
  for (let told = false; ; told = true) {
    const lock = takeLock(folder, name);
    if (lock.held) return lock;
    if (!told) say(`Another setup is under way (process ${lock.owner.pid}); waiting for it.`);
    await sleep(200);
  }
}
