import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ticksOf as clientTicks } from '../../src/operations/ticks.ts';
import type { Receipt } from '../../src/receipt.ts';
import { pauseSignal } from '../../src/workflows/messages.ts';
import { bufferedWorkflowId } from '../../src/workflows/names.ts';
import type { TickEnd } from '../../src/workflows/ticks.ts';
import { until } from '../support/waiting.ts';
import { World } from '../support/world.ts';
import { createSchedule, runsOf, tick, ticksOf } from './schedule.ts';

const sizes = { projects: 10, credits: 10, utilizations: 10, incentivePrograms: 1 };

describe('ticks of a schedule', () => {
  let world: World;
  let stopWorker: () => Promise<void>;
  beforeAll(async () => {
    world = await World.create({ sandbox: { sizes } });
    stopWorker = await world.worker();
  });
  afterEach(async () => {
    world.sandbox.reset();
    for (const id of ['sync/portfolio', bufferedWorkflowId('portfolio')]) {
      await world.client.workflow
        .getHandle(id)
        .terminate()
        .catch(() => undefined);
    }
    await world.client.schedule
      .getHandle('sync/portfolio')
      .delete()
      .catch(() => undefined);
    await world.sql`TRUNCATE sync.ticks, sync.runs, sync.receipts, sync.schedule_pauses`;
  });
  afterAll(() => world.close());

  const holdOne = () => world.sandbox.setFaults([{ kind: 'hold', streams: ['projects'], first: 1 }]);
  const held = () => until('a held request', () => world.sandbox.held().length === 1);
  const release = () => {
    world.sandbox.setFaults([]);
    world.sandbox.release();
  };
  const outcomes = async () => (await ticksOf(world)).map(({ outcome }) => outcome);
  const reaches = (...wanted: string[]) =>
    expect.poll(async () => (await outcomes()).sort(), { timeout: 20_000 }).toEqual(wanted.sort());

  it('begin a run, which knows when it was due', async () => {
    const parent = await tick(world);
    const receipt = await parent.result();
    expect(receipt).toMatchObject({
      status: 'completed',
      late: { dueAt: expect.any(String), seconds: expect.any(Number) },
    });
    const [run] = await runsOf(world);
    const [due] = await ticksOf(world);
    expect(due).toMatchObject({ outcome: 'started', runId: run!.run_id, overlap: 'skip', why: null });
    expect(receipt.late.dueAt).toBe(due!.dueAt);
    expect(run).toMatchObject({ trigger: 'schedule', status: 'completed' });
    expect(new Date(run!.due_at!).toISOString()).toBe(due!.dueAt);
    expect(receipt.late.seconds).toBeLessThan(5);
  });

  it('are left out for a run that somebody began by hand (skip)', async () => {
    holdOne();
    const byHand = await world.start();
    await held();
    const left = await (await tick(world)).result();
    expect(left).toMatchObject({ outcome: 'skipped', runId: byHand.id });
    release();
    expect(await world.receipt(byHand)).toMatchObject({ status: 'completed' });
    expect(await ticksOf(world)).toMatchObject([{ outcome: 'skipped', runId: byHand.id, why: left.why }]);
    expect(await runsOf(world)).toHaveLength(1);
  });

  it('wait for a run that somebody began by hand, one at a time (buffer_one)', async () => {
    holdOne();
    const byHand = await world.start();
    await held();
    const first = await tick(world, { overlap: 'buffer_one' });
    await reaches('waiting');
    const second = await tick(world, { overlap: 'buffer_one' });
    expect(await second.result()).toMatchObject({
      outcome: 'skipped',
      why: 'One is waiting already (overlap: buffer_one).',
    });
    release();
    expect(await first.result()).toMatchObject({ status: 'completed' });
    expect(await world.receipt(byHand)).toMatchObject({ status: 'completed' });
    const [one, other] = await runsOf(world);
    expect([one!.trigger, other!.trigger]).toEqual(['person', 'schedule']);
    expect(Number(other!.started_at)).toBeGreaterThan(Number(one!.finished_at));
    expect(await outcomes()).toEqual(['started', 'skipped']);
  });

  it('leave word when they are cancelled while they wait, themselves or in their place', async () => {
    holdOne();
    await world.start();
    await held();
    const first = await tick(world, { overlap: 'buffer_one' });
    await reaches('waiting');
    await first.cancel();
    await expect(first.result()).rejects.toThrow();
    await reaches('cancelled');
    const second = await tick(world, { overlap: 'buffer_one' });
    await reaches('cancelled', 'waiting');
    await world.client.workflow.getHandle(bufferedWorkflowId('portfolio')).cancel();
    expect(await second.result()).toMatchObject({ outcome: 'cancelled' });
    await reaches('cancelled', 'cancelled');
  });

  it.each(['reads', 'is paused'])(
    'cancel a run that somebody began by hand and that %s (cancel_other)',
    async (what) => {
      holdOne();
      const byHand = await world.start();
      await held();
      if (what === 'is paused') {
        await byHand.handle.signal(pauseSignal);
        release();
        await until('the pause', async () => (await runsOf(world))[0]?.status === 'paused');
      }
      const parent = await tick(world, { overlap: 'cancel_other' });
      const cancelled = await world.receipt(byHand);
      release();
      expect(cancelled).toMatchObject({
        status: 'cancelled',
        reasons: ['The run was cancelled by its schedule (overlap: cancel_other).'],
      });
      expect(await parent.result()).toMatchObject({ status: 'completed' });
      expect((await runsOf(world)).map(({ status }) => status)).toEqual(['cancelled', 'completed']);
      expect(await outcomes()).toEqual(['started']);
    },
  );

  it('wait one at a time for the end of a run that does not come (cancel_other)', async () => {
    const options = { workflowId: 'sync/portfolio', args: ['portfolio'] };
    const stuck = await world.client.workflow.start('portfolioSync', { ...options, taskQueue: 'without-a-worker' });
    const ticks = [];
    for (let time = 0; time < 3; time++) ticks.push(await tick(world, { overlap: 'cancel_other' }));
    await reaches('waiting', 'skipped', 'skipped');
    const left = (await ticksOf(world)).filter(({ outcome }) => outcome === 'skipped');
    expect(left).toMatchObject([1, 2].map(() => ({ why: expect.stringMatching(/^One waits already until the run /) })));
    await stuck.terminate();
    const ends: (Receipt | TickEnd)[] = await Promise.all(ticks.map((one) => one.result()));
    expect(ends.filter((end) => 'status' in end)).toMatchObject([{ status: 'completed' }]);
  });

  it('name the run that they cancel: the next one does not take it for itself', async () => {
    holdOne();
    const byHand = await world.start();
    await held();
    await clientTicks(world.client, async () => '').cancel('portfolio', randomUUID());
    await byHand.handle.cancel();
    expect(await world.receipt(byHand)).toMatchObject({ status: 'cancelled', reasons: ['The run was cancelled.'] });
  });

  it('send no signals to a run that waits for a person: Temporal takes 10,000 of a run, and then no `resume`', async () => {
    holdOne();
    const byHand = await world.start();
    await held();
    await byHand.handle.signal(pauseSignal);
    release();
    await until('the pause', async () => (await runsOf(world))[0]?.status === 'paused');
    for (let time = 0; time < 2; time++)
      expect(await (await tick(world)).result()).toMatchObject({ outcome: 'skipped' });
    const { events } = await byHand.handle.fetchHistory();
    const signals = events?.flatMap(({ workflowExecutionSignaledEventAttributes: told }) => told?.signalName ?? []);
    expect(signals).toEqual(['pause']);
  });

  it('that nobody took for a while come to one run', async () => {
    await stopWorker();
    for (let time = 0; time < 8; time++)
      await tick(world, { overlap: (['skip', 'buffer_one', 'cancel_other'] as const)[time % 3]! });
    stopWorker = await world.worker();
    await reaches('started', ...Array.from({ length: 7 }, () => 'served'));
    await until('the run', async () => (await runsOf(world))[0]?.status === 'completed');
    expect(await runsOf(world)).toMatchObject([{ trigger: 'schedule' }]);
    const [run] = await runsOf(world);
    expect(new Set((await ticksOf(world)).map(({ runId }) => runId))).toEqual(new Set([run!.run_id]));
  });

  it.each(['skip', 'buffer_one', 'cancel_other'] as const)('of a backfill come to one run (%s)', async (overlap) => {
    const schedule = await createSchedule(world, { overlap });
    const day = 86_400_000;
    const end = Math.floor(Date.now() / day) * day - day / 2;
    await schedule.backfill({ start: new Date(end - 11 * day), end: new Date(end), overlap: 'ALLOW_ALL' });
    await reaches('started', ...Array.from({ length: 10 }, () => 'served'));
    await until('the run', async () => (await runsOf(world))[0]?.status === 'completed');
    expect(await runsOf(world)).toHaveLength(1);
    const times = (await ticksOf(world)).map(({ dueAt }) => dueAt);
    expect(new Set(times).size).toBe(times.length);
    expect(times.every((time) => Date.parse(time) % day === 0)).toBe(true);
  });

  it('of a connection that the configuration does not have begin nothing and fail nothing', async () => {
    const left = await (await tick(world, {}, 'gone')).result();
    expect(left).toMatchObject({ outcome: 'skipped', why: expect.stringContaining('has no connection `gone`') });
    expect(await ticksOf(world, 'gone')).toHaveLength(1);
    expect(await runsOf(world)).toEqual([]);
  });

  it('have a parked run try again', async () => {
    world.sandbox.setFaults([{ kind: 'status', status: 401 }]);
    const run = await world.start();
    expect(await world.receipt(run)).toMatchObject({ status: 'parked' });
    world.sandbox.setFaults([]);
    expect(await (await tick(world)).result()).toMatchObject({ outcome: 'skipped', runId: run.id });
    await until('its end', async () => (await runsOf(world))[0]?.status === 'completed');
  });

  it('pause their schedule after so many failed runs, and count anew once somebody resumes it', async () => {
    const schedule = await createSchedule(world, {});
    const rules = { pauseAfterFailures: 2 };
    const paused = async () => (await schedule.describe()).state;
    await world.sql`UPDATE sync.connections SET points_at = 'https://elsewhere.test'`;
    const fail = async () => expect((await tick(world, rules)).result()).rejects.toThrow();
    await fail();
    expect(await paused()).toMatchObject({ paused: false });
    await fail();
    expect(await paused()).toMatchObject({
      paused: true,
      note: expect.stringMatching(
        /^Paused after 2 failed runs in a row, the last: .*elsewhere\.test.* incentive-sync schedule resume portfolio$/s,
      ),
    });
    const receipts = await world.sql`SELECT status, receipt -> 'reasons' ->> 0 AS why FROM sync.receipts`;
    expect(receipts).toMatchObject(
      [1, 2].map(() => ({ status: 'failed', why: expect.stringContaining('elsewhere.test') })),
    );
    // What fails while it is paused does not count either.
    await fail();
    await fail();
    await schedule.unpause('mended');
    await fail();
    expect(await paused()).toMatchObject({ paused: false, note: 'mended' });
    await world.sql`UPDATE sync.connections SET points_at = NULL`;
    await (await tick(world, rules)).result();
    await world.sql`UPDATE sync.connections SET points_at = 'https://elsewhere.test'`;
    await fail();
    expect(await paused()).toMatchObject({ paused: false });
    await fail();
    expect(await paused()).toMatchObject({ paused: true });
    await world.sql`UPDATE sync.connections SET points_at = NULL`;
  });
});
