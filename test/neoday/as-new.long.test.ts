import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { startStack } from '../../src/runtime/stack.ts';
import { pauseSignal, progressQuery, resumeSignal } from '../../src/workflows/messages.ts';
import { downloadsOf, ledgerOf, rowDifferences } from '../support/exports.ts';
import { until } from '../support/waiting.ts';
import { World } from '../support/world.ts';

const many = 'win-info';
const large = 'challenges-user-id';
const results = 60;

describe('a run of many files', { timeout: 120_000 }, () => {
  it('continues as new again and again, also beside a large file, and loads each file once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'incentive-sync-as-new-'));
    const stack = await startStack({
      dataDir: join(folder, 'data'),
      databaseUrl: inject('databaseUrl'),
      temporalCli: inject('temporalCli'),
      env: process.env,
      onStep: () => undefined,
      ports: { temporal: 0, webUi: 0 },
      dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 100 },
    });
    const exports = { [many]: { rows: 20, results }, [large]: { rows: 20_000, results: 1 } };
    const world = await World.create({
      system: 'neoday',
      neoday: { only: [many, large], exports },
      temporalAddress: stack.temporal.address,
    });
    onTestFinished(async () => {
      await world.close();
      await stack.stop();
      await rm(folder, { recursive: true, force: true });
    });
    await world.worker();
    world.sandbox.setFaults([{ kind: 'trickle', steps: ['download'], streams: [large], bytes: 8_000, everyMs: 100 }]);
    const run = await world.start();
    const loaded = async () => (await ledgerOf(world, many)).filter(({ state }) => state === 'loaded').length;
    // The large file is still coming when all others are there.
    await until('every small file', async () => (await loaded()) === results);
    expect((await ledgerOf(world, large))[0]).toMatchObject({ state: 'loading' });
    world.sandbox.clearFaults();
    await run.handle.signal(pauseSignal);
    await until('the pause', async () => (await run.handle.query(progressQuery)).status === 'paused');
    await run.handle.signal(resumeSignal);
    const receipt = await world.receipt(run);
    expect(receipt).toMatchObject({ runId: run.id, status: 'completed', reasons: [] });
    expect(receipt.streams).toMatchObject({
      [many]: { pages: results, results: { loaded: results, left: 0 } },
      [large]: { pages: 1, fetched: 20_000, created: 20_000 },
    });
    expect(downloadsOf(world, many)).toHaveLength(results);
    const places = downloadsOf(world, large).map(({ rangeStart }) => rangeStart ?? 0);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places.filter((place) => place === 0)).toHaveLength(1);
    for (const name of [many, large]) {
      expect(await rowDifferences(world, name)).toMatchObject({ missing: 0, extra: 0 });
    }
    const executions = new Set<string>();
    for await (const { runId } of world.client.workflow.list({ query: "WorkflowId = 'sync/games'" }))
      executions.add(runId);
    console.log(`${executions.size - 1} times continued as new, ${places.length} requests for the large file`);
    expect(executions.size).toBeGreaterThan(3);
  });
});
