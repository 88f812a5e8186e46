import { accessSync, chmodSync, chownSync, constants, mkdirSync, mkdtempSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '../errors.ts';
import { type Account, canEnter } from './account.ts';
import { isRecord, readJson, writePrivateJson } from './files.ts';

/**
 * Where the cluster's files are: in the data folder, or, where that lies in a folder which PostgreSQL's account may not
 * enter (a clone in /root), in a shelter that the data folder's `postgres.json` names.
 */
export function clusterHome(dataDir: string, account: Account | null): string {
  const noted = notedHome(dataDir);
  if (noted !== null) return noted;
  if (account === null) return dataDir;
  letIn(account, dataDir);
  if (canEnter(account, dataDir)) return dataDir;
  const root = shelter();
  mkdirSync(root, { recursive: true, mode: 0o755 });
  // A new name each time: a data folder made again after it was deleted must not meet the old cluster without its password.
  const home = mkdtempSync(join(root, 'data-'));
  letIn(account, home);
  if (!canEnter(account, home)) {
    throw new ConfigurationError(
      `PostgreSQL has to run as \`${account.name}\`, which can enter neither ${dataDir} nor ${root}. Name another folder with --data-dir, or set DATABASE_URL.`,
    );
  }
  writePrivateJson(join(dataDir, 'postgres.json'), { home });
  return home;
}

/** The place noted earlier, for looking at the cluster before anything is chosen. */
export function notedHome(dataDir: string): string | null {
  const note = readJson(join(dataDir, 'postgres.json'));
  return isRecord(note) && typeof note.home === 'string' ? note.home : null;
}

/** A folder that every user can enter and root can write. */
export function shelter(): string {
  const parent = ['/var/lib', '/var/tmp'].find(isWritable);
  if (parent === undefined) {
    throw new ConfigurationError(
      'PostgreSQL may not run as root, and neither /var/lib nor /var/tmp can be written. Run as another user, or set DATABASE_URL.',
    );
  }
  return join(parent, 'incentive-sync');
}

// Only the account's group may pass through, and it may not list: the least that lets PostgreSQL reach its own folder.
function letIn(account: Account, folder: string): void {
  if (statSync(folder).uid !== 0) return;
  chownSync(folder, 0, account.gid);
  chmodSync(folder, 0o710);
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
