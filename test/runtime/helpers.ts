import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { isRecord, readJson } from '../../src/runtime/files.ts';
import { birthOf, isAlive, type ProcessIdentity } from '../../src/runtime/process.ts';
import { temporalCli } from '../support/temporal-cli.ts';

export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'incentive-sync-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** What `owner.ts` prints when it is up. */
export interface OwnerUp {
  pid: number;
  databaseUrl: string;
  address: string;
  webUi: string;
  child: number;
}

export interface Owner {
  process: ChildProcess;
  lines: string[];
  up: Promise<OwnerUp>;
  exited: Promise<number | null>;
}

/** Starts a stack in a process of its own, which can be killed as a user's could. */
export function startOwner(dataDir: string, options: { viaParent?: boolean; args?: string[] } = {}): Owner {
  const script = join(import.meta.dirname, options.viaParent === true ? 'owner-parent.ts' : 'owner.ts');
  const child = spawn(process.execPath, [script, dataDir, temporalCli(), ...(options.args ?? [])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const up = Promise.withResolvers<OwnerUp>();
  up.promise.catch(() => {});
  const exited = new Promise<number | null>((done) => child.once('exit', done));
  void exited.then((code) => up.reject(new Error(`owner ended (${code}): ${lines.join('\n')}`)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    if (line.startsWith('UP ')) up.resolve(JSON.parse(line.slice(3)));
  });
  return { process: child, lines, up: up.promise, exited };
}

/** Every process recorded in the data folder. */
export function recordedChildren(dataDir: string): (ProcessIdentity & { name: string })[] {
  return readdirSync(join(dataDir, 'children')).flatMap((file) => {
    const content = readJson(join(dataDir, 'children', file));
    if (!isRecord(content)) return [];
    return [{ name: String(content.name), pid: Number(content.pid), birth: String(content.birth) }];
  });
}

/** A server with all its descendants at this moment, so that none is overlooked later. */
export function withDescendants(identities: readonly ProcessIdentity[]): ProcessIdentity[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended while we were looking.
    }
  }
  const known = new Set(identities.map(({ pid }) => pid));
  for (let size = 0; size !== known.size; ) {
    size = known.size;
    for (const [pid, parent] of parents) if (known.has(parent)) known.add(pid);
  }
  return [...known].map((pid) => ({ pid, birth: birthOf(pid) ?? '' })).filter(({ birth }) => birth !== '');
}

/** Milliseconds until none of them lives; throws with those that still do after `withinMs`. */
export async function allGone(identities: readonly ProcessIdentity[], withinMs: number): Promise<number> {
  const begun = performance.now();
  for (;;) {
    const living = identities.filter((identity) => isAlive(identity));
    const ms = performance.now() - begun;
    if (living.length === 0) return ms;
    if (ms > withinMs) throw new Error(`still alive after ${withinMs} ms: ${living.map(({ pid }) => pid).join(', ')}`);
    await sleep(20);
  }
}

export async function query(databaseUrl: string, text: string): Promise<unknown[]> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    return [...(await sql.unsafe(text))];
  } finally {
    await sql.end({ timeout: 1 });
  }
}
