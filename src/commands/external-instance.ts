import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { Config } from '../config/load.ts';
import { type TemporalTarget, temporalSettings } from '../operations/target.ts';
import type { Steps } from '../screen/steps.ts';
import { runWorker } from '../worker.ts';
import { taskQueue } from '../workflows/names.ts';
import { type Instance, type Prepared, prepare } from './instance.ts';

export interface ExternalOptions {
  config: Config;
  databaseUrl: string;
  databaseDirectUrl: string | undefined;
  temporal: TemporalTarget;
  steps: Steps;
  signal: AbortSignal;
}

/** Uses servers of the user's own; where no worker takes work there, this process is one until `stop`. */
export async function useExternal(options: ExternalOptions): Promise<Instance> {
  const prepared = await prepare(options);
  const worker = (await hasWorker(prepared.client)) ? null : await workHere(options, prepared);
  return {
    ...prepared,
    config: options.config,
    databaseUrl: options.databaseUrl,
    webUi: null,
    own: worker !== null,
    stop: async () => {
      await worker?.stop();
      await prepared.client.connection.close();
    },
  };
}

/** Temporal remembers pollers for minutes; one that was not heard of for a long poll's length is gone. */
const pollerSilenceMs = 70_000;

async function hasWorker(client: Client): Promise<boolean> {
  const { pollers } = await client.connection.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  });
  const since = Date.now() / 1000 - pollerSilenceMs / 1000;
  return (pollers ?? []).some(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) > since);
}

async function workHere({ config, databaseUrl, temporal, steps }: ExternalOptions, prepared: Prepared) {
  steps.line('  No worker takes work there, so this process does, for this run');
  const closing = new AbortController();
  const ready = Promise.withResolvers<void>();
  const ended = runWorker({
    config,
    databaseUrl,
    temporal: temporalSettings(temporal),
    searchAttributes: prepared.searchAttributes,
    onReady: () => ready.resolve(),
    signal: closing.signal,
  });
  await steps.run(
    'Starting the worker',
    () => Promise.race([ready.promise, ended]),
    () => 'The worker takes work',
  );
  return {
    stop: async () => {
      closing.abort();
      await ended.catch(() => {});
    },
  };
}
