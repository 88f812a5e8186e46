import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DataDir } from './data-dir.ts';
import { isRecord, readJson } from './files.ts';
import { type Escalation, end, isAlive, type ProcessIdentity } from './process.ts';

/**
 * Ends the children of an owner that was killed, by recorded pid and birth, never by name: first whatever works on the
 * servers, then the servers. They are ended rather than adopted, because a process can only be waited for, and its log
 * read, by the one that started it; ending and starting costs about two seconds. Returns the names of those ended.
 */
export async function endOrphans(dataDir: DataDir): Promise<string[]> {
  const orphans = recorded(dataDir.children);
  const servers = orphans.filter(({ name }) => isServer(name));
  const others = orphans.filter(({ name }) => !isServer(name));
  await Promise.all(others.map((orphan) => end(orphan, othersEnd)));
  await Promise.all(servers.map((orphan) => end(orphan, orphan.name === 'postgres' ? postgresEnd : othersEnd)));
  for (const file of readdirSync(dataDir.children)) rmSync(join(dataDir.children, file), { force: true });
  return orphans.map(({ name }) => name);
}

const isServer = (name: string): boolean => name === 'postgres' || name === 'temporal';

/** Fast shutdown, then immediate (the next start recovers from the log), then force. */
export const postgresEnd: Escalation = [
  ['SIGINT', 3_000],
  ['SIGQUIT', 1_000],
  ['SIGKILL', 500],
];

const othersEnd: Escalation = [
  ['SIGTERM', 1_500],
  ['SIGKILL', 1_000],
];

export interface RecordedChild extends ProcessIdentity {
  name: string;
}

/** Children of whoever has or had the data folder at this path that live. Changes nothing. */
export function findOrphans(path: string): RecordedChild[] {
  const children = join(path, 'children');
  return existsSync(children) ? recorded(children) : [];
}

function recorded(children: string): RecordedChild[] {
  const found: RecordedChild[] = [];
  for (const file of readdirSync(children)) {
    const content = readJson(join(children, file));
    if (!isRecord(content)) continue;
    const { name, pid, birth } = content;
    if (typeof name !== 'string' || typeof pid !== 'number' || typeof birth !== 'string') continue;
    if (isAlive({ pid, birth })) found.push({ name, pid, birth });
  }
  return found;
}
