import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { World } from '../support/world.ts';
import { finished, runCli, startCli } from './cli.ts';
import { forward } from './forward.ts';

let world: World;
let folder: string;
let env: Record<string, string>;

/** Servers and a vendor that are there already, as a person would have them. */
beforeAll(async () => {
  world = await World.create({ sandbox: { sizes: { credits: 400, utilizations: 1000 } } });
  const { address: TEMPORAL_ADDRESS, namespace: TEMPORAL_NAMESPACE } = world.temporal;
  env = { DATABASE_URL: world.databaseUrl, TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, PORTFOLIO_KEY: 'sandbox-key' };
  folder = world.folder;
});

afterAll(() => world.close());

const sync = (more: Record<string, string> = {}) =>
  runCli(['sync', 'portfolio', '--json'], { cwd: folder, env: { ...env, ...more } });

describe('DATABASE_URL and TEMPORAL_ADDRESS', () => {
  it('make sync use these servers, with a worker of its own; a wrong key is parked, with 3, and the right one goes on', async () => {
    const wrong = await sync({ PORTFOLIO_KEY: 'mistyped-key' });
    const [parked] = JSON.parse(wrong.stdout).runs;
    expect(wrong.code).toBe(3);
    expect(parked.status).toBe('parked');
    expect(parked.reasons.join()).toMatch(/key/i);
    expect(wrong.stdout + wrong.stderr).not.toContain('mistyped-key');

    const right = await sync();
    expect(right.code).toBe(0);
    expect(JSON.parse(right.stdout).runs).toMatchObject([
      { connection: 'portfolio', status: 'completed', runId: parked.runId },
    ]);
    expect(right.stderr).toContain('No worker takes work there');
    expect(right.stderr).not.toContain('PostgreSQL at');
  });

  it('let a worker do the work of a sync elsewhere; a watcher goes with Ctrl-C, the run goes on and is joined again', async () => {
    const worker = startCli(['worker', '--json'], { cwd: folder, env });
    await worker.says('takes work from');
    expect(JSON.parse(worker.stdout())).toEqual({ worker: { ...world.temporal, taskQueue: 'incentive-sync' } });
    world.sandbox.setFaults([{ kind: 'hold', streams: ['credits'], pages: [7] }]);
    const watcher = startCli(['sync', 'portfolio', '--watch'], { cwd: folder, env });
    await watcher.says('portfolio projects: done');
    await expect.poll(() => world.sandbox.held().length, { timeout: 10_000 }).toBe(1);
    watcher.child.kill('SIGINT');
    expect(await watcher.ended).toBe(130);
    expect(watcher.stderr()).toContain('No longer watching; the run of portfolio goes on.');
    expect(watcher.stderr()).not.toContain('No worker takes work there');

    const again = startCli(['sync', 'portfolio', '--json'], { cwd: folder, env });
    await again.says('joined the run that is under way');
    world.sandbox.clearFaults();
    expect(await again.ended).toBe(0);
    const [run] = JSON.parse(again.stdout()).runs;
    expect(watcher.stderr()).toContain(run.runId);
    worker.child.kill('SIGTERM');
    expect(await worker.ended).toBe(0);
  });

  it('are waited for by start when they are away, and used once they are back, not begun; one that stays away is named', async () => {
    const database = await forward(Number(new URL(world.databaseUrl).port));
    const temporal = await forward(Number(world.temporal.address.split(':')[1]));
    const DATABASE_URL = world.databaseUrl.replace(/:\d+\//, `:${database.port}/`);
    const away = { ...env, DATABASE_URL, TEMPORAL_ADDRESS: `127.0.0.1:${temporal.port}` };
    const waiting = startCli(['start', '--once', '--json'], { cwd: folder, env: away });
    const nowhere = sync({ TEMPORAL_ADDRESS: '127.0.0.1:9' });
    await waiting.says(`127.0.0.1:${database.port}`);
    await waiting.says(`127.0.0.1:${temporal.port}`);
    await sleep(1000);
    expect(waiting.stderr()).toMatch(/database at \S+ does not answer/);
    expect(waiting.stderr()).toMatch(/Temporal server at \S+ does not answer/);
    await Promise.all([database.open(), temporal.open()]);
    const { code, stdout, stderr } = await finished(waiting);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).runs).toMatchObject([
      { status: 'completed', streams: { projects: { fetched: 200, unchanged: 200 } } },
    ]);
    expect(stderr).not.toContain('Starting PostgreSQL');
    await Promise.all([database.close(), temporal.close()]);
    // Both were left up.
    expect(await world.sql`SELECT count(*)::int AS rows FROM incentify.projects`).toEqual([{ rows: 200 }]);
    expect((await world.client.workflow.getHandle('sync/portfolio').describe()).status.name).toBe('COMPLETED');
    const named = await nowhere;
    expect(named.code).toBe(1);
    expect(named.stderr).toContain('Temporal at 127.0.0.1:9 does not answer. Start it, or correct TEMPORAL_ADDRESS');
  });
});
