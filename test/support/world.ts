import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import postgres, { type Sql } from 'postgres';
import { defaultPatience, type Patience } from '../../src/activities/failure.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type Run, resyncRun, type StartRunOptions, startRun } from '../../src/operations/runs.ts';
import { registerSearchAttributes } from '../../src/operations/search-attributes.ts';
import { watchRun } from '../../src/operations/watch.ts';
import type { Receipt } from '../../src/receipt.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts';
import { clientOptions } from '../../src/store/connect.ts';
import { migrate } from '../../src/store/migrate.ts';
import { runWorker } from '../../src/worker.ts';
import { openClient } from './client.ts';
import { namespaces, type Servers, withDatabase } from './servers.ts';

export interface WorldOptions {
  /** Whose connection it has: `portfolio` unless told, `games` at NeoDay, `staff` at Atobi or `coupons` at Vibes. */
  system?: keyof typeof connections;
  sandbox?: SandboxOptions['incentify'];
  neoday?: SandboxOptions['neoday'];
  atobi?: SandboxOptions['atobi'];
  vibes?: SandboxOptions['vibes'];
  precompute?: boolean;
  /** Further keys of the connection, as YAML values. */
  connection?: Record<string, unknown>;
  /** What stands under `alerts:` of its file, as YAML values. */
  alerts?: Record<string, unknown>;
  /** The suite's unless told: outside the test runner there are none to ask for. */
  servers?: Servers;
  /** A Temporal server of the test's own, instead of a namespace of the suite's. */
  temporalAddress?: string;
  /** A PostgreSQL of the test's own, instead of a database of the suite's. */
  databaseUrl?: string;
  /** Whole configuration file, instead of one connection to the sandbox. */
  yaml?: string;
  env?: Record<string, string>;
}

/**
 * A database, a namespace, a sandbox and a configuration with one connection `portfolio`, for one test. Workers are
 * started by the test: in this process, or as a process of their own that can be killed.
 */
export class World {
  readonly sandbox: Sandbox;
  readonly databaseUrl: string;
  readonly temporal: { address: string; namespace: string };
  readonly client: Client;
  readonly sql: Sql;
  readonly folder: string;
  readonly connection: { readonly name: string; readonly system: keyof typeof connections };
  readonly #env: Record<string, string>;
  readonly #closeClient: () => Promise<void>;
  readonly #endings: (() => Promise<unknown>)[] = [];

  private constructor(
    parts: Pick<World, 'sandbox' | 'databaseUrl' | 'temporal' | 'client' | 'sql' | 'folder' | 'connection'>,
    env: Record<string, string>,
    closeClient: () => Promise<void>,
  ) {
    this.sandbox = parts.sandbox;
    this.databaseUrl = parts.databaseUrl;
    this.temporal = parts.temporal;
    this.client = parts.client;
    this.sql = parts.sql;
    this.folder = parts.folder;
    this.connection = parts.connection;
    this.#env = env;
    this.#closeClient = closeClient;
  }

  static async create(options: WorldOptions = {}): Promise<World> {
    const servers = options.servers ?? (await suiteServers());
    const { databaseUrl, number } = await database(servers, options.databaseUrl);
    const namespace = options.temporalAddress === undefined ? (namespaces[number] ?? 'no-namespace-left') : 'default';
    const temporal = { address: options.temporalAddress ?? servers.temporalAddress, namespace };
    const sandbox = await startSandbox({
      port: 0,
      ...(options.sandbox ? { incentify: options.sandbox } : {}),
      ...(options.neoday ? { neoday: options.neoday } : {}),
      ...(options.atobi ? { atobi: options.atobi } : {}),
      ...(options.vibes ? { vibes: options.vibes } : {}),
      precompute: options.precompute ?? false,
    });
    const folder = await mkdtemp(join(tmpdir(), 'incentive-sync-world-'));
    const env = {
      PORTFOLIO_KEY: 'sandbox-key',
      GAMES_SECRET: 'sandbox-secret',
      STAFF_SECRET: 'sandbox-secret',
      COUPONS_PASSWORD: 'sandbox-password',
      ...options.env,
    };
    const connection = connections[options.system ?? 'incentify'];
    const keys = { ...connection.keys(sandbox), ...options.connection };
    const yaml = options.yaml ?? JSON.stringify({ connections: { [connection.name]: keys }, alerts: options.alerts });
    await writeFile(join(folder, 'incentive-sync.yaml'), yaml);
    const { client, close } = await openClient(temporal.address, namespace);
    await registerSearchAttributes(client);
    const sql = postgres(databaseUrl, { ...clientOptions(databaseUrl, 'test'), max: 4 });
    return new World({ sandbox, databaseUrl, temporal, client, sql, folder, connection }, env, close);
  }

