import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, inject, it } from 'vitest';
import { type DataDir, takeDataDir } from '../../src/runtime/data-dir.ts';
import { startPostgres } from '../../src/runtime/postgres.ts';
import { startTemporal } from '../../src/runtime/temporal.ts';
import type { SupervisedChild } from '../../src/runtime/types.ts';
import { Random } from '../../src/sandbox/random.ts';
import { differences, none, portfolioStreams } from '../support/compare.ts';
import { until } from '../support/waiting.ts';
import { World, type WorldOptions } from '../support/world.ts';

/** A seed that a failed test has printed, to cut the same way again. */
const replay: number | null = null;
const seed = replay ?? Date.now() % 1_000_000;

export interface Outages {
  /** Of utilizations, 50 records each. */
  pages: number;
  databaseAwaySeconds: number;
  temporalAwaySeconds: number;
  /** How often the connections to the database are cut. */
  cuts: number;
}

/** What every test here ends with: the same worker process has brought the run to its end, and all is there. */
export function testOutages({ pages, databaseAwaySeconds, temporalAwaySeconds, cuts }: Outages): void {
  const endings: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  it(`goes on when the database is back, killed once and stopped for ${databaseAwaySeconds} s once`, async () => {
    const database = await ownDatabase();
    const world = await makeWorld({ databaseUrl: database.url });
    const worker = await world.workerProcess();
    const run = await world.start();
    await reached(world, Math.round(pages * 0.15));
    process.kill(database.server().pid ?? 0, 'SIGKILL');
    await until('the database after its crash', () => database.server().restarts === 1);
    await reached(world, Math.round(pages * 0.4));
    await database.server().stop();
    await sleep(databaseAwaySeconds * 1000);
    await database.start();
    await expectEnd(world, run);
    expect(worker.alive).toBe(true);
  });

  it(`goes on when Temporal is back, killed once and stopped for ${temporalAwaySeconds} s once`, async () => {
    const temporal = await ownTemporal();
    const world = await makeWorld({ temporalAddress: temporal.address });
    const worker = await world.workerProcess();
    const run = await world.start();
    await reached(world, Math.round(pages * 0.15));
    process.kill(temporal.server().pid ?? 0, 'SIGKILL');
    await until('Temporal after its crash', () => temporal.server().restarts === 1);
    await reached(world, Math.round(pages * 0.4));
    await temporal.server().stop();
    await sleep(temporalAwaySeconds * 1000);
    await temporal.start();
    await expectEnd(world, run);
    expect(worker.alive).toBe(true);
  });

  it(`goes on when its database connections are ended, ${cuts} times at random moments (seed ${seed})`, async () => {
    const random = new Random(seed);
    const world = await makeWorld({
      sandbox: { latencyMs: 4, sizes: { utilizations: 1000 * cuts } },
      precompute: true,
    });
    const worker = await world.workerProcess();
    const run = await world.start();
    let ended = 0;
    for (let time = 1; time <= cuts; time++) {
      await reached(world, 15 * time);
      await sleep(random.below(60));
      ended += await until('connections at work', () => endConnections(world), { everyMs: 2 });
    }
    await expectEnd(world, run);
    const failed = worker.output.match(/Activity failed/g)?.length ?? 0;
    console.log(`seed ${seed}: ${ended} connections of the worker were ended, ${failed} activities failed`);
    expect(failed).toBeGreaterThan(0);
    expect(worker.output).not.toContain('TypeError');
    expect(worker.alive).toBe(true);
  });

  async function makeWorld(options: WorldOptions): Promise<World> {
    const world = await World.create({ sandbox: { latencyMs: 50, sizes: { utilizations: 50 * pages } }, ...options });
    endings.push(() => world.close());
    return world;
  }

  async function reached(world: World, page: number): Promise<void> {
    const look = async () => {
      const [cursor] = await world.sql<{ next_page: number }[]>`
        SELECT next_page FROM sync.cursors WHERE stream = 'utilizations'`.catch(() => []);
      return (cursor?.next_page ?? 0) >= page;
    };
    await until(`page ${page}`, look, { everyMs: 20 });
  }

  async function expectEnd(world: World, run: Awaited<ReturnType<World['start']>>): Promise<void> {
    const receipt = await world.receipt(run);
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    for (const { fetched, created, total } of Object.values(receipt.streams))
      expect([fetched, created]).toEqual([total, total]);
    for (const stream of portfolioStreams) expect(await differences(world.sql, world.sandbox, stream)).toEqual(none);
  }

  /** All of the worker, idle or not, once one is at work; how many, else null. */
  async function endConnections(world: World): Promise<number | null> {
    const ended = await world.sql`
      WITH own AS (
        SELECT pid, state FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'incentive-sync worker')
      SELECT pg_terminate_backend(pid) FROM own WHERE EXISTS (SELECT FROM own WHERE state <> 'idle')`;
    return ended.length === 0 ? null : ended.length;
  }

  async function dataDir(): Promise<DataDir> {
    const folder = await mkdtemp(join(tmpdir(), 'incentive-sync-outage-'));
    const taken = takeDataDir(join(folder, 'data'));
    endings.push(() => rm(folder, { recursive: true, force: true }));
    return taken;
  }

  const common = { env: process.env, onStep: () => undefined, signal: new AbortController().signal };

  async function ownDatabase() {
    const options = {
      ...common,
      dataDir: await dataDir(),
      ports: { postgres: 0 },
      escalation: () => [['SIGINT', 3_000] as const, ['SIGKILL', 500] as const],
    };
    const started = await startPostgres(options);
    return restartable(started.server, async () => (await startPostgres(options)).server, { url: started.databaseUrl });
  }

  async function ownTemporal() {
    const options = {
      ...common,
      dataDir: await dataDir(),
      cli: inject('temporalCli'),
      ports: { temporal: 0, webUi: 0 },
      dynamicConfig: {},
      namespaces: [],
    };
    const started = await startTemporal(options);
    return restartable(started.server, async () => (await startTemporal(options)).server, {
      address: started.place.address,
    });
  }

  /** A server that comes back on the same data and the same port. */
  function restartable<T>(first: SupervisedChild, again: () => Promise<SupervisedChild>, place: T) {
    let server = first;
    endings.push(() => server.stop());
    return {
      ...place,
      server: () => server,
      start: async () => {
        server = await again();
      },
    };
  }
}
