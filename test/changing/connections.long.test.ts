import { afterEach, describe, expect, it } from 'vitest';
import { scheduleDefaults } from '../../src/config/schedule.ts';
import { applySchedules } from '../../src/operations/schedules.ts';
import { pauseSignal, progressQuery } from '../../src/workflows/messages.ts';
import { cliOf, pointTo } from '../support/cli-of.ts';
import { World } from '../support/world.ts';

const sizes = { projects: 60, credits: 60, utilizations: 60, incentivePrograms: 1 };

describe('a connection', () => {
  let world: World;
  afterEach(() => world.close());

  const cli = (...args: string[]) => cliOf(world, args);
  const owned = async () => (await world.sql`SELECT id::text FROM sync.installation`)[0]!.id as string;

  it('keeps rows, place and receipts under a new name, and is refused a taken one', async () => {
    world = await World.create({ sandbox: { sizes } });
    const stop = await world.worker();
    await world.sync();
    await world.sql`INSERT INTO sync.runs (run_id, connection, system, workflow_id, trigger, status)
      VALUES ('x', 'taken', 'incentify', '', 'person', 'failed')`;
    expect(await cli('connection', 'rename', 'portfolio', 'taken', '--yes')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is a connection `taken` in the database already'),
    });
    expect(await cli('connection', 'rename', 'protfolio', 'credits', '--yes')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean `portfolio`'),
    });
    const schedule = { ...scheduleDefaults, kind: 'every', everyMs: 3_600_000 } as const;
    const context = { installation: await owned(), searchAttributes: true };
    await applySchedules(world.client, [{ name: 'portfolio', system: 'incentify', schedule }], context);
    const renamed = await cli('connection', 'rename', 'portfolio', 'credits', '--yes', '--json');
    expect(renamed.stderr).toContain('Rename it in the configuration file too');
    expect(JSON.parse(renamed.stdout)).toMatchObject({
      connection: 'portfolio',
      done: 'renamed',
      to: 'credits',
      schedule: true,
    });
    await expect(world.client.schedule.getHandle('sync/portfolio').describe()).rejects.toThrow();
    await stop();

    await pointTo(world, world.sandbox.incentify.baseUrl, 'credits');
    await world.worker();
    const listed = await cli('connection', 'list', '--json');
    expect(JSON.parse(listed.stdout).connections).toEqual([
      expect.objectContaining({
        connection: 'credits',
        pointsAt: world.sandbox.incentify.baseUrl,
        configured: world.sandbox.incentify.baseUrl,
        receipts: 1,
        rows: expect.objectContaining({ projects: { live: 60, deleted: 0 } }),
      }),
      expect.objectContaining({ connection: 'taken', configured: null, rows: {} }),
    ]);
    const [receipt] = await world.sql`SELECT receipt ->> 'connection' AS name FROM sync.receipts`;
    expect(receipt).toEqual({ name: 'credits' });
    const again = await cli('sync', 'credits', '--json');
    expect(JSON.parse(again.stdout).runs).toMatchObject([
      { status: 'completed', streams: { projects: { unchanged: 60 } } },
    ]);
  });

  it('is purged with its schedule and its paused run; one that reads is left alone', async () => {
    world = await World.create({ sandbox: { sizes } });
    await world.worker();
    await world.sync();
    await world.sql`INSERT INTO incentify.projects (connection, id, raw, content_hash, run_id)
      VALUES ('other', 1, '{}', gen_random_uuid(), 'x')`;
    const installation = await owned();
    const schedule = { ...scheduleDefaults, kind: 'every', everyMs: 3_600_000 } as const;
    await applySchedules(world.client, [{ name: 'portfolio', system: 'incentify', schedule }], {
      installation,
      searchAttributes: true,
    });
    world.sandbox.addFaults({ kind: 'hold', streams: ['credits'], pages: [1], first: 1 });
    const run = await world.start();
    await expect.poll(() => world.sandbox.held().length, { timeout: 30_000 }).toBe(1);
    expect(await cli('connection', 'purge', 'portfolio', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is reading, so nothing was changed'),
    });
    expect(await cli('connection', 'reset', 'portfolio', '--yes')).toMatchObject({ code: 1 });
    expect(await cli('connection', 'rename', 'portfolio', 'credits', '--yes')).toMatchObject({ code: 1 });
    await run.handle.signal(pauseSignal);
    world.sandbox.clearFaults();
    await expect.poll(async () => (await run.handle.query(progressQuery)).status, { timeout: 30_000 }).toBe('paused');
    const purged = await cli('connection', 'purge', 'portfolio', '--yes', '--json');
    expect(JSON.parse(purged.stdout)).toMatchObject({ done: 'purged', schedule: true, run: 'terminated' });
    await expect(world.client.schedule.getHandle('sync/portfolio').describe()).rejects.toThrow();
    expect((await run.handle.describe()).status.name).toBe('TERMINATED');
    const tables = await world.sql<{ name: string }[]>`
      SELECT table_schema || '.' || table_name AS name FROM information_schema.columns
      WHERE column_name = 'connection' AND table_schema IN ('sync', 'incentify')`;
    expect(tables.length).toBeGreaterThan(8);
    for (const { name } of tables) {
      expect([name, ...(await world.sql.unsafe(`SELECT 1 FROM ${name} WHERE connection = 'portfolio'`))]).toEqual([
        name,
      ]);
    }
    expect(await world.sql`SELECT connection FROM incentify.projects`).toEqual([{ connection: 'other' }]);
  });
});
