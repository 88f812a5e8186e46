import { afterEach, describe, expect, it } from 'vitest';
import { useBudget, worldOfTwoWorkers } from '../support/push-budget.ts';
import type { World } from '../support/world.ts';

const plan = { seconds: 75, requestsPerMinute: 180 };

describe('a push of two worker processes', () => {
  let world: World;
  afterEach(() => world.close());

  it('uses the budget of 180 requests a minute to 95 % at least and never goes beyond it', {
    timeout: 150_000,
  }, async () => {
    world = await worldOfTwoWorkers(plan);
    const { complaints, ...used } = await useBudget(world, plan);
    console.log(`75 s of pushing: ${JSON.stringify(used)}`);
    expect(complaints).toEqual([]);
  });
});
