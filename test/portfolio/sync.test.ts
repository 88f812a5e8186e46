import { afterEach, describe, expect, it } from 'vitest';
import { differences, none, portfolioStreams } from '../support/compare.ts';
import { World } from '../support/world.ts';

describe('a portfolio sync', () => {
  let world: World;
  afterEach(() => world.close());

  it('stores every record once, equal to the source, and finds all unchanged the second time', async () => {
    world = await World.create();
    await world.worker();
    const first = await world.sync();
    expect(first).toMatchObject({ status: 'completed', reasons: [] });
    expect(first.streams.projects).toMatchObject({ total: 200, fetched: 200, created: 200, pages: 4, requests: 4 });
    expect(first.streams.credits).toMatchObject({ total: 1000, created: 1000, pages: 20 });
    expect(first.streams.utilizations).toMatchObject({ total: 10_000, created: 10_000, pages: 200, retries: 0 });
    for (const stream of portfolioStreams) expect(await differences(world.sql, world.sandbox, stream)).toEqual(none);

    const again = await world.sync();
    expect(again.status).toBe('completed');
    expect(again.streams.utilizations).toMatchObject({ fetched: 10_000, created: 0, updated: 0, unchanged: 10_000 });
  });
});
