import { afterEach, describe, expect, it } from 'vitest';
import { World } from '../support/world.ts';

describe('a run of exports', () => {
  let world: World;
  afterEach(() => world.close());

  it('loads every result of every export once', async () => {
    world = await World.create({ system: 'neoday', neoday: { rows: 2000 } });
    await world.worker();
    const receipt = await world.sync();
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    console.log(JSON.stringify(receipt, null, 1));
    const again = await world.sync();
    console.log(JSON.stringify(again.streams['win-info'], null, 1));
  });
});
