import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import {
  bundleWorkflowCode,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { inject } from 'vitest';
import { taskQueue } from '../../src/workflows/names.ts';
import { openClient } from '../support/client.ts';
import { namespaces } from '../support/servers.ts';
import { copyTemplate } from '../support/world.ts';

export interface TestTemporal {
  address: string;
  namespace: string;
  client: Client;
  stop(): Promise<void>;
}

/** A namespace of this test's own on the suite's server. */
export async function openTestTemporal(): Promise<TestTemporal> {
  const { number } = await copyTemplate();
  const place = { address: inject('temporalAddress'), namespace: namespaces[number] ?? 'no-namespace-left' };
  const { client, close } = await openClient(place.address, place.namespace);
  return { ...place, client, stop: close };
}

const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

/** A real worker on the stand-in workflows; ends with the returned function. */
export async function startTestWorker({ address, namespace }: TestTemporal): Promise<() => Promise<void>> {
  try {
    Runtime.install({
      logger: quiet,
      shutdownSignals: [],
    });
  } catch {
    // Installed already, by an earlier worker of this process.
  }
  bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
    logger: quiet,
  });
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    namespace,
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
