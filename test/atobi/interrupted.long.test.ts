import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { forceResyncSignal, pauseSignal, resumeSignal } from '../../src/workflows/messages.ts';
import { syncWorkflowId } from '../../src/workflows/names.ts';
import { startTemporalOfShortHistories } from '../support/own-temporal.ts';
import { disagreements, takenTwice, truthOf } from '../support/push-truth.ts';
import { until } from '../support/waiting.ts';
import { World } from '../support/world.ts';
import { atobiWorld, countsOf, fillValues, journalOf, kpiRequests } from './pushing.ts';

const elements = 400;
const batchElements = 5;
const timeout = 120_000;

let world: World;
let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
  await world.close();
  await stop?.();
  stop = undefined;
});

const acceptedCount = async () => (await journalOf(world)).filter(({ state }) => state === 'accepted').length;
const deliveries = (count: number) =>
  until(`${count} deliveries`, async () => (await acceptedCount()) >= count, { withinMs: 60_000 });

async function begin(): Promise<void> {
  world = await atobiWorld({ batchElements }, { latencyMs: 100 });
  await fillValues(world, elements);
  await world.worker();
}

describe('a push that is interrupted', () => {
  it('by a pause notes what is under way, sends nothing while it lasts, and then the rest once', {
    timeout,
  }, async () => {
    await begin();
    const run = await world.start();
    await deliveries(10);
    await run.handle.signal(pauseSignal);
    await until(
      'the end of what is under way',
      async () => !(await journalOf(world)).some(({ state }) => state === 'sending'),
    );
    await sleep(1_500);
    const paused = kpiRequests(world).length;
    await sleep(2_000);
    expect(kpiRequests(world).length).toBe(paused);
    expect(paused).toBeLessThan(elements / batchElements);
    await run.handle.signal(resumeSignal);
    expect(await world.receipt(run)).toMatchObject({ status: 'completed' });
    const truth = await truthOf(world);
    expect([disagreements(truth, elements), takenTwice(truth)]).toEqual([[], 0]);
  });

  it('by a cancellation leaves no delivery open, and the next push sends the rest once', { timeout }, async () => {
    await begin();
    const run = await world.start();
    await deliveries(10);
    await run.handle.cancel();
    const cancelled = await world.receipt(run);
    expect(cancelled.status).toBe('cancelled');
    expect((await journalOf(world)).filter(({ state }) => state !== 'accepted')).toEqual([]);
    expect(countsOf(cancelled)?.created).toBe(world.sandbox.atobi.accepted().length);
    expect(await world.sync()).toMatchObject({ status: 'completed' });
    const truth = await truthOf(world);
    expect([disagreements(truth, elements), takenTwice(truth)]).toEqual([[], 0]);
  });

  it('by a forced resync sends everything that was sent before once more, and the rest once', { timeout }, async () => {
    await begin();
    const run = await world.start();
    await deliveries(10);
    await run.handle.signal(forceResyncSignal, {});
    expect(await world.receipt(run)).toMatchObject({ status: 'completed' });
    const journal = await journalOf(world);
    expect(journal.every(({ state }) => state === 'accepted')).toBe(true);
    const again = journal.filter(({ why }) => /because everything was to be/.test(why));
    const times = world.sandbox.atobi.accepted().map(({ takenAt }) => takenAt.length);
    expect(times).toHaveLength(elements);
    expect(times.filter((count) => count === 2)).toHaveLength(again.reduce((sum, one) => sum + one.elements, 0));
    expect(times.every((count) => count <= 2)).toBe(true);
    expect(again.length).toBeGreaterThanOrEqual(10);
    expect(again.length).toBeLessThan(elements / batchElements);
  });

  it('by its own history’s length goes on as new, and is one run', { timeout }, async () => {
    const temporal = await startTemporalOfShortHistories();
    stop = temporal.stop;
    world = await World.create({
      ...{ system: 'atobi', temporalAddress: temporal.address },
      ...{ atobi: { requestsPerMinute: 6000, latencyMs: 30 }, connection: { requestsPerMinute: 6000, batchElements } },
    });
    await fillValues(world, elements);
    await world.worker();
    const run = await world.start();
    expect(await world.receipt(run)).toMatchObject({ runId: run.id, status: 'completed', reasons: [] });
    let executions = 0;
    const query = `WorkflowId = '${syncWorkflowId('staff')}'`;
    for await (const _ of world.client.workflow.list({ query })) executions += 1;
    console.log(`${executions} executions`);
    const truth = await truthOf(world);
    expect([disagreements(truth, elements), takenTwice(truth)]).toEqual([[], 0]);
    expect(kpiRequests(world)).toHaveLength(elements / batchElements);
  });
});

describe('a database that is away between the answer and its note', () => {
  it('leaves nothing unknown when it comes back', { timeout }, async () => {
    await begin();
    world.sandbox.setFaults([{ kind: 'hold', system: 'atobi', steps: ['kpi'], skip: 4 }]);
    const run = await world.start();
    await until('six held transfers', () => world.sandbox.held().length === 6);
    // Nothing can be noted while the table has another name.
    await world.sql`ALTER TABLE atobi.deliveries RENAME TO deliveries_away`;
    world.sandbox.clearFaults();
    await sleep(8_000);
    await world.sql`ALTER TABLE atobi.deliveries_away RENAME TO deliveries`;
    expect(await world.receipt(run)).toMatchObject({ status: 'completed' });
    const truth = await truthOf(world);
    expect([disagreements(truth, elements), takenTwice(truth)]).toEqual([[], 0]);
    expect(truth.journal.every(({ state }) => state === 'accepted')).toBe(true);
  });
});
