import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Run, startRun } from '../../src/operations/runs.ts';
import { registerSearchAttributes } from '../../src/operations/search-attributes.ts';
import { watchRun } from '../../src/operations/watch.ts';
import type { Progress } from '../../src/receipt.ts';
import { openTestTemporal, startTestWorker, type TestTemporal } from './temporal.ts';
import { finishSignal } from './workflows.ts';

let temporal: TestTemporal;
let stopWorker: (() => Promise<void>) | undefined;

const withWorker = async () => {
  stopWorker ??= await startTestWorker(temporal);
};
const withoutWorker = async () => {
  await stopWorker?.();
  stopWorker = undefined;
};

const begin = (name: string, installation = 'ours'): Promise<Run> =>
  startRun(temporal.client, { name, system: 'incentify' }, { trigger: 'person', installation, searchAttributes: true });

beforeAll(async () => {
  temporal = await openTestTemporal();
  await registerSearchAttributes(temporal.client);
});

afterEach(async () => {
  for (const name of ['parked', 'long']) {
    await temporal.client.workflow
      .getHandle(`sync/${name}`)
      .terminate('test over')
      .catch(() => {});
  }
});

afterAll(async () => {
  await withoutWorker();
  await temporal.stop();
});

describe('a run', () => {
  it('is watched to its receipt, however often it continues as new', async () => {
    await withWorker();
    const run = await begin('continuing');
    const receipt = await watchRun(run);
    expect(receipt).toMatchObject({ status: 'completed', runId: run.id, reasons: ['generation 2'] });
  });

  it('says in Temporal what it is, who asked for it and whose it is', async () => {
    await withWorker();
    const { handle } = await begin('long');
    const described = await handle.describe();
    expect(described.memo).toEqual({ installation: 'ours' });
    expect(described.searchAttributes).toMatchObject({
      SyncConnection: ['long'],
      SyncSystem: ['incentify'],
      SyncStatus: ['running'],
      SyncTrigger: ['person'],
    });
    expect(await described.staticSummary()).toBe('long (incentify): started by a person');
    expect(await described.staticDetails()).toContain('`forceResync`');
  });

  it('that is under way is joined, not doubled', async () => {
    await withWorker();
    const first = await begin('long');
    const second = await begin('long');
    expect([first.attached, second.attached]).toEqual([false, true]);
    expect(second.id).toBe(first.id);
    const both = Promise.all([watchRun(first), watchRun(second)]);
    await first.handle.signal(finishSignal);
    expect((await both).map(({ status }) => status)).toEqual(['completed', 'completed']);
  });

  it('of another installation is left alone, in words', async () => {
    await withWorker();
    await begin('long', 'theirs');
    await expect(begin('long')).rejects.toThrow(
      `Another installation is syncing a connection \`long\` in the Temporal namespace ${temporal.namespace}`,
    );
  });

  it('that is parked gives its receipt while it stays open, and tries again when it is asked for', async () => {
    await withWorker();
    const parked = await watchRun(await begin('parked'));
    expect(parked).toMatchObject({ status: 'parked', reasons: ['The vendor refused the key.'] });
    const again = await begin('parked');
    expect(again.attached).toBe(true);
    expect(await watchRun(again)).toMatchObject({ status: 'completed', runId: parked.runId });
  });

  it('that fails, is cancelled or terminated gives a receipt that says why', async () => {
    await withWorker();
    expect(await watchRun(await begin('failing'))).toMatchObject({
      status: 'failed',
      reasons: ['The tables are gone.'],
    });
    expect(await watchRun(await begin('counted'))).toMatchObject({
      status: 'failed',
      reasons: ['Counted to the end.'],
    });
    const cancelled = await begin('long');
    const receipt = watchRun(cancelled);
    await cancelled.handle.cancel();
    expect(await receipt).toMatchObject({ status: 'cancelled' });
    const terminated = await begin('long');
    await terminated.handle.terminate('no longer wanted');
    expect((await watchRun(terminated)).reasons.join()).toContain('no longer wanted');
  });

  it('goes on being watched while no worker answers, which is said once and taken back', async () => {
    await withoutWorker();
    const run = await begin('long');
    const said: (string | undefined)[] = [];
    const seen: Progress[] = [];
    const receipt = watchRun(run, {
      onSilence: (silence) => said.push(silence?.sentence),
      onProgress: (p) => seen.push(p),
    });
    await expect.poll(() => said, { timeout: 15_000 }).toEqual([expect.stringContaining('No worker is answering')]);
    await withWorker();
    await expect.poll(() => said.length, { timeout: 15_000 }).toBe(2);
    expect(said[1]).toBeUndefined();
    await expect.poll(() => seen.length).toBeGreaterThan(0);
    await run.handle.signal(finishSignal);
    expect((await receipt).status).toBe('completed');
  });

  it('is not ended when its watcher goes', async () => {
    await withWorker();
    const run = await begin('long');
    const leaving = new AbortController();
    const watching = watchRun(run, { signal: leaving.signal });
    await sleep(300);
    leaving.abort(new Error('seen enough'));
    await expect(watching).rejects.toThrow('seen enough');
    expect((await run.handle.describe()).status.name).toBe('RUNNING');
  });
}, 30_000);
