import { afterEach, describe, expect, it } from 'vitest';
import { pushPoison } from '../support/push-poison.ts';
import type { World } from '../support/world.ts';
import { atobiWorld, countsOf, journalOf } from './pushing.ts';

const elements = 1_300;
/** Accepted before; a tenth, so that no person has to agree to the rest. */
const before = 130;

describe('a KPI of which nearly everything is at fault', () => {
  let world: World;
  afterEach(() => world.close());

  it('is searched for the elements at fault 1,000 times, then the rest is left and told', {
    timeout: 620_000,
  }, async () => {
    world = await atobiWorld({ batchElements: elements });
    await world.worker();
    const poison = Array.from({ length: elements - before }, (_, n) => `u${before + n + 1}`);
    const first = await pushPoison(world, before, poison, { naming: false });
    expect(first.receipt.status).toBe('completed');
    const { receipt, accepted, aside } = await pushPoison(world, elements, poison, { naming: false });
    expect(receipt.status).toBe('partial');
    expect(receipt.reasons.join(' ')).toMatch(
      /\d+ elements stand in refused batches that were not searched any more: 1,000/,
    );
    expect(accepted).toHaveLength(before);
    const halves = (await journalOf(world)).filter(({ why }) => why.startsWith('half'));
    expect(halves.length).toBe(2_000);
    const { quarantined = 0, elements: other } = countsOf(receipt) ?? {};
    expect(quarantined).toBe(aside.length);
    expect(aside.length + (other?.left ?? 0)).toBe(elements - before);
  });
});
