import { afterEach, describe, expect, it } from 'vitest';
import { resolveDelivery } from '../../src/store/atobi/resolve.ts';
import { describeKills, killComplaints, pushUnderKills, worldOfSlowTransfers } from '../support/push-kills.ts';
import { disagreements, takenTwice, truthOf, unexplained } from '../support/push-truth.ts';
import type { World } from '../support/world.ts';

/** A seed that a failed test has printed, to kill at the same moments again. */
const replay: number | null = null;
const seed = replay ?? Date.now() % 1_000_000;

const plan = { kills: 3, seed, elements: 600 };
const timeout = 120_000;

describe('two workers of which one is killed with SIGKILL in the middle of a push', () => {
  let world: World;
  afterEach(() => world.close());

  it(`deliver nothing twice with \`onUnknown: hold\`; a person says how to go on (seed ${seed})`, {
    timeout,
  }, async () => {
    world = await worldOfSlowTransfers({ onUnknown: 'hold' });
    const push = await pushUnderKills(world, { ...plan, judge: unexplained });
    console.log(`seed ${seed}: ${describeKills(push)}`);
    expect(killComplaints(push)).toEqual([]);
    expect(takenTwice(push.truth)).toBe(0);
    expect(push.receipt.status).toBe('partial');
    const held = push.truth.journal.filter(({ state }) => state === 'unknown');
    expect(push.receipt.reasons.join(' ')).toContain(`kpi resolve ${held[0]?.delivery} --accepted`);
    for (const { delivery, ids } of held) {
      await resolveDelivery(world.sql, delivery, push.truth.taken.has(ids[0]!) ? 'accepted' : 'resend');
    }
    world.sandbox.clearFaults();
    expect(await world.sync()).toMatchObject({ status: 'completed' });
    const truth = await truthOf(world);
    expect(disagreements(truth, plan.elements)).toEqual([]);
    expect(takenTwice(truth)).toBe(0);
  });
});
