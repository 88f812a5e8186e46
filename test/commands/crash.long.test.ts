import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Receipt } from '../../src/receipt.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { allGone, recordedChildren, withDescendants } from '../runtime/helpers.ts';
import { differences, none, portfolioStreams } from '../support/compare.ts';
import { type Running, runCli, startCli, startNpm, temporaryFolder } from './cli.ts';

const folder = temporaryFolder();
const dataDir = join(folder, 'data');
const config = join(folder, 'mine.yaml');
const env = { KEY: 'sandbox-key' };
const args = ['--config', config, '--data-dir', dataDir];
const pages = 120;
const usualPorts = [5433, 7233, 8233];
const listeners: Server[] = [];
let sandbox: Sandbox;
let running: Running | undefined;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, incentify: { sizes: { utilizations: pages * 50 } } });
  // However slow the machine is, the run is in the middle of its stream when it is hit.
  sandbox.setFaults([{ kind: 'hold', streams: ['utilizations'], pages: [pages / 2] }]);
  const { baseUrl } = sandbox.incentify;
  writeFileSync(
    config,
    `connections:\n  portfolio:\n    system: incentify\n    baseUrl: ${baseUrl}\n    apiKey: \${KEY}\n`,
  );
  for (const port of usualPorts) await occupy(port);
});

afterAll(async () => {
  running?.child.kill('SIGTERM');
  await running?.ended;
  for (const listener of listeners) listener.close();
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Whoever has the port already does as well. */
function occupy(port: number): Promise<void> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve());
    server.listen(port, '127.0.0.1', resolve);
    listeners.push(server);
  });
}

const utilizationPages = (after = 0) =>
  sandbox
    .journal()
    .filter(({ seq, stream }) => seq > after && stream === 'utilizations')
    .map(({ page }) => Number(page));

const runIdIn = (text: string, words: string) => text.match(new RegExp(`${words}, (\\S+)`))?.[1];

async function withDatabase<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
  const { stdout } = await runCli(['database-url', ...args], { env });
  const sql = postgres(stdout.trim(), { max: 1, onnotice: () => {} });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

/** The first page of the stream that is not stored yet. */
async function nextPage(sql: Sql): Promise<number> {
  const [row] = await sql`SELECT next_page FROM sync.cursors WHERE stream = 'utilizations'`;
  return Number(row?.next_page);
}

function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // PostgreSQL's own children end with their parent.
    }
  }
}

describe('kill -9 of everything in the middle of a stream', () => {
  let runId: string | undefined;
  let committed: number;
  let lastSeen: number;

  it('hits a run that is under way, on ports that were free where the usual ones are taken', async () => {
    running = startCli(['start', ...args], { env });
    await running.says('run started');
    for (const port of usualPorts) expect(running.stderr()).toMatch(new RegExp(`Port ${port} is taken; using \\d+`));
    runId = runIdIn(running.stderr(), 'run started');
    await expect.poll(() => sandbox.held().length, { timeout: 20_000, interval: 20 }).toBe(1);
    const everyone = withDescendants([{ pid: running.pid, birth: '' }, ...recordedChildren(dataDir)]);
    committed = await withDatabase(nextPage);
    killAll(everyone.map(({ pid }) => pid));
    await allGone(everyone, 3000);
    await running.ended;
    lastSeen = sandbox.journal().at(-1)?.seq ?? 0;
    sandbox.clearFaults();
    expect(committed).toBeGreaterThan(10);
    expect(committed).toBeLessThan(pages);
    expect(new Set(utilizationPages()).size).toBeLessThan(pages);
  });

  it('and the next start goes on with the same run, from the page that was not stored yet', async () => {
    running = startNpm(['start', '--', ...args], { env });
    await running.says('Ctrl-C stops everything');
    expect(runIdIn(running.stderr(), 'joined the run that is under way')).toBe(runId);
    expect(running.stderr()).toContain('portfolio (incentify): completed');
    const again = utilizationPages(lastSeen);
    expect(Math.min(...again)).toBeGreaterThanOrEqual(committed);
    expect(new Set(utilizationPages()).size).toBe(pages);
    await withDatabase(async (sql) => {
      for (const stream of portfolioStreams) expect(await differences(sql, sandbox, stream)).toEqual(none);
      const receipts = await sql<{ receipt: Receipt }[]>`SELECT receipt FROM sync.receipts`;
      expect(receipts.map(({ receipt }) => [receipt.runId, receipt.status])).toEqual([[runId, 'completed']]);
    });
  });

  it('leaves nothing behind when npm is then told to end', async () => {
    const everyone = withDescendants([{ pid: running!.pid, birth: '' }, ...recordedChildren(dataDir)]);
    const asked = performance.now();
    running?.child.kill('SIGTERM');
    expect(await running?.ended).toBe(0);
    expect(performance.now() - asked).toBeLessThan(6000);
    await allGone(everyone, 2000);
  });
});
