import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { Config } from '../config/load.ts';
import { type TemporalTarget, temporalSettings } from '../operations/target.ts';
import type { Steps } from '../screen/steps.ts';
import { runWorker } from '../worker.ts';
import { taskQueue } from '../workflows/names.ts';
import { type Instance, type Prepared, prepare } from './instance.ts';
import { isVerbose } from './loudness.ts';

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
  let worker: Promise<HereWorker> | null = null;
  const work = () => {
    worker ??= workHere(options, prepared);
    return worker;
  };
  if (!(await mayHaveWorker(prepared.client))) await work();
  return {
    ...prepared,
    config: options.config,
    databaseUrl: options.databaseUrl,
    webUi: null,
    get own() {
      return worker !== null;
    },
    // What goes wrong with it is told by the run that still gets no answer.
    onWorkerMissing: () => void work().catch((error) => options.steps.line(`  ${String(error)}`)),
    stop: async () => {
      await (await worker?.catch(() => null))?.stop();
      await prepared.client.connection.close();
    },
  };
}

interface HereWorker {
  stop(): Promise<void>;
}

/** Temporal remembers pollers for minutes; one not heard of for a long poll's length is gone, a fresher one may be. */
const pollerSilenceMs = 70_000;

async function mayHaveWorker(client: Client): Promise<boolean> {
  const { pollers } = await client.connection.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  });
  const since = Date.now() / 1000 - pollerSilenceMs / 1000;
  return (pollers ?? []).some(
    ({ identity, lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) > since && !isGoneHere(identity ?? ''),
  );
}

/** A worker calls itself `pid@host`: of one on this machine we can tell at once that it is gone. */
function isGoneHere(identity: string): boolean {
  const [pid, host] = identity.split('@');
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

async function workHere(options: ExternalOptions, prepared: Prepared): Promise<HereWorker> {
  const { config, databaseUrl, temporal, steps } = options;
  steps.line('  No worker takes work there, so this process does, for this run');
  const closing = new AbortController();
  const ready = Promise.withResolvers<void>();
  const ended = runWorker({
    config,
    databaseUrl,
    temporal: temporalSettings(temporal),
    searchAttributes: prepared.searchAttributes,
    installation: prepared.installation,
    debug: isVerbose(),
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