  get config() {
    return loadConfig({ cwd: this.folder, env: this.#env });
  }

  /** A worker in this process. */
  async worker(
    slice?: { milliseconds: number; pages: number },
    patience?: Partial<Patience>,
  ): Promise<() => Promise<void>> {
    const stop = new AbortController();
    const ready = Promise.withResolvers<void>();
    const { address, namespace } = this.temporal;
    const ended = runWorker({
      config: this.config,
      databaseUrl: this.databaseUrl,
      temporal: { connectionOptions: { address }, namespace },
      searchAttributes: true,
      onReady: ready.resolve,
      signal: stop.signal,
      ...(slice ? { slice } : {}),
      ...(patience ? { patience: { ...defaultPatience, ...patience } } : {}),
    });
    const end = async () => {
      stop.abort();
      await ended;
    };
    await Promise.race([ready.promise, ended]);
    this.#endings.push(end);
    return end;
  }

  /** A worker as a process of its own, `incentive-sync worker`, resolved once it takes work. `env` wins over the world's. */
  async workerProcess(env: Record<string, string> = {}): Promise<WorkerProcess> {
    const child = spawn(
      process.execPath,
      [cli, 'worker', '--json', '--config', join(this.folder, 'incentive-sync.yaml')],
      {
        cwd: this.folder,
        env: {
          ...process.env,
          ...this.#env,
          DATABASE_URL: this.databaseUrl,
          TEMPORAL_ADDRESS: this.temporal.address,
          TEMPORAL_NAMESPACE: this.temporal.namespace,
          ...env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const worker = new WorkerProcess(child);
    this.#endings.push(() => worker.kill());
    await worker.ready;
    return worker;
  }

  async start(streams?: string[]): Promise<Run> {
    return startRun(this.client, this.connection, await this.#asked(streams));
  }

  /** A forced resync, of a run that is under way or a new one. */
  async resync(streams?: string[]): Promise<Run> {
    return resyncRun(this.client, this.connection, await this.#asked(streams));
  }

  async #asked(streams: string[] | undefined): Promise<StartRunOptions> {
    const [installation] = await this.sql<{ id: string }[]>`SELECT id::text FROM sync.installation`;
    return { trigger: 'person', installation: installation?.id ?? 'none', searchAttributes: true, streams };
  }

  async sync(streams?: string[]): Promise<Receipt> {
    return this.receipt(await this.start(streams));
  }

  /** Waits for a run's end, or until it is parked. */
  receipt(run: Run, withinMs = 120_000): Promise<Receipt> {
    return watchRun(run, { signal: AbortSignal.timeout(withinMs), pollMs: 50 });
  }

  async close(): Promise<void> {
    for (const end of this.#endings.reverse()) await end();
    await this.#closeClient();
    await this.sandbox.close();
    await this.sql.end({ timeout: 1 });
    await rm(this.folder, { recursive: true, force: true });
  }
}

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** A worker that can be killed or frozen like any process. */
export class WorkerProcess {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  /** When it said that it takes work, in milliseconds since 1970. */
  readyAt = 0;
  output = '';
  readonly #exited: Promise<unknown>;

  constructor(child: ChildProcess) {
    this.child = child;
    this.#exited = once(child, 'exit');
    child.stderr?.on('data', (chunk) => {
      this.output += chunk;
    });
    const first = once(createInterface({ input: child.stdout! }), 'line').then(() => {
      this.readyAt = Date.now();
    });
    this.ready = Promise.race([
      first,
      this.#exited.then(() => Promise.reject(new Error(`the worker ended: ${this.output}`))),
    ]);
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Exit code once it has ended by itself or by a signal that it handles. */
  async exited(): Promise<number | null> {
    if (this.alive) await this.#exited;
    return this.child.exitCode;
  }

  /** SIGKILL, which also ends a frozen process. */
  async kill(): Promise<void> {
    if (!this.alive) return;
    this.child.kill('SIGKILL');
    await this.#exited;
  }
}

const connections = {
  incentify: {
    name: 'portfolio',
    system: 'incentify',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's own way of naming a variable
    keys: ({ incentify }: Sandbox) => ({ system: 'incentify', baseUrl: incentify.baseUrl, apiKey: '${PORTFOLIO_KEY}' }),
  },
  neoday: {
    name: 'games',
    system: 'neoday',
    keys: ({ neoday: { baseUrl, clientId } }: Sandbox) => ({
      system: 'neoday',
      baseUrl,
      clientId,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as above
      clientSecret: '${GAMES_SECRET}',
    }),
  },
  atobi: {
    name: 'staff',
    system: 'atobi',
    keys: ({ atobi: { baseUrl, clientId, type } }: Sandbox) => ({
      system: 'atobi',
      baseUrl,
      clientId,
      type,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as above
      clientSecret: '${STAFF_SECRET}',
    }),
  },
  vibes: {
    name: 'coupons',
    system: 'vibes',
    keys: ({ vibes: { baseUrl, companyKey, username } }: Sandbox) => ({
      system: 'vibes',
      baseUrl,
      companyKey,
      username,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as above
      password: '${COUPONS_PASSWORD}',
    }),
  },
} as const;

/** Known to the test runner only, which must not be loaded outside of it. */
async function suiteServers(): Promise<Servers> {
  const { inject } = await import('vitest');
  return { databaseUrl: inject('databaseUrl'), temporalAddress: inject('temporalAddress') };
}

async function database(servers: Servers, own: string | undefined): Promise<{ databaseUrl: string; number: number }> {
  const copied = await copyTemplate(servers);
  if (own === undefined) return copied;
  await migrate({ url: own });
  return { databaseUrl: own, number: copied.number };
}

/** Copying a migrated database is much faster than migrating one. */
export async function copyTemplate(servers?: Servers): Promise<{ databaseUrl: string; number: number }> {
  const { databaseUrl: url } = servers ?? (await suiteServers());
  const admin = postgres(url, { ...clientOptions(url, 'test'), max: 1 });
  const [row] = await admin<{ number: number }[]>`SELECT nextval('world_number')::int AS number`;
  const name = `world_${row!.number}`;
  // The template can be copied by one at a time.
  await admin.begin(async (lock) => {
    await lock`SELECT pg_advisory_xact_lock(1)`;
    const maker = postgres(url, { ...clientOptions(url, 'test'), max: 1 });
    await maker.unsafe(`CREATE DATABASE ${name} TEMPLATE template_world`);
    await maker.end();
  });
  await admin.end();
  return { databaseUrl: withDatabase(url, name), number: row!.number };
}
