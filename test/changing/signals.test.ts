import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { scheduleDefaults } from '../../src/config/schedule.ts';
import { attach, type Run } from '../../src/operations/runs.ts';
import { applySchedules } from '../../src/operations/schedules.ts';
import { forceResyncSignal, pauseSignal, progressQuery, resumeSignal } from '../../src/workflows/messages.ts';
import { differences, none, portfolioStreams } from '../support/compare.ts';
import { startTemporalOfShortHistories } from '../support/own-temporal.ts';
import { World } from '../support/world.ts';

const sizes = { projects: 60, credits: 120, utilizations: 260, incentivePrograms: 1 };
const connection = { name: 'portfolio', system: 'incentify' } as const;
const run = promisify(execFile);

describe('signals to a run', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.create({ sandbox: { sizes } });
    await world.worker();
    expect(await world.sync()).toMatchObject({ status: 'completed' });
    world.sandbox.resetJournal();
  });
  afterEach(async () => {
    world.sandbox.reset();
    // A test that failed must not leave its run to the next.
    await world.client.workflow
      .getHandle('sync/portfolio')
      .terminate()
      .catch(() => undefined);
  });
  afterAll(() => world.close());

  const temporal = (...args: string[]) => {
    const { address, namespace } = world.temporal;
    return run(inject('temporalCli'), [...args, '--address', address, '--namespace', namespace]);
  };
  const underWay = async (): Promise<Run> => (await attach(world.client, connection, 'test'))!;
  const held = (count: number) => expect.poll(() => world.sandbox.held().length, { timeout: 10_000 }).toBe(count);
  const shows = (of: Run, status: string, timeout = 10_000) =>
    expect.poll(async () => (await of.handle.query(progressQuery)).status, { timeout, interval: 50 }).toBe(status);
  /** How often each page of a stream was asked for. */
  const asked = (stream: string) => {
    const times: Record<number, number> = {};
    for (const { page } of world.sandbox.journal({ stream })) times[page!] = (times[page!] ?? 0) + 1;
    return times;
  };
  const once = (pages: number) => Object.fromEntries(Array.from({ length: pages }, (_, index) => [index + 1, 1]));
  /** Rows that were not written since. */
  const older = async (stream: string, since: string) => {
    const [row] = await world.sql.unsafe<{ older: number }[]>(
      `SELECT count(*)::int AS older FROM incentify.${stream} WHERE synced_at < $1`,
      [since],
    );
    return row!.older;
  };
  const now = async () => (await world.sql<{ now: string }[]>`SELECT clock_timestamp()::text AS now`)[0]!.now;

  it('forceResync starts an idle connection by signal-with-start and rewrites what has not changed', async () => {
    const since = await now();
    const start = ['--task-queue', 'incentive-sync', '--type', 'portfolioSync', '--workflow-id', 'sync/portfolio'];
    const signal = ['--signal-name', 'forceResync', '--signal-input', '{"streams": ["credits"], "reason": "restored"}'];
    await temporal('workflow', 'signal-with-start', ...start, '--input', '"portfolio"', ...signal);
    const receipt = await world.receipt(await underWay());
    expect(receipt).toMatchObject({
      status: 'completed',
      reasons: ['A person asked for a resync: restored'],
      streams: { credits: { created: 0, updated: 0, unchanged: 120, pages: 3 }, projects: { unchanged: 60 } },
    });
    for (const stream of portfolioStreams) expect(asked(stream)).toEqual(once(Math.ceil(sizes[stream] / 50)));
    expect(await older('credits', since)).toBe(0);
    expect(await older('projects', since)).toBe(60);
    for (const stream of portfolioStreams) expect(await differences(world.sql, world.sandbox, stream)).toEqual(none);
  });

  it('forceResync in the middle begins the streams named again at page 1, once however many came', async () => {
    const since = await now();
    world.sandbox.setFaults([{ kind: 'hold', streams: ['credits'], pages: [3], first: 1 }]);
    const started = await world.start();
    await held(1);
    await expect
      .poll(async () => (await world.sql`SELECT 1 FROM sync.cursors WHERE stream = 'credits' AND next_page = 3`).length)
      .toBe(1);
    const wanted = { streams: ['credits'], reason: 'again' };
    await Promise.all(Array.from({ length: 20 }, () => started.handle.signal(forceResyncSignal, wanted)));
    const receipt = await world.receipt(started);
    expect(receipt).toMatchObject({ status: 'completed', reasons: ['A person asked for a resync: again'] });
    expect(asked('credits')).toEqual({ 1: 2, 2: 2, 3: 2 });
    expect(asked('projects')).toEqual(once(2));
    expect(asked('utilizations')).toEqual(once(6));
    expect(await older('credits', since)).toBe(0);
    expect(await older('projects', since)).toBe(60);
    expect(receipt.streams.credits).toMatchObject({ total: 120, fetched: 220, pages: 5, requests: 6, retries: 1 });
  });

  it('forceResync of all reads what was read already again, too', async () => {
    world.sandbox.setFaults([{ kind: 'hold', streams: ['utilizations'], pages: [6], first: 1 }]);
    const started = await world.start();
    await held(1);
    await started.handle.signal(forceResyncSignal, {});
    expect(await world.receipt(started)).toMatchObject({ status: 'completed' });
    expect(asked('projects')).toEqual({ 1: 2, 2: 2 });
    expect(asked('credits')).toEqual({ 1: 2, 2: 2, 3: 2 });
  });

  it('forceResync before the first page is one pass, not two', async () => {
    const since = await now();
    world.sandbox.setFaults([{ kind: 'hold', streams: ['projects'], pages: [1], first: 1 }]);
    const started = await world.start();
    await held(1);
    await started.handle.signal(forceResyncSignal);
    await expect.poll(() => asked('projects')[1], { timeout: 20_000 }).toBe(2);
    const { streams } = await world.receipt(started);
    expect(streams).toMatchObject({ projects: { pages: 2, requests: 3 }, credits: { pages: 3 } });
    expect(asked('credits')).toEqual(once(3));
    for (const stream of portfolioStreams) expect(await older(stream, since)).toBe(0);
    const { streams: shown } = await started.handle.query(progressQuery);
    expect(Object.values(shown).map(({ pass }) => pass)).toEqual([1, 1, 1]);
  });

  it('are offered by the Web UI, each with a description', async () => {
    world.sandbox.setFaults([{ kind: 'hold', streams: ['projects'], pages: [1] }]);
    const started = await world.start();
    await held(1);
    // What the Web UI itself asks before it draws its form.
    const { definition } = await started.handle.query<{
      definition: { signalDefinitions: { name: string; description: string }[] };
    }>('__temporal_workflow_metadata');
    const described = definition.signalDefinitions.filter(({ description }) => description.length > 20);
    const names = described.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['forceResync', 'pause', 'resume', 'approveDeletes']));
  });

  it('that cannot be understood are told in the receipt and hold nothing up', async () => {
    world.sandbox.setFaults([{ kind: 'hold', streams: ['projects'], pages: [2], first: 1 }]);
    const started = await world.start();
    await held(1);
    const id = ['--workflow-id', 'sync/portfolio'];
    await temporal('workflow', 'signal', ...id, '--name', 'forceResync', '--input', '"credits"');
    await temporal('workflow', 'signal', ...id, '--name', 'forceResync', '--input', '{"streams": ["crdits"]}');
    await temporal('workflow', 'signal', ...id, '--name', 'approveDeletes');
    world.sandbox.release();
    const { status, reasons } = await world.receipt(started);
    expect(status).toBe('completed');
    for (const told of ['forceResync was not understood', 'approval of deletes was refused', '`crdits`']) {
      expect(reasons.join()).toContain(told);
    }
  });

  it('pause takes effect within 10 s while pages take 3 s, and resume asks for no committed page again', async () => {
    world.sandbox.setFaults([{ kind: 'latency', ms: 3000, streams: ['credits', 'utilizations'] }]);
    const started = await world.start();
    const committed = async () => {
      const rows = await world.sql<{ stream: string; page: number }[]>`
        SELECT stream, page FROM sync.pages WHERE run_id = ${started.id}`;
      return rows.map(({ stream, page }) => `${stream} ${page}`);
    };
    await expect.poll(committed, { timeout: 10_000 }).toContain('credits 1');
    const asked0 = Date.now();
    await started.handle.signal(pauseSignal);
    await shows(started, 'paused');
    expect(Date.now() - asked0).toBeLessThan(10_000);
    const [noted] = await world.sql`SELECT status FROM sync.runs WHERE run_id = ${started.id}`;
    expect(noted).toEqual({ status: 'paused' });
    const before = await committed();
    const last = Math.max(...world.sandbox.journal().map(({ seq }) => seq));
    world.sandbox.clearFaults();
    expect(world.sandbox.journal({ after: last })).toEqual([]);
    await started.handle.signal(resumeSignal);
    expect(await world.receipt(started)).toMatchObject({ status: 'completed' });
    const after = world.sandbox.journal({ after: last }).map(({ stream, page }) => `${stream} ${page}`);
    expect(after.filter((page) => before.includes(page))).toEqual([]);
    expect([...before, ...after].toSorted()).toEqual((await committed()).toSorted());
  });

  it('cancel takes effect within 10 s while pages take 3 s, with a receipt', async () => {
    world.sandbox.setFaults([{ kind: 'latency', ms: 3000, streams: ['credits'] }]);
    const started = await world.start();
    await expect
      .poll(() => world.sandbox.journal({ stream: 'credits' }).length, { timeout: 10_000 })
      .toBeGreaterThan(0);
    const asked0 = Date.now();
    await temporal('workflow', 'cancel', '--workflow-id', 'sync/portfolio');
    expect(await world.receipt(started)).toMatchObject({ status: 'cancelled', runId: started.id });
    expect(Date.now() - asked0).toBeLessThan(10_000);
    const [stored] = await world.sql`SELECT status, receipt FROM sync.receipts WHERE run_id = ${started.id}`;
    expect(stored).toMatchObject({ status: 'cancelled', receipt: { streams: { projects: { unchanged: 60 } } } });
  });

  it('a parked run tries again when its schedule is due', async () => {
    world.sandbox.setFaults([{ kind: 'status', status: 403 }]);
    const started = await world.start();
    expect(await world.receipt(started)).toMatchObject({ status: 'parked' });
    world.sandbox.clearFaults();
    const schedule = { ...scheduleDefaults, kind: 'every', everyMs: 86_400_000 } as const;
    const context = { installation: 'test', searchAttributes: true };
    await applySchedules(world.client, [{ ...connection, schedule }], context);
    await temporal('schedule', 'trigger', '--schedule-id', 'sync/portfolio');
    expect(await started.handle.result()).toMatchObject({ status: 'completed', runId: started.id });
    await world.client.schedule.getHandle('sync/portfolio').delete();
  });
});

