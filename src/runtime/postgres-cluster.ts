import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '../errors.ts';
import { type Account, nameOfCluster } from './account.ts';
import type { DataDir } from './data-dir.ts';
import { tail } from './files.ts';
import { postgresEnd } from './orphans.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { birthOf, end } from './process.ts';

export const databaseUser = 'incentive_sync';

const draftPrefix = 'postgres-new-';

export interface Cluster {
  /** PostgreSQL's data directory. */
  path: string;
  password: string;
}

/** The cluster of the data folder, made when missing. Made under another name first: a half-made one is never taken for whole. */
export async function openCluster(
  dataDir: DataDir,
  binaries: PostgresBinaries,
  account: Account | null,
): Promise<Cluster> {
  const path = join(dataDir.path, 'postgres');
  const passwordFile = join(dataDir.path, 'postgres-password');
  removeDrafts(dataDir.path);
  if (existsSync(path)) return { path, password: readPassword(passwordFile, path) };
  const password = randomBytes(24).toString('base64url');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const draft = mkdtempSync(join(dataDir.path, draftPrefix));
  if (account !== null) chownSync(draft, account.uid, account.gid);
  await initialise(dataDir, join(draft, 'cluster'), password, binaries, account, draft);
  renameSync(join(draft, 'cluster'), path);
  rmSync(draft, { recursive: true, force: true });
  return { path, password };
}

/**
 * Ends a PostgreSQL that still serves this cluster though its owner is gone, even one that never got written down, and
 * removes a `postmaster.pid` whose pid belongs to somebody else by now, before which PostgreSQL would shrink back.
 */
export async function clearCluster(path: string): Promise<void> {
  const pidFile = join(path, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  const birth = Number.isInteger(pid) && pid > 1 ? birthOf(pid) : null;
  if (birth !== null && serves(pid, path)) await end({ pid, birth }, postgresEnd);
  else rmSync(pidFile, { force: true });
}

// PostgreSQL works inside its data directory, which tells its process from any other.
function serves(pid: number, path: string): boolean {
  if (process.platform !== 'linux') return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === path;
  } catch {
    return false;
  }
}

async function initialise(
  dataDir: DataDir,
  target: string,
  password: string,
  binaries: PostgresBinaries,
  account: Account | null,
  draft: string,
): Promise<void> {
  mkdirSync(target, { mode: 0o700 });
  const passwordFile = join(draft, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account !== null) for (const file of [target, passwordFile]) chownSync(file, account.uid, account.gid);
  const logFile = join(dataDir.logs, 'initdb.log');
  const args = initdbArguments(nameOfCluster(account, target));
  const code = await run(binaries.initdb, args, target, account, logFile);
  if (code === 0) return;
  throw new ConfigurationError(`The embedded database could not be made. The end of ${logFile}:\n${tail(logFile)}`);
}

function initdbArguments(target: string): string[] {
  return [
    ...['--pgdata', target, '--username', databaseUser, '--pwfile', `${target}/../password`, '--auth', 'scram-sha-256'],
    // Sorted by code point, the same on every machine and for good: an index must not depend on a C library's version.
    ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
    '--data-checksums',
  ];
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  account: Account | null,
  logFile: string,
): Promise<number> {
  const log = openSync(logFile, 'w', 0o600);
  const identity = account === null ? {} : { uid: account.uid, gid: account.gid };
  return new Promise<number>((resolve, reject) => {
    const child = spawn(command, args, { ...identity, cwd, env: {}, stdio: ['ignore', log, log] });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? -1));
  }).finally(() => closeSync(log));
}

function readPassword(file: string, cluster: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new ConfigurationError(
      `The password file ${file} of the database in ${cluster} is missing or unreadable. Restore it, or begin with an empty data folder.`,
    );
  }
}

function removeDrafts(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(draftPrefix)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}
