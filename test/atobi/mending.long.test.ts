import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { approvePushSignal, resumeSignal } from '../../src/workflows/messages.ts';
import { disagreements, takenTwice, truthOf } from '../support/push-truth.ts';
import { until } from '../support/waiting.ts';
import type { World } from '../support/world.ts';
import { atobiWorld, fillValues, journalOf, kpiRequests, reconfigure } from './pushing.ts';

const elements = 120;
const lanes = 6;
const timeout = 90_000;

let world: World;
afterEach(() => world.close());

async function quarantined(): Promise<number> {
  const [row] = await world.sql<
    { count: number }[]
  >`SELECT count(*)::int FROM sync.quarantine WHERE resolved_at IS NULL`;
  return row?.count ?? -1;
}

async function expectAllOnce(): Promise<void> {
  const truth = await truthOf(world);
  expect(disagreements(truth, elements)).toEqual([]);
  expect(takenTwice(truth)).toBe(0);
}

describe('a push whose envelope is wrong', () => {
  it.each([
    ['type', { type: 'another-feed' }, /`type`, `apiVersion` or the KPI’s `context` may be wrong/],
    ['apiVersion', { apiVersion: 'v9' }, /answered 404.*`apiVersion` \(v9\)/],
    ['context', { kpis: [{ kpi: 'sales', context: 'nobody knows' }] }, /of the context nobody knows alike/],
  ])(
    'by its %s parks, puts nothing aside, and goes on with mended settings',
    { timeout },
    async (key, wrong, sentence) => {
      world = await atobiWorld({ batchElements: 10, ...wrong }, { contexts: ['sales'] });
      await fillValues(world, elements);
      const worker = await world.workerProcess();
      const run = await world.start();
      const parked = await world.receipt(run);
      expect(parked.status).toBe('parked');
      expect(parked.reasons.join(' ')).toMatch(sentence);
      expect(kpiRequests(world).length).toBeLessThanOrEqual(3 + lanes);
      expect(await quarantined()).toBe(0);

      await worker.kill();
      await reconfigure(world, { type: world.sandbox.atobi.type, apiVersion: 'v1', kpis: [] });
      await world.workerProcess();
      await run.handle.signal(resumeSignal);
      await until(`a mended ${key}`, async () => (await run.handle.describe()).status.name === 'COMPLETED');
      expect(await quarantined()).toBe(0);
      await expectAllOnce();
    },
  );

  it('and of which a person says that it is right puts aside whatever is refused', { timeout }, async () => {
    world = await atobiWorld({ batchElements: 1 });
    await fillValues(world, 3);
    world.sandbox.setFaults([{ kind: 'refuse', users: ['u1', 'u2', 'u3'] }]);
    await world.worker();
    const run = await world.start();
    expect((await world.receipt(run)).status).toBe('parked');
    expect(await quarantined()).toBe(0);
    await run.handle.signal(approvePushSignal);
    await until('its end', async () => (await run.handle.describe()).status.name === 'COMPLETED');
    expect(await quarantined()).toBe(3);
  });
});

describe('a pause that the vendor asks for', () => {
  it('is kept by a timer that outlives every worker', { timeout }, async () => {
    world = await atobiWorld({ batchElements: 10 });
    await fillValues(world, elements);
    world.sandbox.setFaults([
      { kind: 'status', system: 'atobi', steps: ['kpi'], skip: 3, first: 1, status: 429, retryAfterSeconds: 12 },
    ]);
    const worker = await world.workerProcess();
    const run = await world.start();
    const refused = await until('the 429', () => kpiRequests(world).find(({ status }) => status === 429));
    await sleep(1_500);
    await worker.kill();
    const before = kpiRequests(world).length;
    await world.workerProcess();
    expect((await world.receipt(run)).status).toBe('completed');
    expect(kpiRequests(world)[before]!.receivedAt - refused.receivedAt).toBeGreaterThan(11_900);
    await expectAllOnce();
  });
});

describe('a worker that stands still with deliveries under way', () => {
  it('and wakes up after others have taken over sends nothing more of its own, and what it learns is told', {
    timeout,
  }, async () => {
    world = await atobiWorld({ batchElements: 5 }, { latencyMs: 150 });
    await fillValues(world, elements);
    const zombie = await world.workerProcess();
    const run = await world.start();
    await until('deliveries', async () => (await journalOf(world)).length > lanes);
    zombie.signal('SIGSTOP');
    const frozen = (await journalOf(world)).filter(({ state }) => state === 'sending');
    expect(frozen.length).toBeGreaterThan(0);
    await world.workerProcess();
    expect((await world.receipt(run)).status).toBe('completed');
    const [sentBefore, journal] = [kpiRequests(world).length, await journalOf(world)];
    zombie.signal('SIGCONT');
    const told = () => world.sql`SELECT delivery FROM atobi.deliveries WHERE resolution IS NOT NULL`;
    await until('what it has to tell', async () => (await told()).length > 0);
    await sleep(2_500);
    expect(zombie.alive).toBe(true);
    expect(kpiRequests(world).length).toBe(sentBefore);
    expect((await journalOf(world)).map(({ delivery, state }) => [delivery, state])).toEqual(
      journal.map(({ delivery, state }) => [delivery, state]),
    );
    expect(disagreements(await truthOf(world), elements)).toEqual([]);
  });
});
