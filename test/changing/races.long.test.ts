import { describe, expect, it, onTestFinished } from 'vitest';
import {
  approveDeletesSignal,
  forceResyncSignal,
  pauseSignal,
  progressQuery,
  resumeSignal,
} from '../../src/workflows/messages.ts';
import { differences, none } from '../support/compare.ts';
import { startTemporalOfShortHistories } from '../support/own-temporal.ts';
import { World, type WorldOptions } from '../support/world.ts';

const sizes = { projects: 40, credits: 0, utilizations: 0, incentivePrograms: 0 };
const create = async (options: WorldOptions = {}) => {
  const world = await World.create({
    sandbox: { sizes, perPage: 10 },
    connection: { streams: ['projects'], concurrency: 1 },
    ...options,
  });
  onTestFinished(() => world.close());
  return world;
};

describe('a run', { timeout: 60_000 }, () => {
  it('that is paused while its worker is killed goes on: what timed out was not wanted any more', async () => {
    const world = await create();
    const worker = await world.workerProcess();
    world.sandbox.setFaults([{ kind: 'hold', pages: [3] }]);
    const run = await world.start();
    await expect.poll(() => world.sandbox.held().length, { timeout: 20_000 }).toBe(1);
    await worker.kill();
    await run.handle.signal(pauseSignal);
    await world.workerProcess();
    const status = async () => (await run.handle.query(progressQuery)).status;
    await expect.poll(status, { timeout: 20_000 }).toBe('paused');
    world.sandbox.clearFaults();
    await run.handle.signal(resumeSignal);
    expect(await run.handle.result()).toMatchObject({ status: 'completed', streams: { projects: { pages: 4 } } });
    expect(await differences(world.sql, world.sandbox, 'projects')).toEqual(none);
  });

  it('that is closing when a resync is asked for reads again before it ends', async () => {
    const world = await create();
    await world.worker();
    const run = await world.sql.begin(async (lock) => {
      await lock`LOCK TABLE sync.receipts IN ACCESS EXCLUSIVE MODE`;
      const started = await world.start();
      const closing = async () =>
        (await world.sql`SELECT 1 FROM pg_locks WHERE relation = 'sync.receipts'::regclass AND NOT granted`).length;
      await expect.poll(closing, { timeout: 20_000 }).toBe(1);
      await started.handle.signal(forceResyncSignal, { reason: 'at the last moment' });
      return started;
    });
    const receipt = await run.handle.result();
    expect(receipt).toMatchObject({ status: 'completed', streams: { projects: { pages: 8, unchanged: 40 } } });
    expect(receipt.reasons).toEqual(['A person asked for a resync: at the last moment']);
    const [stored] = await world.sql`SELECT status, receipt FROM sync.receipts WHERE run_id = ${receipt.runId}`;
    expect(stored).toMatchObject({ status: 'completed', receipt });
    const [row] = await world.sql`SELECT status FROM sync.runs WHERE finished_at IS NOT NULL`;
    expect(row).toEqual({ status: 'completed' });
  });

  it('whose deletes wait for a person can be approved after it has continued as new', async () => {
    const temporal = await startTemporalOfShortHistories();
    onTestFinished(temporal.stop);
    const world = await create({ temporalAddress: temporal.address });
    await world.worker({ milliseconds: 5_000, pages: 1 });
    expect(await world.sync()).toMatchObject({ status: 'completed' });
    world.sandbox.edit(
      'incentify',
      'projects',
      ...Array.from({ length: 20 }, () => ({ op: 'delete', at: 0 }) as const),
    );
    const run = await world.start();
    const approval = async () => (await run.handle.query(progressQuery)).approval ?? null;
    await expect.poll(approval, { timeout: 20_000 }).not.toBeNull();
    const shown = await approval();
    // Each pause and resume adds to the history, until the run continues as new between two of its waits.
    for (let round = 0; round < 4; round++) {
      await run.handle.signal(pauseSignal);
      await expect.poll(approval, { timeout: 10_000, interval: 20 }).toBeNull();
      await run.handle.signal(resumeSignal);
      await expect.poll(approval, { timeout: 10_000, interval: 20 }).toEqual(shown);
    }
    const { runId } = await run.handle.describe();
    expect(runId).not.toBe(run.id);
    await run.handle.signal(approveDeletesSignal, { digest: shown!.digest });
    expect(await run.handle.result()).toMatchObject({ status: 'completed', streams: { projects: { deleted: 20 } } });
    expect(await differences(world.sql, world.sandbox, 'projects')).toEqual(none);
  });
});
