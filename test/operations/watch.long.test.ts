import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askProgress, watchRun } from '../../src/operations/watch.ts';
import type { Progress } from '../../src/receipt.ts';
import { syncWorkflowId } from '../../src/workflows/names.ts';
import { startProxy } from '../support/proxy.ts';
import { World } from '../support/world.ts';

const stream = 'utilizations';

describe('a run that is watched', () => {
  let world: World;
  beforeAll(async () => {
    // 40 pages, four at once, 250 ms each: less than one `readPages` takes, so the workflow learns nothing before the end.
    world = await World.create({ sandbox: { sizes: { [stream]: 2000 }, latencyMs: 250 } });
    await world.worker();
  });
  afterAll(() => world.close());

  it('shows what is stored while the activity is still at work', async () => {
    const run = await world.start([stream]);
    const shown: number[] = [];
    const known: number[] = [];
    const receipt = await watchRun(run, {
      pollMs: 50,
      onProgress: (progress) => {
        if (progress.streams[stream]?.state !== 'reading') return;
        shown.push(progress.streams[stream].fetched);
        void askProgress(run, 1000).then(({ streams }) => {
          if (streams[stream]?.state === 'reading') known.push(streams[stream].fetched);
        });
      },
    });
    expect(receipt.streams[stream]).toMatchObject({ total: 2000, fetched: 2000, created: 2000 });
    const between = new Set(shown.filter((fetched) => fetched > 0 && fetched < 2000));
    expect(between.size).toBeGreaterThanOrEqual(2);
    expect(shown).toEqual(shown.toSorted((a, b) => a - b));
    // Once the activity has ended, while its pass is being settled, the workflow knows everything.
    expect(new Set(known.filter((fetched) => fetched < 2000))).toEqual(new Set([0]));
  });

  it('says why nothing moves, when it is tried again, and keeps the counts meanwhile', async () => {
    world.sandbox.setFaults([{ kind: 'status', status: 503, streams: [stream], fromPage: 10 }]);
    const seen: Progress[] = [];
    const watching = watchRun(await world.start([stream]), { pollMs: 50, onProgress: (now) => seen.push(now) });
    const waits = () => seen.filter(({ waiting }) => waiting !== null);
    await expect.poll(() => waits().length, { timeout: 15_000 }).toBeGreaterThan(0);
    const [first] = waits();
    expect(first?.waiting).toMatch(/^Incentify .* 503[^.;]*; tries again at \d\d:\d\d:\d\d \(attempt \d+\)$/);
    expect(first?.streams[stream]).toMatchObject({ state: 'reading', total: 2000 });
    expect(first?.streams[stream]?.fetched).toBeGreaterThanOrEqual(250);
    world.sandbox.clearFaults();
    expect(await watching).toMatchObject({ status: 'completed', streams: { [stream]: { unchanged: 2000 } } });
    expect(seen.at(-1)?.waiting).toBeNull();
  });

  it('is left alone, in words, when Temporal does not come back; the run goes on', async () => {
    const run = await world.start([stream]);
    const [host = '', port] = world.temporal.address.split(':');
    const proxy = await startProxy({ host, port: Number(port) });
    const connection = await Connection.connect({ address: `127.0.0.1:${proxy.port}` });
    const client = new Client({ connection, namespace: world.temporal.namespace });
    const handle = client.workflow.getHandle(syncWorkflowId('portfolio'));
    const watching = watchRun({ ...run, client, handle }, { pollMs: 50, patienceMs: 1500 });
    await Promise.all([
      expect(watching).rejects.toThrow(/^Temporal has not answered for .* It goes on when Temporal is back/),
      proxy.close(),
    ]);
    // The connection is left to the process's end: closed, it would throw at the call that is still tried again.
    expect(await world.receipt(run)).toMatchObject({ status: 'completed' });
  });
});
