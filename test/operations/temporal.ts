import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import {
  bundleWorkflowCode,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { findTemporalCli } from '../../scripts/lib/temporal-cli.js';
import { connectTemporal } from '../../src/operations/connect.ts';
import { takeDataDir } from '../../src/runtime/data-dir.ts';
import { startTemporal } from '../../src/runtime/temporal.ts';
import { taskQueue } from '../../src/workflows/names.ts';

export interface TestTemporal {
  address: string;
  client: Client;
  stop(): Promise<void>;
}

/** A real dev server of this test's own, on free ports and an empty file. */
export async function startTestTemporal(): Promise<TestTemporal> {
  const folder = mkdtempSync(join(tmpdir(), 'operations-'));
  const dataDir = takeDataDir(join(folder, 'data'));
  const cli = findTemporalCli({
    explicit: process.env.TEMPORAL_CLI,
    path: process.env.PATH,
    cacheHome: process.env.XDG_CACHE_HOME,
    home: process.env.HOME,
  });
  if (!cli) throw new Error('no Temporal CLI: `npm test` obtains one, or set TEMPORAL_CLI');
  const { place, server } = await startTemporal({
    dataDir,
    cli: cli.path,
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    ports: { temporal: 0, webUi: 0 },
    dynamicConfig: {},
    namespaces: [],
    onStep: () => {},
    signal: new AbortController().signal,
  });
  const client = await connectTemporal({ address: place.address });
  return {
    address: place.address,
    client,
    stop: async () => {
      await client.connection.close();
      await server.stop();
      dataDir.release();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

/** A real worker on the stand-in workflows; ends with the returned function. */
export async function startTestWorker(address: string): Promise<() => Promise<void>> {
  Runtime.install({
    logger: quiet,
    shutdownSignals: [],
  });
  bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
    logger: quiet,
  });
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    taskQueue,
    identity: randomUUID(),
    workflowBundle: await bundle,
    stickyQueueScheduleToStartTimeout: '1 second',
  });
  const running = worker.run();
  return async () => {
    worker.shutdown();
    await running;
    await connection.close();
  };
}
