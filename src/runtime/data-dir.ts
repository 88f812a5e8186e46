import { accessSync, chmodSync, constants, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lockOwner, takeLock } from '../../scripts/lib/lock.js';
import { ConfigurationError } from '../errors.ts';
import { isRecord, readJson, writePrivateJson } from './files.ts';
import { isAlive, type ProcessIdentity } from './process.ts';
import type { RunningInstance } from './types.ts';

/** The data folder is in use by a living instance; the message says its pid and where its pages are. */
export class AlreadyRunningError extends ConfigurationError {
  readonly running: RunningInstance | null;
  constructor(message: string, running: RunningInstance | null) {
    super(message);
    this.running = running;
  }
}

export interface DataDir {
  readonly path: string;
  readonly logs: string;
  readonly children: string;
  /** Writes `runtime.json`. */
  publish(instance: RunningInstance): void;
  /** Removes `runtime.json` and gives the folder free. */
  release(): void;
}

const marker = 'README.txt';

/**
 * Makes the folder where it is missing (mode 0700) and takes it for this process. Throws AlreadyRunningError when a
 * living process has it, ConfigurationError when it cannot be written or holds somebody else's files.
 */
export function takeDataDir(path: string): DataDir {
  prepare(path);
  const lock = takeLock(path, 'lock');
  if (!lock.held) throw alreadyRunning(path, lock.owner);
  for (const folder of ['logs', 'children']) mkdirSync(join(path, folder), { recursive: true, mode: 0o700 });
  const runtimeFile = join(path, 'runtime.json');
  rmSync(runtimeFile, { force: true });
  return {
    path,
    logs: join(path, 'logs'),
    children: join(path, 'children'),
    publish: (instance) => writePrivateJson(runtimeFile, instance),
    release: () => {
      rmSync(runtimeFile, { force: true });
      lock.release();
    },
  };
}

/** The instance that runs on this data folder now, or null: a file left by a dead process does not count. */
export async function readRunning(dataDir: string): Promise<RunningInstance | null> {
  const content = readJson(join(dataDir, 'runtime.json'));
  return isRunningInstance(content) && isAlive(content) ? content : null;
}

/** The process that has the folder now, also while it is still starting; null where none has. */
export function ownerOf(dataDir: string): ProcessIdentity | null {
  return existsSync(dataDir) ? lockOwner(dataDir, 'lock') : null;
}

function prepare(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (!existsSync(path)) mkdirSync(path, { recursive: true, mode: 0o700 });
    const files = readdirSync(path);
    accessSync(path, constants.W_OK | constants.X_OK);
    if (existsSync(join(path, marker))) return;
    if (files.length > 0) throw foreignFiles(path);
    chmodSync(path, 0o700);
    writeFileSync(join(path, marker), readme);
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const reason = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new ConfigurationError(
      `The data folder ${path} cannot be made or written${reason}. Run as the user it belongs to, or name another one with --data-dir.`,
    );
  }
}

const readme = `Data of incentive-sync: its embedded PostgreSQL and Temporal server, their logs, and what runs here now.
Only while incentive-sync is stopped may this folder be moved, copied or deleted; with it go the synced rows.
`;

function foreignFiles(path: string): ConfigurationError {
  return new ConfigurationError(
    `The data folder ${path} holds other files. Name a new or an empty folder with --data-dir.`,
  );
}

function alreadyRunning(path: string, owner: ProcessIdentity): AlreadyRunningError {
  const content = readJson(join(path, 'runtime.json'));
  const running = isRunningInstance(content) && content.pid === owner.pid ? content : null;
  const where = running === null ? 'it is still starting' : describe(running);
  return new AlreadyRunningError(
    `incentive-sync is already running on ${path}: process ${owner.pid}, ${where}. Stop it first, or name another folder with --data-dir.`,
    running,
  );
}

function describe({ webUi, temporal, databaseUrl, startedAt }: RunningInstance): string {
  const parts = [`since ${startedAt}`, `Temporal at ${temporal.address}`, `database at ${hostOf(databaseUrl)}`];
  if (webUi !== null) parts.splice(1, 0, `Web UI at ${webUi}`);
  return parts.join(', ');
}

function hostOf(databaseUrl: string): string {
  try {
    return new URL(databaseUrl).host;
  } catch {
    return 'the address given';
  }
}

function isRunningInstance(value: unknown): value is RunningInstance {
  return (
    isRecord(value) &&
    typeof value.pid === 'number' &&
    typeof value.birth === 'string' &&
    typeof value.startedAt === 'string' &&
    typeof value.databaseUrl === 'string' &&
    isRecord(value.temporal)
  );
}
