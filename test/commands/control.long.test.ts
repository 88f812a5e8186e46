import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { applySchedules } from '../../src/operations/schedules.ts';
import { progressQuery } from '../../src/workflows/messages.ts';
import { World } from '../support/world.ts';
import { runCli } from './cli.ts';

const sizes = { projects: 100, credits: 100, utilizations: 100, incentivePrograms: 1 };

/** Operators' commands against real servers, with a worker elsewhere, as in a deployment. */
describe('operators’ commands', { timeout: 120_000 }, () => {
  let world: World;
  let stopWorker: () => Promise<void>;
  let env: Record<string, string>;

  beforeAll(async () => {
    world = await World.create({ sandbox: { sizes }, connection: { schedule: { every: '1d' } } });
    stopWorker = await world.worker();
    const [installation] = await world.sql<{ id: string }[]>`SELECT id::text FROM sync.installation`;
    const context = { installation: installation!.id, searchAttributes: true };
    await applySchedules(world.client, world.config.connections, context);
    env = {
      DATABASE_URL: world.databaseUrl,
      TEMPORAL_ADDRESS: world.temporal.address,
      TEMPORAL_NAMESPACE: world.temporal.namespace,
      PORTFOLIO_KEY: 'sandbox-key',
    };
  });
  afterEach(async () => {
    world.sandbox.clearFaults();
    // A test that failed must not leave its run to the next.
    await handle()
      .terminate()
      .catch(() => undefined);
  });
  afterAll(() => world.close());

  const cli = (...args: string[]) => runCli(args, { cwd: world.folder, env });
  const json = async (...args: string[]) => {
    const { code, stdout, stderr } = await cli(...args, '--json');
    return { code, stderr, document: JSON.parse(stdout) };
  };
  const portfolio = async () => (await json('status')).document.connections[0];
  const handle = () => world.client.workflow.getHandle('sync/portfolio');
  const held = () => expect.poll(() => world.sandbox.held().length, { timeout: 10_000 }).toBeGreaterThan(0);

  it('resync starts an idle connection, tells what it would take, and shows its receipt', async () => {
    const first = await json('resync', 'portfolio', '--watch', '--reason', 'from the start');
    expect(first.code).toBe(0);
    expect(first.document.runs[0]).toMatchObject({
      status: 'completed',
      reasons: ['A person asked for a resync: from the start'],
    });
    world.sandbox.resetJournal();
    const { code, document, stderr } = await json(
      'resync',
      'portfolio',
      '--dry-run',
      '--stream',
      'projects',
      'credits',
    );
    const pass = { rows: 100, pages: 2, requests: 2, seconds: expect.any(Number), finishedAt: expect.any(String) };
    expect({ code, document }).toEqual({
      code: 0,
      document: {
        connection: 'portfolio',
        pages: 4,
        requests: 4,
        seconds: expect.any(Number),
        streams: { projects: pass, credits: pass },
      },
    });
    expect(stderr).toContain('would take about 4 pages, 4 requests');
    expect(world.sandbox.journal()).toEqual([]);
  });

  it('pause, resume and cancel wait until it is so', async () => {
    world.sandbox.setFaults([{ kind: 'hold', streams: ['credits'], pages: [2] }]);
    const told = await json('resync', 'portfolio', '--stream', 'credits');
    expect(told).toMatchObject({ code: 0, document: { connection: 'portfolio', status: 'running' } });
    await held();
    expect((await cli('resume', 'portfolio')).stderr).toContain('is running, so there is nothing to resume');
    expect(await json('pause', 'portfolio')).toMatchObject({ code: 0, document: { status: 'paused' } });
    expect(await portfolio()).toMatchObject({
      state: 'paused',
      type: [expect.stringContaining('resume'), expect.anything()],
    });
    const refused = await cli('resync', 'portfolio', '--stream', 'projects');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('reads only credits');
    expect(await json('resume', 'portfolio')).toMatchObject({ code: 0, document: { status: 'running' } });
    await held();
    const ended = await json('cancel', 'portfolio');
    expect(ended).toMatchObject({ code: 0, document: { runs: [{ status: 'cancelled' }] } });
    expect(ended.document.runs[0].streams.credits.unchanged).toBe(50);
    world.sandbox.clearFaults();
    const nothing = await cli('cancel', 'portfolio');
    expect(nothing.code).toBe(1);
    expect(nothing.stderr).toContain('No run of portfolio is under way');
  });

  it('resume says when a parked run is refused again, and when it goes on', async () => {
    world.sandbox.setFaults([{ kind: 'status', status: 403 }]);
    expect((await json('sync', 'portfolio')).code).toBe(3);
    expect(await portfolio()).toMatchObject({ state: 'parked', reasons: [expect.stringContaining('403')] });
    const again = await json('resume', 'portfolio');
    expect(again).toMatchObject({ code: 3, document: { status: 'parked', message: expect.stringContaining('403') } });
    world.sandbox.clearFaults();
    expect((await json('resume', 'portfolio')).code).toBe(0);
    expect(await handle().result()).toMatchObject({ status: 'completed' });
  });

  it('approve-deletes shows the rows and marks exactly these', async () => {
    const gone = [...world.sandbox.records('incentify', 'projects')].slice(0, 60);
    const remove = gone.map(({ id }) => ({ op: 'delete', id: id! }) as const);
    world.sandbox.edit('incentify', 'projects', ...remove);
    const parked = await json('sync', 'portfolio');
    expect(parked).toMatchObject({ code: 3, document: { runs: [{ status: 'parked' }] } });
    expect(await portfolio()).toMatchObject({
      state: 'parked',
      type: ['incentive-sync approve-deletes portfolio', expect.anything()],
    });
    expect((await cli('resume', 'portfolio')).stderr).toContain('incentive-sync approve-deletes portfolio');
    // Typed again, sync does not wait for what only an approval can bring.
    expect((await json('sync', 'portfolio')).code).toBe(3);

    const unasked = await cli('approve-deletes', 'portfolio');
    expect(unasked.code).toBe(2);
    expect(unasked.stderr).toContain('--yes');
    const first = JSON.parse(gone[0]!.text);
    expect(unasked.stderr).toContain(`${first.id}  ${first.title}`);
    expect(unasked.stderr).toContain('… and 10 more');

    const other = await json('approve-deletes', 'portfolio', '--yes', '--digest', '0123456789abcdef');
    expect(other).toMatchObject({ code: 3, document: { approved: false } });
    // The list becomes another one behind the run's back.
    const [kept] = await world.sql`DELETE FROM sync.missing WHERE id = ${first.id} RETURNING *`;
    const stale = await json('approve-deletes', 'portfolio', '--yes');
    expect(stale).toMatchObject({ code: 3, document: { approved: false, count: 59 } });
    expect(stale.stderr).toContain('the list has changed');
    await world.sql`INSERT INTO sync.missing ${world.sql(kept!)}`;
    expect(await handle().query(progressQuery)).toMatchObject({ status: 'parked' });

    const approved = await json('approve-deletes', 'portfolio', '--yes');
    expect(approved).toMatchObject({ code: 0, document: { approved: true, stream: 'projects', count: 60, live: 100 } });
    expect(approved.document.rows).toHaveLength(50);
    expect(await handle().result()).toMatchObject({ status: 'completed', streams: { projects: { deleted: 60 } } });
    expect((await cli('approve-deletes', 'portfolio')).code).toBe(1);
  });

  it('status shows freshness, the last run and what only the database knows', async () => {
    await world.sql`
      INSERT INTO sync.runs (run_id, connection, system, workflow_id, trigger, status, finished_at)
      VALUES ('old', 'former', 'incentify', 'sync/former', 'person', 'completed', now())`;
    const { code, document, stderr } = await json('status');
    expect(code).toBe(0);
    expect(document.temporal).toEqual({ reachable: true, message: null });
    const [known, former] = document.connections;
    expect(known).toMatchObject({
      connection: 'portfolio',
      configured: true,
      state: 'idle',
      run: null,
      lastRun: { status: 'completed', receipt: { streams: { projects: { deleted: 60 } } } },
      freshness: { ageSeconds: expect.any(Number) },
      schedule: { text: 'every 1 d', nextRun: expect.stringMatching(/T00:00:00/), paused: false },
      type: [],
    });
    const age = (Date.now() - Date.parse(known.freshness.asOf)) / 1000;
    expect(known.freshness.ageSeconds).toBeGreaterThan(0);
    expect(known.freshness.ageSeconds).toBeLessThanOrEqual(age + 1);
    expect(former).toMatchObject({
      connection: 'former',
      configured: false,
      state: 'idle',
      type: ['incentive-sync connection purge former'],
    });
    for (const line of [
      /^portfolio \(incentify\): idle$/m,
      /last run +completed/,
      /fresh as of +20/,
      /next run +20.*every 1 d/,
    ]) {
      expect(stderr).toMatch(line);
    }
    expect(stderr).toContain('its rows stay, and nothing syncs it');
  });

  it('status works without a worker and without Temporal, and says so', async () => {
    await stopWorker();
    await world.start();
    const { document } = await json('status');
    expect(document.connections[0]).toMatchObject({ state: 'running', run: { answered: false } });
    expect(document.connections[0].type).toContain('incentive-sync worker');
    const { code, stdout, stderr } = await runCli(['status', '--json'], {
      cwd: world.folder,
      env: { ...env, TEMPORAL_ADDRESS: '127.0.0.1:9' },
    });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      temporal: { reachable: false, message: expect.stringContaining('127.0.0.1:9 does not answer') },
      connections: [{ connection: 'portfolio', lastRun: { status: 'completed' } }, { connection: 'former' }],
    });
    expect(stderr).toContain('what the database knows');
  });

  it('name what to do where nothing runs', async () => {
    await writeFile(join(world.folder, 'other.yaml'), '');
    const { code, stderr } = await runCli(['status'], { cwd: world.folder, env: { PORTFOLIO_KEY: 'k' } });
    expect(code).toBe(1);
    expect(stderr).toContain('Type `incentive-sync start` first');
  });
});
