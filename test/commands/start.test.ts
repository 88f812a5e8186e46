import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, describe, expect, it } from 'vitest';
import type { Receipt } from '../../src/receipt.ts';
import { finished, isAlive, type Running, runCli, startNpm, temporaryFolder } from './cli.ts';

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

const receiptsIn = async (databaseUrl: string) => {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    const rows = await sql<{ receipt: Receipt }[]>`SELECT receipt FROM sync.receipts ORDER BY finished_at`;
    return rows.map(({ receipt }) => receipt);
  } finally {
    await sql.end();
  }
};

const demo = { projects: 200, credits: 1000, utilizations: 10_000 };

describe('npm start', () => {
  let instance: Running;
  /** The one that has the folder first. */
  let processes: number[] = [];

  it('-- --once --json pulls the demo portfolio from nothing and prints one document', async () => {
    const { code, runs, stderr } = await once();
    expect(code).toBe(0);
    expect(runs).toMatchObject([
      { connection: 'portfolio', status: 'completed', reasons: [] },
      { connection: 'games', status: 'completed', reasons: [] },
      { connection: 'coupons', status: 'completed', reasons: [] },
      // Computed from what the others brought in the same minute.
      { connection: 'staff', status: 'completed', reasons: [], streams: { coupons_received: { quarantined: 0 } } },
    ]);
    expect(countsOf(runs[3]!, 'created').coupons_received).toBeGreaterThan(1000);
    expect(countsOf(runs[0]!, 'created')).toEqual(demo);
    expect(stderr).toContain('this is the demo');
  });

  it('stays up and says where everything is; the source is unchanged; another on the same folder is refused', async () => {
    instance = await stay(() => startNpm(['start', '--', '--data-dir', dataDir]));
    processes = everyone();
    expect(processes.length).toBeGreaterThanOrEqual(5);
    for (const told of [
      'http://127.0.0.1:',
      'psql "$(',
      'sync portfolio',
      'workflow start --address',
      'next scheduled run',
    ]) {
      expect(instance.stderr()).toContain(told);
    }

    const second = await runCli(['start', '--data-dir', dataDir]);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(new RegExp(`already running .*process ${processes[0]}.*http://127\\.0\\.0\\.1:`));

    const url = await runCli(['database-url', '--data-dir', dataDir]);
    expect(url.stdout).toMatch(/^postgres:\/\/\S+@127\.0\.0\.1:\d+\/\S+\n$/);
    const password = new URL(url.stdout.trim()).password;
    expect(instance.stderr() + second.stderr).not.toContain(password);

    const receipts = (await receiptsIn(url.stdout.trim())).filter(({ connection }) => connection === 'portfolio');
    expect(receipts).toMatchObject([{ status: 'completed' }, { status: 'completed' }]);
    expect(countsOf(receipts[1]!, 'unchanged')).toEqual(demo);
    expect(countsOf(receipts[1]!, 'created')).toEqual({ projects: 0, credits: 0, utilizations: 0 });
  });

  it('leaves nothing behind when npm alone is killed', async () => {
    expect(processes).not.toContain(instance.pid);
    expect(processes.every(isAlive)).toBe(true);
    process.kill(instance.pid, 'SIGKILL');
    await expect.poll(() => processes.filter(isAlive), { timeout: 8000 }).toEqual([]);
  });
});
