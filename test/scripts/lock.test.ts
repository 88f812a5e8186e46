import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeLock } from '../../scripts/lib/lock.js';
import { birthOf, isAlive } from '../../scripts/lib/process.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'incentive-sync-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const library = resolve(import.meta.dirname, '../../scripts/lib/lock.js');

/** A process that tries for the lock once, says the outcome and waits to be killed. */
async function contender(): Promise<{ held: boolean; kill(): Promise<void> }> {
  const script = `import(${JSON.stringify(library)}).then(({ takeLock }) => {
    console.log(takeLock(${JSON.stringify(folder)}, 'lock').held); setInterval(() => {}, 1000); })`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  const said = await new Promise<string>((done) => child.stdout.once('data', (data) => done(String(data))));
  return {
    held: said.trim() === 'true',
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

describe('a lock', () => {
  it('is held by one, refused to the next with the pid, and free again after release', () => {
    const first = takeLock(folder, 'lock');
    expect(takeLock(folder, 'lock')).toEqual({ held: false, owner: { pid: process.pid, birth: birthOf(process.pid) } });
    if (first.held) first.release();
    expect(takeLock(folder, 'lock').held).toBe(true);
  });

  it('goes to exactly one of eight processes at once, also over a dead owner', async () => {
    const dead = await contender();
    expect(dead.held).toBe(true);
    await dead.kill();
    const contenders = await Promise.all(Array.from({ length: 8 }, contender));
    expect(contenders.filter(({ held }) => held)).toHaveLength(1);
    await Promise.all(contenders.map(({ kill }) => kill()));
  });

  it('does not count when its pid belongs to another process by now', () => {
    const reused = { pid: process.pid, birth: 'somebody-else:1' };
    writeFileSync(join(folder, 'lock.7'), JSON.stringify(reused));
    expect(isAlive(reused)).toBe(false);
    expect(takeLock(folder, 'lock').held).toBe(true);
    expect(readdirSync(folder)).toEqual(['lock.8']);
  });

  it('does not count when its owner died before writing its name', () => {
    writeFileSync(join(folder, 'lock.1'), '');
    expect(takeLock(folder, 'lock').held).toBe(true);
  });
});
