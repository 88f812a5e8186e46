import { afterEach, describe, expect, it } from 'vitest';
import type { Receipt } from '../../src/receipt.ts';
import { differences, none, portfolioStreams } from '../support/compare.ts';
import { syncWithFailures } from '../support/failures.ts';
import { World } from '../support/world.ts';

describe('a vendor that fails now and then', () => {
  let world: World;
  afterEach(() => world.close());

  async function expectComplete(receipt: Receipt): Promise<void> {
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    for (const stream of portfolioStreams) expect(await differences(world.sql, world.sandbox, stream)).toEqual(none);
    for (const counts of Object.values(receipt.streams)) {
      expect(counts.fetched).toBe(counts.created + counts.updated + counts.unchanged + counts.quarantined);
      expect(counts.retries).toBe(counts.requests - counts.pages);
    }
  }

  it('in 1 of 3 answers is got through by seconds a page: who got on does not wait ever longer', async () => {
    world = await World.create({ sandbox: { sizes: { projects: 50, credits: 50, utilizations: 1_000 } } });
    await world.worker();
    const { seconds, receipt } = await syncWithFailures(world);
    const { pages, requests } = receipt.streams.utilizations!;
    console.log(`${pages} pages with 1 of 3 answers failing: ${seconds.toFixed(1)} s, ${requests} requests`);
    await expectComplete(receipt);
    expect(pages).toBe(20);
    // A wait that doubled each time would be minutes long after ten failures.
    expect(seconds).toBeLessThan(60);
  });
});
