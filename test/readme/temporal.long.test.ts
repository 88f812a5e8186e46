import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { isReceipt } from '../../src/operations/receipts.ts';
import { applySchedules } from '../../src/operations/schedules.ts';
import type { Receipt } from '../../src/receipt.ts';
import { progressQuery, resumeSignal } from '../../src/workflows/messages.ts';
import { differences, none } from '../support/compare.ts';
import { World } from '../support/world.ts';
import { documents, ownLines } from './lines.ts';
import { outputOf } from './shell.ts';

let world: World;
let bin: string;

beforeAll(async () => {
  world = await World.create({
    sandbox: { sizes: { projects: 60, credits: 150, utilizations: 300 } },
    neoday: { only: ['win-info'], rows: 100 },
  });
  const { incentify, neoday, atobi, vibes } = world.sandbox;
  const portfolio = {
    ...{ system: 'incentify', baseUrl: incentify.baseUrl, schedule: { every: '15m', overlap: 'buffer_one' } },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's own way of naming a variable
    apiKey: '${PORTFOLIO_KEY}',
  };
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as above
  const credentials = { clientId: neoday.clientId, clientSecret: '${GAMES_SECRET}' };
  const games = { system: 'neoday', baseUrl: neoday.baseUrl, ...credentials };
  const staff = { system: 'atobi', baseUrl: atobi.baseUrl, type: atobi.type, ...credentials };
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as above
  const user = { companyKey: vibes.companyKey, username: vibes.username, password: '${COUPONS_PASSWORD}' };
  const coupons = { system: 'vibes', baseUrl: vibes.baseUrl, ...user };
  writeFileSync(
    join(world.folder, 'incentive-sync.yaml'),
    JSON.stringify({ connections: { portfolio, games, staff, coupons } }),
  );
  await world.worker();
  await applySchedules(world.client, world.config.connections, { installation: 'test', searchAttributes: true });
  bin = join(world.folder, 'bin');
  mkdirSync(bin);
  symlinkSync(inject('temporalCli'), join(bin, 'temporal'));
});
afterEach(async () => {
  world.sandbox.reset();
  // A test that failed must not leave its run to the next.
  await handle()
    .terminate()
    .catch(() => undefined);
});
afterAll(() => world.close());

/** The line as it stands, with the address of this test's server. */
const typed = (line: string) => {
  const { address, namespace } = world.temporal;
  return outputOf(`${line} --address ${address} --namespace ${namespace}`, { PATH: `${bin}:${process.env.PATH}` });
};

/** What README.md has in the place of a digest. */
const digestToFill = 'the digest that approve-deletes shows';

const handle = (connection = 'portfolio') => world.client.workflow.getHandle(`sync/${connection}`);

/** The id of the newest run, ended or not; null before the first. */
const newestRun = () =>
  handle()
    .describe()
    .then(({ runId }) => runId)
    .catch(() => null);

const resultOf = async (connection?: string): Promise<Receipt> => {
  const result: unknown = await handle(connection).result();
  if (!isReceipt(result)) throw new Error('the result is no receipt');
  return result;
};

/** A run that waits for the vendor at one page until the faults are cleared. */
const heldRun = async () => {
  world.sandbox.setFaults([{ kind: 'hold', streams: ['utilizations'], pages: [2] }]);
  const run = await world.start();
  await expect.poll(() => world.sandbox.held().length, { timeout: 20_000 }).toBeGreaterThan(0);
  return run;
};

const progress = () => handle().query(progressQuery);

const now = async () => (await world.sql<{ now: string }[]>`SELECT clock_timestamp()::text AS now`)[0]!.now;

/** How many rows were written since then, by stream. */
const writtenSince = async (since: string) => {
  const [row] = await world.sql`
    SELECT (SELECT count(*)::int FROM incentify.projects WHERE synced_at >= ${since}) AS projects,
      (SELECT count(*)::int FROM incentify.credits WHERE synced_at >= ${since}) AS credits,
      (SELECT count(*)::int FROM incentify.utilizations WHERE synced_at >= ${since}) AS utilizations`;
  return row;
};

