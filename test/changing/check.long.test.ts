import { afterEach, describe, expect, it } from 'vitest';
import { cliOf, pointTo } from '../support/cli-of.ts';
import { World } from '../support/world.ts';

const sizes = { projects: 60, credits: 60, utilizations: 1, incentivePrograms: 1 };

describe('check', () => {
  let world: World;
  afterEach(() => world.close());

  const check = async (env?: Record<string, string>) => {
    const done = await cliOf(world, ['check', 'portfolio', '--json'], env);
    const { check: document } = JSON.parse(done.stdout);
    const states = Object.fromEntries(
      document.findings.map(({ what, state }: { what: string; state: string }) => [what, state]),
    );
    return { ...done, document, states };
  };

  it('says what the key may read, with one request a stream, and needs neither Temporal nor the database', async () => {
    world = await World.create({ sandbox: { sizes } });
    const well = await check({ DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none', TEMPORAL_ADDRESS: '127.0.0.1:9' });
    expect(well.code).toBe(0);
    expect(well.document).toMatchObject({
      connection: 'portfolio',
      system: 'incentify',
      pointsAt: world.sandbox.incentify.baseUrl,
      ok: true,
      streams: { projects: { readable: true, total: 60 }, utilizations: { readable: true, total: 1 } },
    });
    expect(well.states).toEqual({
      address: 'ok',
      key: 'ok',
      clock: 'ok',
      projects: 'ok',
      credits: 'ok',
      utilizations: 'ok',
    });
    expect(well.stderr).toMatch(/ok\s+projects: 60 records, first page in \d+ ms/);
    expect(world.sandbox.journal().map(({ stream, page }) => [stream, page])).toEqual([
      ['projects', 1],
      ['credits', 1],
      ['utilizations', 1],
    ]);
  });

  it('tells a wrong key from a stream that it may not read, and each has its remedy', async () => {
    world = await World.create({ sandbox: { sizes } });
    const wrong = await check({ PORTFOLIO_KEY: 'another-key' });
    expect(wrong).toMatchObject({ code: 1, states: { address: 'ok', key: 'failed', projects: 'failed' } });
    expect(wrong.stderr).toMatch(/key: is refused for every stream[\s\S]*Put the right key/);
    expect(wrong.stdout + wrong.stderr).not.toContain('another-key');

    world.sandbox.addFaults({ kind: 'status', status: 403, streams: ['credits'] });
    const part = await check();
    expect(part).toMatchObject({
      code: 3,
      states: { key: 'ok', projects: 'ok', credits: 'failed', utilizations: 'ok' },
    });
    expect(part.stderr).toMatch(/credits: the key may not read it[\s\S]*streams:/);

    world.sandbox.setFaults([{ kind: 'status', status: 500, streams: ['credits'] }]);
    expect(await check()).toMatchObject({ code: 1, states: { key: 'ok', credits: 'failed' } });
  });

  it('measures how far the clocks are apart', async () => {
    world = await World.create({ sandbox: { sizes } });
    world.sandbox.addFaults({ kind: 'clock', seconds: 300 });
    const behind = await check();
    expect(behind).toMatchObject({ code: 1, states: { clock: 'failed', projects: 'ok' } });
    expect(behind.stderr).toMatch(/clock: is (4 min 5\d s|5 min) behind the vendor/);
    world.sandbox.setFaults([{ kind: 'clock', seconds: -20 }]);
    const ahead = await check();
    expect(ahead).toMatchObject({ code: 0, states: { clock: 'ok' } });
    expect(ahead.stderr).toMatch(/clock: is (19|20|21) s ahead of the vendor/);
  });

  it('says where it points, whether anybody is there, and whether its rows came from there', async () => {
    world = await World.create({ sandbox: { sizes } });
    await world.worker();
    await world.sync();
    expect(await check()).toMatchObject({ code: 0, states: { rows: 'ok' } });
    await pointTo(world, 'http://127.0.0.1:9/incentify');
    const nobody = await check();
    expect(nobody).toMatchObject({
      code: 1,
      states: {
        address: 'failed',
        key: 'skipped',
        clock: 'skipped',
        projects: 'failed',
        credits: 'skipped',
        rows: 'failed',
      },
    });
    expect(nobody.stderr).toContain('nothing listens at that address');
    expect(nobody.stderr).toContain('connection reset portfolio');
    expect(await cliOf(world, ['check', 'protfolio'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean `portfolio`'),
    });
  });
});
