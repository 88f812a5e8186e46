import type { Client } from '@temporalio/client';
import type { Config } from '../config/load.ts';
import { connectTemporal } from '../operations/connect.ts';
import { registerSearchAttributes, type SearchAttributesState } from '../operations/search-attributes.ts';
import type { TemporalTarget } from '../operations/target.ts';
import type { RunningInstance } from '../runtime/types.ts';
import type { Steps } from '../screen/steps.ts';
import { migrate } from '../store/migrate.ts';
import { detailed, placeOf, tellRequests } from './loudness.ts';

/** Servers that answer, prepared for runs, and what this process has to stop in the end. */
export interface Instance {
  readonly client: Client;
  readonly config: Config;
  readonly installation: string;
  /** False where the search attributes could not be registered. */
  readonly searchAttributes: boolean;
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  /** Address of the Temporal Web UI, null where none is known. */
  readonly webUi: string | null;
  /** True where the runs end with this process, because it runs the servers or the worker. */
  readonly own: boolean;
  /** Called when no worker answers; where this process can be one, it becomes one. */
  onWorkerMissing?(): void;
  /** Ends what this process started; never rejects. */
  stop(): Promise<void>;
}

export interface PrepareOptions {
  databaseUrl: string;
  /** Where migrations go when `databaseUrl` points at a transaction-mode pooler. */
  databaseDirectUrl?: string | undefined;
  temporal: TemporalTarget;
  steps: Steps;
  signal: AbortSignal;
  /** Milliseconds to wait for a Temporal that does not answer; see `connectTemporal`. */
  patience?: number;
}

export type Prepared = Pick<Instance, 'client' | 'installation' | 'searchAttributes' | 'temporalAddress'> & {
  /** Names of the migrations that were applied. */
  readonly migrations: readonly string[];
  readonly attributes: SearchAttributesState;
};

/** Schema, connection and search attributes: what must be there before any run starts. */
export async function prepare(options: PrepareOptions): Promise<Prepared> {
  const { steps, signal } = options;
  const url = options.databaseDirectUrl ?? options.databaseUrl;
  const migrated = await steps.run(
    'Preparing the database',
    () => detailed(`Tables of ${placeOf(url)} looked at`, () => migrate({ url })),
    ({ applied }) => schemaInWords(applied),
  );
  signal.throwIfAborted();
  const client = await connect(options);
  const attributes = await registerSearchAttributes(client);
  if (!attributes.ready) steps.line(`  ${attributes.sentence}`);
  return {
    client,
    installation: migrated.installationId,
    searchAttributes: attributes.ready,
    temporalAddress: addressOf(client),
    migrations: migrated.names,
    attributes,
  };
}

function schemaInWords(applied: number): string {
  return applied === 0
    ? 'The tables are up to date'
    : `The tables are up to date (${applied} schema ${applied === 1 ? 'change' : 'changes'} applied)`;
}

function connect({ temporal, patience, signal, steps }: PrepareOptions): Promise<Client> {
  return steps.run(
    'Connecting to Temporal',
    (step) => {
      const wait = { signal, onWait: step.say, ...(patience === undefined ? {} : { patience }) };
      return detailed('Connected to Temporal', () => connectTemporal(temporal, { ...wait, onRequest: tellRequests() }));
    },
    (client) => `Temporal answers at ${addressOf(client)}`,
  );
}

function addressOf({ connection }: Client): string {
  return 'options' in connection && connection.options instanceof Object && 'address' in connection.options
    ? String(connection.options.address)
    : 'localhost:7233';
}

export interface JoinOptions {
  config: Config;
  running: RunningInstance;
  /** The user's own Temporal, which a running instance may use too: only the environment knows its TLS and key. */
  temporal: TemporalTarget | undefined;
  steps: Steps;
  signal: AbortSignal;
}

/** Uses the servers and the worker of an instance that runs in another process. */
export async function joinRunning({ config, running, temporal, steps, signal }: JoinOptions): Promise<Instance> {
  steps.line(`  Using the instance that runs on ${config.dataDirectory} (process ${running.pid})`);
  const prepared = await prepare({
    databaseUrl: running.databaseUrl,
    temporal: temporal ?? running.temporal,
    steps,
    signal,
  });
  return {
    ...prepared,
    config,
    databaseUrl: running.databaseUrl,
    webUi: running.webUi,
    own: false,
    stop: () => prepared.client.connection.close(),
  };
}