/** What each line is to bring about; the key is how it begins. */
const cases: Record<string, (line: string) => Promise<void>> = {
  'temporal workflow start --task-queue incentive-sync --type exportSync': async (line) => {
    await typed(line);
    expect(await resultOf('games')).toMatchObject({
      ...{ connection: 'games', status: 'completed' },
      streams: { 'win-info': { results: { loaded: 3, left: 0 } } },
    });
  },

  'temporal workflow start --task-queue incentive-sync --type poolSync': async (line) => {
    await typed(line);
    expect(await resultOf('coupons')).toMatchObject({ connection: 'coupons', status: 'completed' });
  },

  'temporal workflow start --task-queue incentive-sync --type kpiPush': async (line) => {
    await typed(line);
    expect(await resultOf('staff')).toMatchObject({ connection: 'staff', status: 'completed' });
  },

  'temporal workflow start': async (line) => {
    const before = await newestRun();
    await typed(line);
    expect(await newestRun()).not.toBe(before);
    expect(await resultOf()).toMatchObject({ connection: 'portfolio', status: 'completed' });
  },

  'temporal workflow query': async (line) => {
    const run = await heldRun();
    const [answer] = (await typed(line)).match(/\{.*\}/s) ?? [];
    expect(JSON.parse(answer ?? '')).toMatchObject({ runId: run.id, status: 'running', streams: { projects: {} } });
    world.sandbox.clearFaults();
    await world.receipt(run);
  },

  'temporal workflow list': async (line) => {
    const { runId } = await world.sync();
    // What can be searched lags behind what has happened.
    await expect.poll(() => typed(`${line} --output json`), { timeout: 15_000, interval: 500 }).toContain(runId);
    expect(await typed(line)).toMatch(/Completed\s+sync\/portfolio\s+portfolioSync/);
  },

  'temporal schedule trigger': async (line) => {
    const before = await newestRun();
    await typed(line);
    await expect.poll(newestRun, { timeout: 15_000 }).not.toBe(before);
    expect(await resultOf()).toMatchObject({ status: 'completed' });
    expect((await handle().describe()).searchAttributes).toMatchObject({ SyncTrigger: ['schedule'] });
  },

  'temporal workflow signal-with-start': async (line) => {
    await world.sync();
    const [before, since] = [await newestRun(), await now()];
    await typed(line);
    expect(await newestRun()).not.toBe(before);
    expect(await resultOf()).toMatchObject({
      status: 'completed',
      reasons: ['A person asked for a resync: restored'],
      streams: { projects: { unchanged: 60 }, credits: { unchanged: 150 } },
    });
    expect(await writtenSince(since)).toEqual({ projects: 0, credits: 150, utilizations: 0 });
  },

  'temporal workflow signal --workflow-id sync/portfolio --name forceResync': async (line) => {
    await world.sync();
    const since = await now();
    const run = await heldRun();
    await typed(line);
    world.sandbox.clearFaults();
    expect(await world.receipt(run)).toMatchObject({
      status: 'completed',
      streams: { projects: { total: 60, fetched: 120 }, credits: { total: 150, fetched: 300 } },
    });
    expect(await writtenSince(since)).toEqual({ projects: 60, credits: 150, utilizations: 300 });
  },

  'temporal workflow signal --workflow-id sync/portfolio --name pause': async (line) => {
    const run = await heldRun();
    await typed(line);
    await expect.poll(async () => (await progress()).status, { timeout: 15_000 }).toBe('paused');
    world.sandbox.clearFaults();
    expect((await progress()).streams.utilizations).toMatchObject({ state: 'reading' });
    await run.handle.signal(resumeSignal);
    expect(await world.receipt(run)).toMatchObject({ status: 'completed', streams: { projects: { fetched: 60 } } });
  },

  'temporal workflow signal --workflow-id sync/portfolio --name resume': async (line) => {
    world.sandbox.setFaults([{ kind: 'status', status: 403 }]);
    const run = await world.start();
    expect(await world.receipt(run)).toMatchObject({ status: 'parked' });
    world.sandbox.clearFaults();
    const asked = performance.now();
    await typed(line);
    expect(await resultOf()).toMatchObject({ status: 'completed', runId: run.id });
    // By itself it would have tried again after a minute.
    expect(performance.now() - asked).toBeLessThan(30_000);
  },

  'temporal workflow signal --workflow-id sync/portfolio --name approveDeletes': async (line) => {
    await world.sync();
    world.sandbox.edit(
      'incentify',
      'projects',
      ...Array.from({ length: 20 }, () => ({ op: 'delete', at: 0 }) as const),
    );
    expect(await world.sync(['projects'])).toMatchObject({ status: 'parked', streams: { projects: { deleted: 0 } } });
    const { approval } = await progress();
    expect(approval).toMatchObject({ stream: 'projects', count: 20, live: 60 });
    expect(line).toContain(digestToFill);
    await typed(line.replace(digestToFill, approval!.digest));
    expect(await resultOf()).toMatchObject({ status: 'completed', streams: { projects: { deleted: 20 } } });
    expect(await differences(world.sql, world.sandbox, 'projects')).toEqual(none);
  },

  'temporal workflow cancel --workflow-id buffered/portfolio': async (line) => {
    const run = await heldRun();
    const schedule = world.client.schedule.getHandle('sync/portfolio');
    await schedule.trigger();
    const waiting = world.client.workflow.getHandle('buffered/portfolio');
    const status = () =>
      waiting
        .describe()
        .then(({ status }) => status.name)
        .catch(() => null);
    await expect.poll(status, { timeout: 20_000 }).toBe('RUNNING');
    await typed(line);
    await expect.poll(status, { timeout: 20_000 }).toBe('CANCELLED');
    world.sandbox.clearFaults();
    expect(await world.receipt(run)).toMatchObject({ status: 'completed' });
    expect(await newestRun()).toBe(run.id);
  },

  'temporal workflow cancel': async (line) => {
    const run = await heldRun();
    await typed(line);
    expect(await world.receipt(run)).toMatchObject({ status: 'cancelled', streams: { projects: { fetched: 60 } } });
    const [row] = await world.sql`SELECT receipt ->> 'status' AS status FROM sync.receipts WHERE run_id = ${run.id}`;
    expect(row?.status).toBe('cancelled');
  },
};

const caseOf = (line: string) => Object.entries(cases).find(([beginning]) => `${line} `.startsWith(`${beginning} `));
const lines = documents.flatMap(ownLines).filter((line) => line.startsWith('temporal '));

describe('a line of README.md or docs with plain temporal', () => {
  it('is there for every case, and the other way round', () => {
    expect(lines.filter((line) => caseOf(line) === undefined)).toEqual([]);
    expect(new Set(lines.map((line) => caseOf(line)?.[0]))).toEqual(new Set(Object.keys(cases)));
  });

  it.each(lines)('%s', (line) => caseOf(line)?.[1](line));
});
