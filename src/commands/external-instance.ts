import type { Config } from '../config/load.ts';
import { workersOn } from '../operations/pollers.ts';
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
  if ((await workersOn(prepared.client, taskQueue, 'workflow')).length === 0) await work();
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
