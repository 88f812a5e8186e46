import { afterEach, describe, expect, it } from 'vitest';
import { downloadsOf, ledgerOf, rowDifferences } from '../support/exports.ts';
import { World } from '../support/world.ts';

const name = 'win-info';
const results = 110;

describe('an export with more results than anybody could read steps of', { timeout: 60_000 }, () => {
  let world: World;
  afterEach(() => world.close());

  it('has several loaded in one step: each file once, oldest first', async () => {
    world = await World.create({
      system: 'neoday',
      neoday: { only: [name], exports: { [name]: { rows: 5, results } } },
    });
    await world.worker();
    const receipt = await world.sync();
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    expect(receipt.streams[name]).toMatchObject({ pages: results, results: { loaded: results, left: 0 } });
    const ledger = await ledgerOf(world, name);
    expect(downloadsOf(world).map(({ result }) => result)).toEqual(ledger.map(({ id }) => id));
    expect(await rowDifferences(world, name)).toMatchObject({ missing: 0, extra: 0 });
    const { events } = await world.client.workflow.getHandle('sync/games').fetchHistory();
    const steps = (events ?? []).map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name);
    expect(steps.filter((step) => step === 'loadResult').length).toBeLessThan(results / 5);
  });
});
