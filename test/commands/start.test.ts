import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Receipt } from '../../src/receipt.ts';
import { finished, isAlive, type Running, runCli, startCli, startNpm, temporaryFolder } from './cli.ts';

const folder = temporaryFolder();
const dataDir = join(folder, 'data');
const started: Running[] = [];

const keep = (running: Running): Running => {
  started.push(running);
  return running;
};

afterAll(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGTERM');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

const once = async () => {
  const { code, stdout, stderr } = await finished(
    keep(startNpm(['start', '--', '--once', '--json', '--data-dir', dataDir])),
  );
  const { runs }: { runs: Receipt[] } = JSON.parse(stdout);
  return { code, runs, stderr };
};

const stay = async (start: () => Running) => {
  const running = keep(start());
  await running.says('Ctrl-C stops everything');
  return running;
};

/** The process that has the data folder, and every process it has started. */
const everyone = (): number[] => {
  const pidIn = (file: string): number => JSON.parse(readFileSync(join(dataDir, file), 'utf8')).pid;
  const children = readdirSync(join(dataDir, 'children')).filter((name) => name.endsWith('.json'));
  return [pidIn('runtime.json'), ...children.map((name) => pidIn(join('children', name)))];
};

const countsOf = (receipt: Receipt, key: 'created' | 'unchanged') =>
  Object.fromEntries(Object.entries(receipt.streams).map(([name, counts]) => [name, counts[key]]));

const demo = { projects: 200, credits: 1000, utilizations: 10_000 };

describe('npm start', () => {
  it('-- --once --json pulls the demo portfolio from nothing and prints one document', async () => {
    const { code, runs, stderr } = await once();
    expect(code).toBe(0);
    expect(runs).toMatchObject([{ connection: 'portfolio', status: 'completed', reasons: [] }]);
    expect(countsOf(runs[0]!, 'created')).toEqual(demo);
    expect(stderr).toContain('this is the demo');
  });

  it('typed again reports everything unchanged', async () => {
    const { code, runs } = await once();
    expect(code).toBe(0);
    expect(runs).toMatchObject([{ status: 'completed' }]);
    expect(countsOf(runs[0]!, 'unchanged')).toEqual(demo);
    expect(countsOf(runs[0]!, 'created')).toEqual({ projects: 0, credits: 0, utilizations: 0 });
  });

  it('stays up and says where everything is; another on the same folder is refused; SIGTERM ends it all', async () => {
    const instance = await stay(() => startCli(['start', '--data-dir', dataDir]));
    const processes = everyone();
    expect(processes.length).toBeGreaterThanOrEqual(5);
    for (const told of [
      'http://127.0.0.1:',
      'psql "$(',
      'sync portfolio',
      'workflow start --address',
      'portfolio at 20',
    ]) {
      expect(instance.stderr()).toContain(told);
    }

    const second = await runCli(['start', '--data-dir', dataDir]);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(new RegExp(`already running .*process ${instance.pid}.*http://127\\.0\\.0\\.1:`));

    const url = await runCli(['database-url', '--data-dir', dataDir]);
    expect(url.stdout).toMatch(/^postgres:\/\/\S+@127\.0\.0\.1:\d+\/\S+\n$/);
    const password = new URL(url.stdout.trim()).password;
    expect(instance.stderr() + second.stderr).not.toContain(password);

    const asked = performance.now();
    instance.child.kill('SIGTERM');
    expect(await instance.ended).toBe(0);
    expect(performance.now() - asked).toBeLessThan(6000);
    expect(processes.filter(isAlive)).toEqual([]);
  });

  it('leaves nothing behind when npm alone is killed', async () => {
    const npm = await stay(() => startNpm(['start', '--', '--data-dir', dataDir]));
    const processes = everyone();
    expect(processes).not.toContain(npm.pid);
    expect(processes.every(isAlive)).toBe(true);
    process.kill(npm.pid, 'SIGKILL');
    await expect.poll(() => processes.filter(isAlive), { timeout: 8000 }).toEqual([]);
  });
}, 60_000);
