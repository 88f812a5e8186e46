import { afterEach, describe, expect, it } from 'vitest';
import { differences, none, portfolioStreams } from '../support/compare.ts';
import { until } from '../support/waiting.ts';
import { copyTemplate, World } from '../support/world.ts';

const sizes = { projects: 50, credits: 50, utilizations: 4_000 };

describe('several workers', () => {
  let world: World;
  afterEach(() => world.close());

  const nextPage = async () => {
    const [cursor] = await world.sql<{ next_page: number }[]>`
      SELECT next_page FROM sync.cursors WHERE stream = 'utilizations'`;
    return cursor?.next_page ?? 0;
  };

  async function expectAllOnce(): Promise<void> {
    for (const stream of portfolioStreams) expect(await differences(world.sql, world.sandbox, stream)).toEqual(none);
  }

  it('hand over at once: one that is asked to end leaves within 5 s, the next goes on within 3 s', async () => {
    world = await World.create({ sandbox: { sizes, latencyMs: 40 } });
    const first = await world.workerProcess();
    const run = await world.start();
    await until('some utilizations', async () => (await nextPage()) > 20);
    const asked = performance.now();
    first.signal('SIGTERM');
    expect(await first.exited()).toBe(0);
    const leftAfterMs = performance.now() - asked;
    const stood = await nextPage();
    const second = await world.workerProcess();
    await until('its first commit', async () => (await nextPage()) > stood);
    const wentOnAfterMs = Date.now() - second.readyAt;
    console.log(`left after ${leftAfterMs.toFixed()} ms; the next went on ${wentOnAfterMs} ms after its ready line`);
    expect(leftAfterMs).toBeLessThan(5_000);
    expect(wentOnAfterMs).toBeLessThan(3_000);
    expect(await world.receipt(run)).toMatchObject({ status: 'completed', reasons: [] });
    await expectAllOnce();
    // No page that was stored is asked for again, only the four that were under way.
    const pages = world.sandbox.journal({ stream: 'utilizations' }).map(({ page }) => page);
    expect(pages.length - new Set(pages).size).toBeLessThanOrEqual(4);
  });

  it('hand over to one that is up already within a second or two', async () => {
    world = await World.create({ sandbox: { sizes, latencyMs: 10 } });
    // Keeps the run where it is while the second comes up.
    world.sandbox.setFaults([{ kind: 'hold', streams: ['utilizations'], pages: [60], first: 1 }]);
    const stopFirst = await world.worker();
    const run = await world.start();
    await until('the commits before the held page', async () => (await nextPage()) === 60);
    await world.worker();
    await stopFirst();
    const [left, stood] = [performance.now(), await nextPage()];
    await until('a commit of the second', async () => (await nextPage()) > stood);
    const wentOnAfterMs = performance.now() - left;
    console.log(`went on ${wentOnAfterMs.toFixed()} ms after the other had left, from page ${stood}`);
    expect(wentOnAfterMs).toBeLessThan(3_000);
    expect(await world.receipt(run)).toMatchObject({ status: 'completed' });
    await expectAllOnce();
  });

  it('at one connection at once double nothing', async () => {
    world = await World.create({ sandbox: { sizes, latencyMs: 10 } });
    // Short slices, so that the work goes to and fro between them.
    const slice = { milliseconds: 300, pages: 2_000 };
    await Promise.all([world.worker(slice), world.worker(slice), world.worker(slice)]);
    const receipt = await world.sync();
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    expect(receipt.streams.utilizations).toMatchObject({ fetched: 4_000, created: 4_000, pages: 80, retries: 0 });
    await expectAllOnce();
    expect(world.sandbox.journal()).toHaveLength(82);
  });

  it('that write to different databases never make a success of it', async () => {
    world = await World.create({ sandbox: { sizes: { projects: 50, credits: 50, utilizations: 100 } } });
    world.sandbox.setFaults([{ kind: 'hold', streams: ['credits'] }]);
    const stopFirst = await world.worker();
    const run = await world.start();
    await until('credits', () => world.sandbox.held().length > 0);
    const { databaseUrl } = await copyTemplate();
    await world.workerProcess({ DATABASE_URL: databaseUrl });
    await stopFirst();
    world.sandbox.clearFaults();
    const receipt = await world.receipt(run);
    expect(receipt.status).toBe('partial');
    expect(receipt.reasons.join()).toContain('projects: it was read, but this database has no page of it');
  });
});
