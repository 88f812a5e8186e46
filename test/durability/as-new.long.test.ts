import { afterEach, describe, expect, it } from 'vitest';
import type { Run } from '../../src/operations/runs.ts';
import { syncWorkflowId } from '../../src/workflows/names.ts';
import { differences, none, portfolioStreams } from '../support/compare.ts';
import { startTemporalOfShortHistories } from '../support/own-temporal.ts';
import { World } from '../support/world.ts';

describe('a long run', () => {
  let world: World;
  let stop: (() => Promise<void>) | undefined;
  afterEach(async () => {
    await world.close();
    await stop?.();
    stop = undefined;
  });

  it('continues as new again and again, and is one run to everybody', async () => {
    const temporal = await startTemporalOfShortHistories();
    stop = temporal.stop;
    world = await World.create({ sandbox: { sizes: { utilizations: 4_000 } }, temporalAddress: temporal.address });
    await world.worker({ milliseconds: 6_000, pages: 10 });
    const run = await world.start();
    const receipt = await world.receipt(run);
    const executions = await chain(run);
    console.log(`${executions.length - 1} times continued as new, ${executions.join(' + ')} events`);
    expect(executions.length).toBeGreaterThan(3);

    expect(receipt).toMatchObject({ runId: run.id, status: 'completed', reasons: [] });
    const { projects, credits, utilizations } = receipt.streams;
    expect(projects).toMatchObject({ total: 200, fetched: 200, created: 200, pages: 4, requests: 4, retries: 0 });
    expect(credits).toMatchObject({ total: 1000, fetched: 1000, created: 1000, pages: 20, requests: 20, retries: 0 });
    expect(utilizations).toMatchObject({ total: 4_000, created: 4_000, pages: 80, requests: 80, retries: 0 });
    for (const stream of portfolioStreams) expect(await differences(world.sql, world.sandbox, stream)).toEqual(none);
    expect(world.sandbox.journal()).toHaveLength(104);
    expect([...(await world.sql`SELECT run_id, status FROM sync.runs`)]).toEqual([
      { run_id: run.id, status: 'completed' },
    ]);
    expect([...(await world.sql`SELECT run_id, receipt FROM sync.receipts`)]).toEqual([{ run_id: run.id, receipt }]);
    expect([...(await world.sql`SELECT DISTINCT run_id FROM sync.pages`)]).toEqual([{ run_id: run.id }]);
  });

  it('of 1,000 pages without latency leaves fewer than 60 events', async () => {
    world = await World.create({
      sandbox: { sizes: { projects: 100, credits: 200, utilizations: 9_700 }, perPage: 10 },
    });
    await world.worker();
    const run = await world.start();
    const receipt = await world.receipt(run);
    expect(receipt.status).toBe('completed');
    expect(Object.values(receipt.streams).reduce((sum, { pages }) => sum + pages, 0)).toBe(1_000);
    const events = await chain(run);
    const kinds = Object.entries(await eventKinds(run)).map(([kind, count]) => `${count} ${kind}`);
    console.log(`1,000 pages: ${events.join(' + ')} events: ${kinds.join(', ')}`);
    expect(events).toHaveLength(1);
    expect(events[0]).toBeLessThan(60);
  });

  /** How many events each execution of a run has, from the first to the one that completed. */
  async function chain(run: Run): Promise<number[]> {
    const counts: number[] = [];
    let next: string | null = run.id;
    while (next !== null) {
      const events = await eventsOf(next);
      counts.push(events.length);
      next = events.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId || null;
    }
    return counts;
  }

  /** Events by what they are about: an activity's name, or their own kind. */
  async function eventKinds(run: Run): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const event of await eventsOf(run.id)) {
      const activity = event.activityTaskScheduledEventAttributes?.activityType?.name;
      const own = Object.entries(event).find(([key, value]) => key.endsWith('EventAttributes') && value)?.[0] ?? '';
      const kind = activity ?? own.replace('EventAttributes', '');
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  }

  async function eventsOf(runId: string) {
    const history = await world.client.workflow.getHandle(syncWorkflowId('portfolio'), runId).fetchHistory();
    return history.events ?? [];
  }
});
