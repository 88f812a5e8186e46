// Finds a Temporal CLI that is on this machine already. Shared by the setup script and the runtime.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { cachedTemporal, cacheFolder } from './places.js';
import { temporalVersion } from './temporal-release.js';

/** The options our dev server is started with; a CLI that does not know one of them is of no use. */
const neededOptions = ['--db-filename', '--dynamic-config-value', '--sqlite-pragma', '--ui-port', '--ip'];

/**
 * The Temporal CLI that is there already, or null: TEMPORAL_CLI, else PATH, else the user's cache. Throws an Error in words
 * when TEMPORAL_CLI is set and cannot be used, because passing it over would run something the user did not ask for.
 */
export function findTemporalCli({ explicit, path, cacheHome, home }) {
  const notes = join(cacheFolder({ cacheHome, home }), 'temporal-seen.json');
  if (explicit) {
    const version = usableVersion(explicit, notes);
    if (version !== null) return { path: explicit, from: 'TEMPORAL_CLI', version };
    throw new Error(
      `TEMPORAL_CLI is ${explicit}, which is no Temporal CLI that can run \`server start-dev\`. Correct it or unset it.`,
    );
  }
  for (const folder of (path ?? '').split(delimiter)) {
    const candidate = join(folder, process.platform === 'win32' ? 'temporal.exe' : 'temporal');
    if (!isAbsolute(candidate) || !isExecutable(candidate)) continue;
    const version = usableVersion(candidate, notes);
    if (version !== null) return { path: candidate, from: 'PATH', version };
  }
  // Put there whole and tried, by us.
  for (const folder of [cacheFolder({ cacheHome, home }), cacheFolder({})]) {
    const cached = cachedTemporal(folder);
    if (isExecutable(cached)) return { path: cached, from: 'cache', version: temporalVersion };
  }
  return null;
}

/** The version of a CLI that knows the options we need, else null. Asking takes 0.2 s, so the answer is noted per file. */
function usableVersion(file, notes) {
  const stamp = stampOf(file);
  if (stamp === null) return null;
  const seen = readNotes(notes);
  if (seen[file]?.stamp === stamp) return seen[file].version;
  const version = ask(file);
  writeNotes(notes, { ...seen, [file]: { stamp, version } });
  return version;
}

/** Runs the binary: its version when it can be our server, else null. */
export function ask(file) {
  const help = run(file, ['server', 'start-dev', '--help']);
  if (help === null || !neededOptions.every((option) => help.includes(option))) return null;
  return run(file, ['--version'])?.split('\n')[0]?.trim() ?? null;
}

function run(file, args) {
  const { status, stdout } = spawnSync(file, args, {
    encoding: 'utf8',
    timeout: 20_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 ? stdout : null;
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function stampOf(file) {
  try {
    const { size, mtimeMs, ino } = statSync(file);
    return `${size} ${mtimeMs} ${ino}`;
  } catch {
    return null;
  }
}

function readNotes(notes) {
  try {
    return JSON.parse(readFileSync(notes, 'utf8'));
  } catch {
    return {};
  }
}

// Only saves time: where it cannot be written the binary is asked again.
function writeNotes(notes, content) {
  try {
    mkdirSync(dirname(notes), { recursive: true, mode: 0o700 });
    writeFileSync(notes, JSON.stringify(content));
  } catch {
    // As said.
  }
}
