import { afterEach, describe, expect, it } from 'vitest';
import { pointsAt } from '../../src/config/points-at.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { pauseSignal, progressQuery } from '../../src/workflows/messages.ts';
import { cliOf, pointTo } from '../support/cli-of.ts';
import { World } from '../support/world.ts';

const sizes = { projects: 60, credits: 60, utilizations: 60, incentivePrograms: 1 };

describe('what a connection points at', () => {
  it('is the same text for the same place', () => {
    const at = (baseUrl: string, demo = false) => pointsAt({ baseUrl }, demo);
    expect(at('https://API.example.com:443/v1/')).toBe('https://api.example.com/v1');
    expect(at('https://api.example.com./v1')).toBe('https://api.example.com/v1');
    expect(at('http://127.0.0.1:80')).toBe('http://127.0.0.1');
    expect(at('https://api.example.com:8443/v1')).not.toBe(at('https://api.example.com/v1'));
    expect(at('http://api.example.com/v1')).not.toBe(at('https://api.example.com/v1'));
  });

  it('is the demo’s sandbox whatever port that has got', () => {
    expect(pointsAt({ baseUrl: 'http://127.0.0.1:4100/incentify' }, true)).toBe(
      pointsAt({ baseUrl: 'http://127.0.0.1:4999/incentify' }, true),
    );
    expect(pointsAt({ baseUrl: 'https://api.example.com' }, true)).toBe('https://api.example.com');
  });
});

describe('a connection', () => {
  let world: World;
  afterEach(() => world.close());

  const cli = (...args: string[]) => cliOf(world, args);
  const point = (baseUrl: string) => pointTo(world, baseUrl);
  /** Everything that is stored, as text. */
  const everything = async () => {
    const tables = [
      'incentify.projects',
      'incentify.credits',
      'incentify.utilizations',
      'sync.cursors',
      'sync.connections',
    ];
    const texts = tables.map((table) =>
      world.sql.unsafe(`SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM ${table} t`),
    );
    return JSON.stringify(await Promise.all(texts));
  };

  it('that points elsewhere than before is refused in words, before any request and with no row touched; a reset lets it', async () => {
    world = await World.create({ sandbox: { sizes } });
    let stop = await world.worker();
    await world.sync();
    await stop();
    const before = await everything();
    const production = await startSandbox({ port: 0, incentify: { sizes, seed: 2 } });
    try {
      await point(production.incentify.baseUrl);
      stop = await world.worker();
      const refused = await world.sync();
      expect(refused.status).toBe('failed');
      expect(refused.reasons.join(' ')).toContain(`has pointed at ${world.sandbox.incentify.baseUrl} so far`);
      expect(refused.reasons.join(' ')).toContain(`now points at ${production.incentify.baseUrl}`);
      expect(refused.reasons.join(' ')).toContain('connection reset portfolio');
      expect(production.journal()).toEqual([]);
      expect(await everything()).toBe(before);
      // The run itself is found later, with its reason.
      const noted = await world.sql`
        SELECT runs.status, receipt -> 'reasons' AS reasons FROM sync.runs JOIN sync.receipts USING (run_id)
        ORDER BY sequence DESC LIMIT 1`;
      expect(noted).toEqual([{ status: 'failed', reasons: refused.reasons }]);

      const unasked = await cli('connection', 'reset', 'portfolio');
      expect(unasked).toMatchObject({ code: 2, stdout: '' });
      expect(unasked.stderr).toMatch(/projects: 60 rows[\s\S]*--yes/);
      const reset = await cli('connection', 'reset', 'portfolio', '--yes', '--json');
      expect(reset.code).toBe(0);
      expect(JSON.parse(reset.stdout)).toMatchObject({
        connection: 'portfolio',
        done: 'reset',
        rows: { projects: { live: 60 } },
      });
      expect(await world.sync()).toMatchObject({ status: 'completed', streams: { projects: { updated: 60 } } });
    } finally {
      await production.close();
    }
  });

  it('that is pointed elsewhere while its run is paused does not go on there', async () => {
    world = await World.create({ sandbox: { sizes: { ...sizes, utilizations: 500 } } });
    let stop = await world.worker();
    world.sandbox.addFaults({ kind: 'hold', streams: ['utilizations'], pages: [1], first: 1 });
    const run = await world.start();
    await expect.poll(() => world.sandbox.held().length, { timeout: 30_000 }).toBe(1);
    await run.handle.signal(pauseSignal);
    await expect.poll(async () => (await run.handle.query(progressQuery)).status, { timeout: 30_000 }).toBe('paused');
    await stop();
    const production = await startSandbox({ port: 0, incentify: { sizes, seed: 2 } });
    try {
      await point(production.incentify.baseUrl);
      stop = await world.worker();
      await run.handle.signal('resume');
      expect(await world.receipt(run)).toMatchObject({
        status: 'failed',
        reasons: [expect.stringContaining('now points at')],
      });
      expect(production.journal()).toEqual([]);
    } finally {
      await production.close();
    }
  });

  it('whose first address was a typing mistake is not held to it', async () => {
    world = await World.create({ sandbox: { sizes } });
    await point('http://127.0.0.1:9/incentify');
    const stop = await world.worker(undefined, { firstContactTries: 2 });
    expect(await world.sync()).toMatchObject({ status: 'failed' });
    await stop();
    await point(world.sandbox.incentify.baseUrl);
    await world.worker();
    expect(await world.sync()).toMatchObject({ status: 'completed' });
  });

  it('whose key shows another customer’s accounts is refused before anything is written', async () => {
    world = await World.create({ sandbox: { sizes } });
    await world.worker();
    await world.sync();
    const stored = () =>
      world.sql`SELECT count(*)::int AS rows, md5(string_agg(p::text, '' ORDER BY id)) FROM incentify.projects p`;
    const before = await stored();
    for (const { id } of [...world.sandbox.records('incentify', 'projects')]) {
      world.sandbox.edit('incentify', 'projects', {
        op: 'update',
        id: id!,
        set: { account: { id: 99, title: 'Another' } },
      });
    }
    const refused = await world.sync();
    expect(refused).toMatchObject({ status: 'failed', streams: { projects: { fetched: 0 } } });
    expect(refused.reasons.join(' ')).toMatch(/another customer's.*connection reset portfolio/);
    expect(await stored()).toEqual(before);

    expect(await cli('connection', 'reset', 'portfolio', '--yes')).toMatchObject({ code: 0 });
    expect(await world.sync()).toMatchObject({ status: 'completed', streams: { projects: { updated: 60 } } });
    expect(await world.sync()).toMatchObject({ status: 'completed', streams: { projects: { unchanged: 60 } } });
  });
});
