import { afterEach, describe, expect, it } from 'vitest';
import { describeKills, killComplaints, pushUnderKills, worldOfSlowTransfers } from '../support/push-kills.ts';
import type { World } from '../support/world.ts';

/** A seed that a failed test has printed, to kill at the same moments again. */
const replay: number | null = null;
const seed = replay ?? Date.now() % 1_000_000;

const plan = { kills: 3, seed, elements: 400 };
const timeout = 120_000;

describe('two workers of which one is killed with SIGKILL in the middle of a push', () => {
  let world: World;
  afterEach(() => world.close());

  it(`deliver every element, and twice only what the journal says was sent again (seed ${seed})`, {
    timeout,
  }, async () => {
    world = await worldOfSlowTransfers({}, undefined, 800);
    const push = await pushUnderKills(world, plan);
    console.log(`seed ${seed}: ${describeKills(push)}`);
    expect(killComplaints(push)).toEqual([]);
    expect(push.receipt).toMatchObject({ status: 'completed', streams: { sales: { created: plan.elements } } });
  });
});
