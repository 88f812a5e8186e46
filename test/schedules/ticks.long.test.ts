import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { takeDataDir } from '../../src/runtime/data-dir.ts';
import { startTemporal } from '../../src/runtime/temporal.ts';
import type { KnownTick } from '../../src/store/ticks.ts';
import { pauseSignal, resumeSignal } from '../../src/workflows/messages.ts';
import { bufferedWorkflowId } from '../../src/workflows/names.ts';
import { startTemporalOfShortHistories } from '../support/own-temporal.ts';
import { until } from '../support/waiting.ts';
import { World, type WorldOptions } from '../support/world.ts';
import { createSchedule, type RunRow, runsOf, tick, ticksOf } from './schedule.ts';

const sizes = { projects: 10, credits: 10, utilizations: 10, incentivePrograms: 1 };
/** How long Temporal and the workers stay away. */
const awaySeconds = 60;
const ended = ['completed', 'cancelled', 'failed', 'partial'];

describe('a schedule', { timeout: 240_000 }, () => {
  const endings: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  /** `takesMs`: of one request; a run asks three times, one after the other. */
  async function makeWorld(takesMs: number, options: WorldOptions = {}): Promise<World> {
    const world = await World.create({ sandbox: { sizes, latencyMs: takesMs }, ...options });
    endings.push(() => world.close());
    return world;
  }

  /** Ends the schedule and waits until every tick and every run has come to its end. */
  async function settled(world: World): Promise<{ ticks: KnownTick[]; runs: RunRow[] }> {
    await world.client.schedule.getHandle('sync/portfolio').delete();
    const open = 'ExecutionStatus="Running"';
    await until('the end of every tick and run', async () => (await world.client.workflow.count(open)).count === 0, {
      withinMs: 60_000,
      everyMs: 250,
    });
    return { ticks: await ticksOf(world), runs: await runsOf(world) };
  }

  /** Every due time of the range has exactly one row; each run belongs to one that began it; no two ran at once. */
  function expectAddsUp({ ticks, runs }: { ticks: KnownTick[]; runs: RunRow[] }, everyMs: number): void {
    const times = ticks.map(({ dueAt }) => Date.parse(dueAt));
    expect(times).toEqual(times.map((_, index) => times[0]! + index * everyMs));
    const started = ticks.filter(({ outcome }) => outcome === 'started');
    const scheduled = runs.filter(({ trigger }) => trigger === 'schedule');
    expect(started.map(({ runId }) => runId)).toEqual(scheduled.map(({ run_id }) => run_id));
    expect(scheduled.map(({ due_at }) => Number(due_at))).toEqual(started.map(({ dueAt }) => Date.parse(dueAt)));
    for (const { outcome } of ticks) expect(['started', 'skipped', 'served']).toContain(outcome);
    for (const [index, run] of runs.entries()) {
      expect(ended).toContain(run.status);
      if (index > 0) expect(Number(run.started_at)).toBeGreaterThan(Number(runs[index - 1]!.finished_at));
    }
  }

  const of = (ticks: KnownTick[], outcome: string) => ticks.filter((tick) => tick.outcome === outcome);

  it('every 2 s with a sync of 5 s and one by hand leaves out what comes meanwhile (skip)', async () => {
    const world = await makeWorld(1600);
    await world.worker();
    const byHand = await world.start();
    await createSchedule(world, { everyMs: 2000 });
    await sleep(30_000);
    const came = await settled(world);
    expectAddsUp(came, 2000);
    const { ticks, runs } = came;
    expect(runs[0]).toMatchObject({ run_id: byHand.id, status: 'completed' });
    const byRun = new Map(runs.map((run) => [run.run_id, run]));
    for (const { runId, judgedAt } of of(ticks, 'skipped')) {
      expect(Number(byRun.get(runId!)!.started_at)).toBeLessThan(Date.parse(judgedAt) + 1000);
      expect(Number(byRun.get(runId!)!.finished_at)).toBeGreaterThan(Date.parse(judgedAt) - 1000);
    }
    expect(of(ticks, 'skipped').some(({ runId }) => runId === byHand.id)).toBe(true);
    expect(of(ticks, 'started').length).toBeGreaterThanOrEqual(3);
    expect(of(ticks, 'skipped').length).toBeGreaterThan(of(ticks, 'started').length);
  });

  it('every 2 s with a sync of 5 s and one by hand lets one wait at most (buffer_one)', async () => {
    const world = await makeWorld(1600);
    await world.worker();
    const byHand = await world.start();
    await createSchedule(world, { everyMs: 2000, overlap: 'buffer_one' });
    await sleep(30_000);
    const came = await settled(world);
    expectAddsUp(came, 2000);
    const { ticks, runs } = came;
    expect(runs[0]).toMatchObject({ run_id: byHand.id });
    expect(of(ticks, 'skipped').map(({ why }) => why)).toContain('One is waiting already (overlap: buffer_one).');
    // Somebody always waited, so that each begins when the one before ends.
    const gaps = runs.slice(1).map((run, index) => Number(run.started_at) - Number(runs[index]!.finished_at));
    console.log(`buffer_one: ${runs.length} runs, ${gaps.map((gap) => `${gap} ms`).join(', ')} between them`);
    expect(Math.max(...gaps.slice(0, -1))).toBeLessThan(1900);
    expect(runs.length).toBeGreaterThanOrEqual(5);
  });

  it('every 8 s cancels a run by hand, and then its own where they take longer (cancel_other)', async () => {
    const world = await makeWorld(0);
    await world.worker();
    world.sandbox.setFaults([{ kind: 'hold', streams: ['projects'], first: 1 }]);
    const byHand = await world.start();
    await until('the hold', () => world.sandbox.held().length === 1);
    await createSchedule(world, { everyMs: 8000, overlap: 'cancel_other' });
    expect(await world.receipt(byHand)).toMatchObject({
      status: 'cancelled',
      reasons: ['The run was cancelled by its schedule (overlap: cancel_other).'],
    });
    await until('a run of its own', async () => (await runsOf(world))[1]?.status === 'completed');
    world.sandbox.setFaults([{ kind: 'latency', ms: 4000 }]);
    await until('three that were cancelled', async () => (await runsOf(world)).length >= 5, { withinMs: 60_000 });
    const came = await settled(world);
    expectAddsUp(came, 8000);
    expect(came.runs.map(({ status }) => status)).toEqual([
      'cancelled',
      'completed',
      ...came.runs.slice(3).map(() => 'cancelled'),
      'completed',
    ]);
    expect(of(came.ticks, 'started')).toHaveLength(came.ticks.length);
  });

  // Intervals in which a run ends also on a machine that is busy.
  it.each([
    ['skip', 2000],
    ['buffer_one', 3000],
    ['cancel_other', 6000],
  ] as const)(
    `whose worker is away for ${awaySeconds} s begins one run for all that waited (%s, every %d ms)`,
    async (overlap, everyMs) => {
      const world = await makeWorld(100);
      const worker = await world.workerProcess();
      await createSchedule(world, { everyMs, overlap });
      // Just ended, so that none is under way for which the ticks would be left out.
      await until('a run', async () => (await runsOf(world)).at(-1)?.status === 'running');
      await until('its end', async () => (await runsOf(world)).at(-1)?.status === 'completed');
      await worker.kill();
      const before = Date.now();
      await sleep(awaySeconds * 1000);
      await world.workerProcess();
      const back = Date.now();
      await sleep(6000);
      const came = await settled(world);
      expectAddsUp(came, everyMs);
      const waited = came.ticks.filter(({ begunAt, judgedAt }) => {
        const [begun, judged] = [Date.parse(begunAt), Date.parse(judgedAt)];
        return begun > before && begun < back && judged > back - 3000 && judged - begun > 5500;
      });
      console.log(`${overlap}: ${waited.length} ticks waited, ${of(waited, 'started').length} began a run`);
      expect(waited.length).toBeGreaterThan((awaySeconds - 16) / (everyMs / 1000));
      // Where a machine is busy a run was under way when the worker was killed, and some are left out for that one.
      expect(of(waited, 'started').length).toBeLessThanOrEqual(1);
      expect(of(waited, 'served').length).toBeGreaterThan(0);
      const begun = came.runs.find(({ started_at }) => Number(started_at) > back - 3000);
      expect(new Set(of(waited, 'served').map(({ runId }) => runId))).toEqual(new Set([begun!.run_id]));
      for (const { why } of waited) expect(why).toMatch(/^No worker took it for \d+ s\./);
    },
  );

  it.each([
    ['1 hour', awaySeconds],
    ['10 seconds', 10],
  ] as const)(
    `every 2 s whose Temporal is away for ${awaySeconds} s catches up with one run, within a window of %s`,
    async (catchupWindow, caughtSeconds) => {
      const temporal = await ownTemporal();
      const world = await makeWorld(100, { temporalAddress: temporal.address });
      await world.workerProcess();
      await createSchedule(world, { everyMs: 2000, catchupWindow });
      await until('a run', async () => (await runsOf(world))[0]?.status === 'completed');
      await temporal.stop();
      const stopped = Date.now();
      await sleep(awaySeconds * 1000);
      await temporal.start();
      const back = Date.now();
      await sleep(10_000);
      const { ticks, runs } = await settled(world);
      const missed = ticks.filter(({ dueAt }) => Date.parse(dueAt) > stopped && Date.parse(dueAt) < back - 5000);
      console.log(`${catchupWindow}: ${missed.length} caught up, ${of(missed, 'started').length} began a run`);
      expect(new Set(ticks.map(({ dueAt }) => dueAt)).size).toBe(ticks.length);
      // The window is counted from when Temporal looks again, some seconds after it is back.
      expect(missed.length).toBeLessThanOrEqual(caughtSeconds / 2 + 1);
      expect(missed.length).toBeGreaterThanOrEqual(caughtSeconds / 2 - 6);
      expect(of(missed, 'started').length).toBeLessThanOrEqual(1);
      if (catchupWindow === '1 hour') expectAddsUp({ ticks, runs }, 2000);
    },
  );

  it('whose tick waits does so also once Temporal has forgotten the first execution of the run (buffer_one)', async () => {
    const temporal = await startTemporalOfShortHistories();
    endings.push(() => temporal.stop());
    const options = { sandbox: { sizes: { ...sizes, utilizations: 1_000 } }, temporalAddress: temporal.address };
    const world = await makeWorld(0, options);
    await world.worker({ milliseconds: 6_000, pages: 4 });
    const run = await world.start();
    const newest = world.client.workflow.getHandle('sync/portfolio');
    await until('another execution', async () => (await newest.describe()).runId !== run.id);
    await newest.signal(pauseSignal);
    await until('the pause', async () => (await runsOf(world))[0]?.status === 'paused');
    const workflowExecution = { workflowId: 'sync/portfolio', runId: run.id };
    await world.client.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
    const first = world.client.workflow.getHandle('sync/portfolio', run.id);
    const forgotten = () =>
      first.describe().then(
        () => false,
        () => true,
      );
    await until('the first execution to be forgotten', forgotten, { withinMs: 120_000 });
    const waiting = await tick(world, { overlap: 'buffer_one' });
    await until('the wait', async () => (await ticksOf(world))[0]?.outcome === 'waiting');
    await sleep(2000);
    const place = await world.client.workflow.getHandle(bufferedWorkflowId('portfolio')).describe();
    expect(place.status.name).toBe('RUNNING');
    expect((await waiting.describe()).historyLength).toBeLessThan(30);
    await newest.signal(resumeSignal);
    expect(await waiting.result()).toMatchObject({ status: 'completed' });
    expect((await runsOf(world)).map(({ status }) => status)).toEqual(['completed', 'completed']);
  });

  it('whose tick waits goes on when the worker is killed meanwhile (buffer_one)', async () => {
    const world = await makeWorld(0);
    const worker = await world.workerProcess();
    world.sandbox.setFaults([{ kind: 'hold', streams: ['projects'] }]);
    await world.start();
    await until('the hold', () => world.sandbox.held().length > 0);
    const waiting = await tick(world, { overlap: 'buffer_one' });
    await until('the wait', async () => (await ticksOf(world))[0]?.outcome === 'waiting');
    await sleep(1000);
    await worker.kill();
    const next = await world.workerProcess();
    await sleep(7000);
    // One that is told to stop hands the wait on at once.
    next.signal('SIGTERM');
    const asked = Date.now();
    await until('its end', () => !next.alive);
    expect(Date.now() - asked).toBeLessThan(8000);
    await world.workerProcess();
    world.sandbox.setFaults([]);
    world.sandbox.release();
    expect(await waiting.result()).toMatchObject({ status: 'completed' });
    expect((await ticksOf(world)).map(({ outcome }) => outcome)).toEqual(['started']);
    expect((await runsOf(world)).map(({ trigger, status }) => `${trigger} ${status}`)).toEqual([
      'person completed',
      'schedule completed',
    ]);
  });

  /** A Temporal that comes back on the same file and the same port. */
  async function ownTemporal() {
    const folder = await mkdtemp(join(tmpdir(), 'incentive-sync-schedules-'));
    const dataDir = takeDataDir(join(folder, 'data'));
    const options = {
      dataDir,
      cli: inject('temporalCli'),
      env: process.env,
      ports: { temporal: 0, webUi: 0 },
      dynamicConfig: {},
      namespaces: [],
      onStep: () => undefined,
      signal: new AbortController().signal,
    };
    let { place, server } = await startTemporal(options);
    endings.push(async () => {
      await server.stop();
      dataDir.release();
      await rm(folder, { recursive: true, force: true });
    });
    return {
      address: place.address,
      stop: () => server.stop(),
      start: async () => {
        ({ place, server } = await startTemporal(options));
      },
    };
  }
});
