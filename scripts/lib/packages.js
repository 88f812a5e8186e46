// node_modules, brought in line with package-lock.json.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import { runChild } from './children.js';
import { SetupError, withSpinner } from './say.js';

const stampName = '.incentive-sync.json';

/** Whether node_modules was installed from this very lockfile, for this platform. */
export function packagesAreCurrent(root) {
  const wanted = stampOf(root);
  if (read(join(root, 'node_modules', stampName)) === wanted) return true;
  if (!matchesHiddenLockfile(root)) return false;
  // Somebody ran npm by hand; what they installed is what we would have.
  writeStamp(root, wanted);
  return true;
}

/** Runs `npm ci`. Throws a SetupError with the end of npm's own words. */
export async function installPackages(root, env = process.env) {
  const wanted = stampOf(root);
  const { code, said } = await withSpinner('Installing packages from package-lock.json', () => npmCi(root, env));
  if (code === 0) {
    mkdirSync(join(root, 'node_modules'), { recursive: true });
    writeStamp(root, wanted);
    return;
  }
  throw new SetupError(
    `${essence(said)}\n\n\`npm ci\` failed (exit code ${code}). Remove the cause named above, then run the same command again.`,
  );
}

/** npm names the cause first and the script's own words last; between them stand pages of usage. */
function essence(said) {
  const lines = said.trimEnd().split('\n');
  return lines.length <= 24 ? lines.join('\n') : [...lines.slice(0, 12), '…', ...lines.slice(-8)].join('\n');
}

function stampOf(root) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const sha256 = createHash('sha256').update(lock).digest('hex');
  return JSON.stringify({ lockfile: sha256, platform: process.platform, arch: process.arch });
}

function writeStamp(root, stamp) {
  try {
    writeFileSync(join(root, 'node_modules', stampName), stamp);
  } catch {
    // A checkout we may read but not write: the comparison is made again next time.
  }
}

function npmCi(root, env) {
  const npm = npmCommand(root, env);
  // .npmrc silences npm for the sake of --json; here its errors are wanted. Tests need the development packages, and the
  // servers the optional ones, whatever NODE_ENV or the user's npm settings leave out.
  const args = [...npm.args, 'ci', '--loglevel=error', '--include=dev', '--include=optional'];
  return runChild(npm.command, args, { cwd: root, env: npm.env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The npm that runs us, started by a Node outside node_modules, since `npm ci` deletes the one in there first. */
function npmCommand(root, env) {
  const inside = (path) => path.startsWith(join(root, 'node_modules') + sep);
  const path = (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !inside(folder + sep))
    .join(delimiter);
  const clean = { ...env, PATH: path };
  const node = [env.npm_node_execpath, process.execPath].find((candidate) => candidate && !inside(candidate));
  if (env.npm_execpath?.endsWith('.js') && node !== undefined)
    return { command: node, args: [env.npm_execpath], env: clean };
  return { command: 'npm', args: [], env: clean };
}

/** npm writes down what it installed when it is done; optional packages of other platforms are rightly missing from it. */
function matchesHiddenLockfile(root) {
  const wanted = packagesIn(join(root, 'package-lock.json'));
  const installed = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === null || installed === null) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed[path];
    return found === undefined
      ? !isForHere(entry)
      : found.version === entry.version && found.integrity === entry.integrity;
  });
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return null;
  }
}

/** Whether npm cannot have left the package out: it is not optional, or optional and made for exactly this platform. */
function isForHere({ optional, os, cpu, libc }) {
  if (!optional) return true;
  return libc === undefined && Boolean(os?.includes(process.platform) && cpu?.includes(process.arch));
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
