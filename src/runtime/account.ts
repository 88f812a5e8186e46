import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { ConfigurationError } from '../errors.ts';

/** An unprivileged user that PostgreSQL runs as, because it refuses to run as root. */
export interface Account {
  uid: number;
  gid: number;
  name: string;
}

/**
 * The account to run PostgreSQL as, or null where we are not root and it simply runs as us. A cluster that exists already
 * keeps its owner.
 */
export function chooseAccount(existingCluster: string | null): Account | null {
  if (process.getuid?.() !== 0) return null;
  const accounts = readAccounts();
  const owner = existingCluster === null ? undefined : statSync(existingCluster, { throwIfNoEntry: false });
  const account =
    owner !== undefined && owner.uid !== 0
      ? (accounts.find(({ uid }) => uid === owner.uid) ?? { uid: owner.uid, gid: owner.gid, name: String(owner.uid) })
      : (accounts.find(({ name }) => name === 'postgres') ?? accounts.find(({ name }) => name === 'nobody'));
  if (account !== undefined && account.uid !== 0) return account;
  throw new ConfigurationError(
    'PostgreSQL refuses to run as root, and this system has neither a user `postgres` nor `nobody`. Run as another user, or set DATABASE_URL.',
  );
}

/**
 * Names the cluster for a process that is started inside it. Root's folders (a clone in /root) are closed to the account,
 * and PostgreSQL goes to its directory by name; this name leads there without passing through the folders above.
 */
export function nameOfCluster(account: Account | null, cluster: string): string {
  return account !== null && process.platform === 'linux' ? '/proc/self/cwd' : cluster;
}

/** Whether the command, run as the account, succeeds. */
export function runsAs(account: Account | null, command: string, args: readonly string[]): boolean {
  const identity = account === null ? {} : { uid: account.uid, gid: account.gid };
  return spawnSync(command, args, { ...identity, cwd: '/', stdio: 'ignore', env: {} }).status === 0;
}

function readAccounts(): Account[] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ name, uid, gid }) => name !== '' && Number.isInteger(uid) && Number.isInteger(gid));
}
