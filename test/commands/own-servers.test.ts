import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTemporalCli } from '../../scripts/lib/temporal-cli.js';
import { type Stack, startStack } from '../../src/runtime/stack.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { finished, runCli, startCli, temporaryFolder } from './cli.ts';
import { forward } from './forward.ts';

const folder = temporaryFolder();
let stack: Stack;
let sandbox: Sandbox;
let env: Record<string, string>;

/** A PostgreSQL, a Temporal server and a vendor that this test started, as a person would have them. */
beforeAll(async () => {
  const cli = findTemporalCli({
    explicit: process.env.TEMPORAL_CLI,
    path: process.env.PATH,
    cacheHome: process.env.XDG_CACHE_HOME,
    home: process.env.HOME,
  });
  const own = { PATH: process.env.PATH, HOME: process.env.HOME };
  const ports = { postgres: 0, temporal: 0, webUi: 0 };
  [stack, sandbox] = await Promise.all([
    startStack({ dataDir: join(folder, 'servers'), temporalCli: cli?.path, env: own, onStep: () => {}, ports }),
    startSandbox({ port: 0, incentify: { sizes: { credits: 400, utilizations: 1000 } } }),
  ]);
  env = { DATABASE_URL: stack.databaseUrl, TEMPORAL_ADDRESS: stack.temporal.address, KEY: 'sandbox-key' };
  writeFileSync(
    join(folder, 'incentive-sync.yaml'),
    `connections:\n  mine:\n    system: incentify\n    baseUrl: ${sandbox.incentify.baseUrl}\n    apiKey: \${KEY}\n`,
  );
}, 60_000);

afterAll(async () => {
  await Promise.all([stack?.stop(), sandbox?.close()]);
  rmSync(folder, { recursive: true, force: true });
});

const sync = (...more: string[]) => runCli(['sync', 'mine', '--json', ...more], { cwd: folder, env });

describe('DATABASE_URL and TEMPORAL_ADDRESS', () => {
  it('make sync use these servers, with a worker of its own where none is', async () => {
    const { code, stdout, stderr } = await sync();
    expect(code).toBe(0);
    expect(JSON.parse(stdout).runs).toMatchObject([{ connection: 'mine', status: 'completed' }]);
    expect(stderr).toContain('No worker takes work there');
    expect(stderr).not.toContain('PostgreSQL at');
  });

  it('make start begin neither PostgreSQL nor Temporal, and leave them up in the end', async () => {
    const { code, stdout, stderr } = await runCli(['start', '--once', '--json'], { cwd: folder, env });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).runs[0].streams.projects).toMatchObject({ fetched: 200, unchanged: 200 });
    expect(stderr).not.toContain('Starting PostgreSQL');
    const again = await sync('--stream', 'projects');
    expect(again.code).toBe(0);
  });

  it('let a worker do the work of a sync elsewhere', async () => {
    const worker = startCli(['worker', '--json'], { cwd: folder, env });
    await worker.says('takes work from');
    expect(JSON.parse(worker.stdout())).toEqual({
      worker: { address: stack.temporal.address, namespace: 'default', taskQueue: 'incentive-sync' },
    });
    const { code, stderr } = await sync('--stream', 'projects');
    expect(code).toBe(0);
    expect(stderr).not.toContain('No worker takes work there');
    worker.child.kill('SIGTERM');
    expect(await worker.ended).toBe(0);
  });

  it('report a wrong key as parked, with 3; typed again with the right one the same run goes on', async () => {
    const wrong = await runCli(['sync', 'mine', '--json'], { cwd: folder, env: { ...env, KEY: 'mistyped-key' } });
    const [parked] = JSON.parse(wrong.stdout).runs;
    expect(wrong.code).toBe(3);
    expect(parked.status).toBe('parked');
    expect(parked.reasons.join()).toMatch(/key/i);
    expect(wrong.stdout + wrong.stderr).not.toContain('mistyped-key');
    const right = await sync();
    expect(right.code).toBe(0);
    expect(JSON.parse(right.stdout).runs).toMatchObject([{ status: 'completed', runId: parked.runId }]);
  });

  it('let a watcher go with Ctrl-C while the run goes on elsewhere, to be joined again', async () => {
    const worker = startCli(['worker'], { cwd: folder, env });
    await worker.says('takes work from');
    sandbox.setFaults([{ kind: 'hold', streams: ['credits'], pages: [7] }]);
    const watcher = startCli(['sync', 'mine', '--watch'], { cwd: folder, env });
    await watcher.says('mine projects: done');
    await expect.poll(() => sandbox.held().length).toBe(1);
    watcher.child.kill('SIGINT');
    expect(await watcher.ended).toBe(130);
    expect(watcher.stderr()).toContain('No longer watching; the run of mine goes on.');

    const again = startCli(['sync', 'mine', '--json'], { cwd: folder, env });
    await again.says('joined the run that is under way');
    sandbox.clearFaults();
    expect(await again.ended).toBe(0);
    const [run] = JSON.parse(again.stdout()).runs;
    expect(watcher.stderr()).toContain(run.runId);
    worker.child.kill('SIGTERM');
    await worker.ended;
  });

  it('are waited for when they are away at the start, and used once they are back; one that stays away is named', async () => {
    const database = await forward(Number(new URL(stack.databaseUrl).port));
    const temporal = await forward(Number(stack.temporal.address.split(':')[1]));
    const DATABASE_URL = stack.databaseUrl.replace(/:\d+\//, `:${database.port}/`);
    const away = { ...env, DATABASE_URL, TEMPORAL_ADDRESS: `127.0.0.1:${temporal.port}` };
    const waiting = startCli(['start', '--once', '--json'], { cwd: folder, env: away });
    const nowhere = runCli(['sync', 'mine'], { cwd: folder, env: { ...env, TEMPORAL_ADDRESS: '127.0.0.1:9' } });
    await waiting.says(`127.0.0.1:${database.port}`);
    await waiting.says(`127.0.0.1:${temporal.port}`);
    await sleep(2000);
    expect(waiting.stderr()).toMatch(/database at \S+ does not answer/);
    expect(waiting.stderr()).toMatch(/Temporal server at \S+ does not answer/);
    await Promise.all([database.open(), temporal.open()]);
    const { code, stdout } = await finished(waiting);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).runs).toMatchObject([{ status: 'completed' }]);
    await Promise.all([database.close(), temporal.close()]);
    const named = await nowhere;
    expect(named.code).toBe(1);
    expect(named.stderr).toContain('Temporal at 127.0.0.1:9 does not answer. Start it, or correct TEMPORAL_ADDRESS');
  });
}, 60_000);
