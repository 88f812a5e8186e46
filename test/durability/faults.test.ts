import { afterEach, describe, expect, it } from 'vitest';
import type { Receipt } from '../../src/receipt.ts';
import { differences, none, portfolioStreams } from '../support/compare.ts';
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

  it('with 500 and with connections cut in the middle of the body is read to the end', async () => {
    world = await World.create({ sandbox: { sizes: { projects: 50, credits: 200, utilizations: 5_000 } } });
    world.sandbox.setFaults([
      { kind: 'status', status: 500, every: 41 },
      { kind: 'cut', every: 47 },
      { kind: 'drop', every: 53 },
    ]);
    await world.worker();
    const receipt = await world.sync();
    await expectComplete(receipt);
    const asked = world.sandbox.journal({ stream: 'utilizations' });
    expect(asked.filter(({ status }) => status === 500).length).toBeGreaterThan(0);
    expect(asked.filter(({ outcome }) => outcome === 'cut').length).toBeGreaterThan(0);
    expect(receipt.streams.utilizations?.retries).toBeGreaterThan(0);
    // Every request is counted, those that failed and those that were thrown away included, but a kept-alive connection
    // that was dropped without a byte is tried once more on another within the same request.
    const dropped = asked.filter(({ faults }) => faults.includes('drop')).length;
    expect(dropped).toBeGreaterThan(0);
    expect(receipt.streams.utilizations?.requests).toBe(asked.length - dropped);
  });
});