describe('signals to a run that continues as new', () => {
  it('survive it: what was paused stays paused, what was wanted is done, once', async () => {
    const temporal = await startTemporalOfShortHistories();
    const world = await World.create({ sandbox: { sizes }, temporalAddress: temporal.address });
    onTestFinished(async () => {
      await world.close();
      await temporal.stop();
    });
    await world.worker({ milliseconds: 5_000, pages: 1 });
    world.sandbox.setFaults([{ kind: 'latency', ms: 100 }]);
    const started = await world.start();
    const executions = async () => {
      const seen = new Set<string>();
      for await (const { runId } of world.client.workflow.list({ query: "WorkflowId = 'sync/portfolio'" }))
        seen.add(runId);
      return seen.size;
    };
    const paused = async () => (await started.handle.query(progressQuery)).status === 'paused';
    // Signals fall anywhere, also into the moments of continuing.
    for (let round = 1; round <= 5; round++) {
      const signals = [started.handle.signal(pauseSignal)];
      if (round === 2 || round === 4) {
        signals.push(started.handle.signal(forceResyncSignal, { streams: ['projects'], reason: `round ${round}` }));
      }
      await Promise.all(signals);
      await expect.poll(paused, { timeout: 10_000, interval: 20 }).toBe(true);
      await started.handle.signal(resumeSignal);
      await sleep(40 * (round % 4));
    }
    const ended = started.handle.result();
    const receipt = await ended;
    expect(receipt.status).toBe('completed');
    expect(receipt.reasons).toEqual([2, 4].map((round) => `A person asked for a resync: round ${round}`));
    await expect.poll(executions).toBeGreaterThan(2);
    for (const stream of portfolioStreams) expect(await differences(world.sql, world.sandbox, stream)).toEqual(none);
    const passes = (await started.handle.query(progressQuery)).streams.projects?.pass;
    expect(passes).toBeLessThanOrEqual(3);
    expect(receipt.streams).toMatchObject({ credits: { pages: 3 }, utilizations: { pages: 6 } });
  });
});
