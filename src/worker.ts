import { Client } from '@temporalio/client';
import {
  DefaultLogger,
  type LogLevel,
  NativeConnection,
  type NativeConnectionOptions,
  Runtime,
  Worker,
} from '@temporalio/worker';
import { watchOf } from './activities/alert-watch.ts';
import type { AlertDependencies } from './activities/dependencies.ts';
import { defaultPatience, type Patience } from './activities/failure.ts';
import { createActivities } from './activities/index.ts';
import { SignedUrls } from './activities/signed-urls.ts';
import { send } from './alerts/send.ts';
import { type Environment, readEnvironment } from './config/environment.ts';
import type { Config } from './config/load.ts';
import type { Connection } from './config/schema.ts';
import { startWatching, wakeSenders } from './operations/alerts.ts';
import { attemptLost } from './operations/attempt-lost.ts';
import { journalMark } from './operations/journal-mark.ts';
import { ticksOf } from './operations/ticks.ts';
import { createKpiReader } from './store/atobi/reader.ts';
import { openStore } from './store/connect.ts';
import { readInstallation } from './store/overview.ts';
import { openVendors } from './vendors/open.ts';
import { workflowBundle } from './workflow-bundle.ts';
import { connectionTaskQueue, taskQueue } from './workflows/names.ts';

export interface WorkerOptions {
  config: Config;
  databaseUrl: string;
  temporal: { connectionOptions: NativeConnectionOptions; namespace: string };
  /** `sync.installation` of the database. */
  installation?: string | undefined;
  /** Whether the namespace knows our search attributes. */
  searchAttributes: boolean;
  /** Called once, when the worker takes work. */
  onReady?: () => void;
  /** Ends the worker: activities hand their place on at their next commit. */
  signal: AbortSignal;
  /** Bounds of one `readPages`. */
  slice?: { milliseconds: number; pages: number };
  /** What the SDK logs at its level DEBUG is told as well. */
  debug?: boolean;
  /** When a vendor that gives no usable answer is given up. */
  patience?: Patience;
}

const sliceDefault = { milliseconds: 6_000, pages: 2_000 };

/** Activities get this long to reach their next commit after the worker was told to stop. */
const shutdownForceTime = '4 seconds';

/** Runs a worker until `signal` is aborted. Throws what keeps it from starting. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { config, databaseUrl, temporal, searchAttributes, slice = sliceDefault, patience = defaultPatience } = options;
  installRuntime(config.redact, options.debug === true);
  const environment = readEnvironment();
  const store = openStore({ url: databaseUrl, applicationName: 'incentive-sync worker' });
  const vendors = openVendors(environment);
  const connection = await NativeConnection.connect(temporal.connectionOptions);
  const client = new Client({ connection, namespace: temporal.namespace });
  const installation = async () => options.installation ?? (await readInstallation(store.sql)) ?? '';
  try {
    const activities = createActivities({
      store,
      ...vendors,
      reader: createKpiReader({ ...environment, sql: store.sql, databaseUrl }),
      urls: new SignedUrls(),
      alerts: alertsOf(client, options, environment, installation),
      ticks: ticksOf(client, installation),
      attemptLost: (execution, activityId) => attemptLost(client, execution, activityId),
      journalMark: (name) => journalMark(client, name, options.installation),
      connection: config.connection,
      pointsAt: config.pointsAt,
      redact: config.redact,
      searchAttributes,
      installation: options.installation,
      slice,
      patience,
    });
    const main = { connection, namespace: temporal.namespace, activities, ...prompt };
    const workers = [
      await Worker.create({
        ...{ ...main, taskQueue, workflowBundle: await workflowBundle(), ...promptWorkflows },
        maxConcurrentActivityTaskExecutions: ownSlots + config.connections.length,
      }),
      ...(await Promise.all(
        config.connections.flatMap(ratedQueue).map((rated) => Worker.create({ ...main, ...rated })),
      )),
    ];
    if (config.alerts !== undefined) void watch(client, installation, config.redact);
    await runTogether(workers, options);
  } finally {
    await Promise.all([connection.close(), store.close(), vendors.close()]);
  }
}

function alertsOf(
  client: Client,
  { config }: WorkerOptions,
  environment: Environment,
  installation: () => Promise<string>,
): AlertDependencies {
  const { httpProxy, httpsProxy, noProxy } = environment;
  return {
    watch: watchOf(config),
    send: (channel, message, signal) => send(channel, message, { httpProxy, httpsProxy, noProxy }, signal),
    wake: async (channels) => {
      if (channels.length > 0) await wakeSenders(client, await installation(), channels);
    },
  };
}

/** Without it, alerts are still raised by what runs do. */
async function watch(client: Client, installation: () => Promise<string>, redact: (text: string) => string) {
  try {
    await startWatching(client, await installation());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${redact(`WARN Nobody looks after the alerts until the next start: ${why}`)}\n`);
  }
}

const prompt = {
  // Without these a new worker only goes on 17–20 s after a kill instead of 9–10 s.
  maxHeartbeatThrottleInterval: '1 second',
  defaultHeartbeatThrottleInterval: '1 second',
  // A frozen worker's open polls still receive tasks, each lost until a time-out: ten of them, as by default, hold its
  // successor up for a minute. (SDK 1.24 does not look at maxConcurrent…TaskPolls.)
  activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 1 },
  shutdownForceTime,
} as const;

/** The SDK's default. Ticks that wait for the end of a run, one a connection, must not keep runs from their end. */
const ownSlots = 100;

const promptWorkflows = {
  stickyQueueScheduleToStartTimeout: '1 second',
  workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
} as const;

/** Temporal's own limit was measured at 83–94 % of what it is set to: set higher, it smooths, and our budget is what counts. */
const smoothing = 1.5;

/** The queue of a connection whose vendor limits requests. One worker's setting counts for all of its queue. */
function ratedQueue(connection: Connection): { taskQueue: string; maxTaskQueueActivitiesPerSecond: number }[] {
  if (connection.system !== 'atobi') return [];
  const perSecond = (connection.requestsPerMinute / 60) * smoothing;
  return [{ taskQueue: connectionTaskQueue(connection.name), maxTaskQueueActivitiesPerSecond: perSecond }];
}

/** All of them until `signal` is aborted, or until one ends by itself: half a worker would leave runs waiting. */
async function runTogether(workers: readonly Worker[], { signal, onReady }: WorkerOptions): Promise<void> {
  if (signal.aborted) return;
  const stop = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const running = workers.map((worker) => worker.run().finally(stop));
  signal.addEventListener('abort', stop, { once: true });
  onReady?.();
  try {
    await Promise.all(running);
  } finally {
    signal.removeEventListener('abort', stop);
    await Promise.allSettled(running);
  }
}

/** What the SDK tells goes to stderr, without any secret. One runtime serves every worker of a process. */
function installRuntime(redact: (text: string) => string, debug: boolean): void {
  try {
    Runtime.install({
      logger: new DefaultLogger(debug ? 'DEBUG' : 'WARN', ({ level, message, meta }) =>
        logLine(redact, level, message, meta),
      ),
      shutdownSignals: [],
      telemetryOptions: { logging: { filter: debug ? 'INFO' : 'ERROR', forward: {} } },
    });
  } catch {
    // Installed already, by an earlier worker of this process.
  }
}

function logLine(
  redact: (text: string) => string,
  level: LogLevel,
  message: string,
  meta: Record<string, unknown> = {},
): void {
  // A queue that only has activities is meant to.
  if (message.startsWith('No workflows registered')) return;
  const { error, activityType, workflowId } = meta;
  const about = [activityType, workflowId].filter((part) => typeof part === 'string').join(' ');
  const why = error instanceof Error ? `: ${error.message}` : '';
  process.stderr.write(`${redact(`${level} ${message}${about === '' ? '' : ` (${about})`}${why}`)}\n`);
}
