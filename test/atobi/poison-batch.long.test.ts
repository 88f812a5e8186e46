import { afterEach, describe, expect, it } from 'vitest';
import { poisonComplaints, pushPoison } from '../support/push-poison.ts';
import type { World } from '../support/world.ts';
import { atobiWorld } from './pushing.ts';

const elements = 600;
const batchElements = 50;

describe('elements at fault', () => {
  let world: World;
  afterEach(() => world.close());

  it.each([
    ['that stand apart', ['u3', 'u180', 'u599'], {}],
    ['that are neighbours in one batch', ['u20', 'u21', 'u22', 'u23'], {}],
    ['that the answer does not name', ['u7', 'u410'], { naming: false }],
    ['for which the answer is 400', ['u55'], { status: 400, naming: false }],
    ['of which the transfer is called too large', ['u55', 'u56'], { status: 413, naming: false }],
  ])('%s are put aside with the answer, the rest is accepted once', async (_, poison, more) => {
    world = await atobiWorld({ batchElements });
    await world.worker();
    const pushed = await pushPoison(world, elements, poison, more);
    expect(poisonComplaints(pushed, { elements, poison, batchElements })).toEqual([]);
  });

  it('are all there is on a first push: it waits for a person and puts nothing aside', async () => {
    world = await atobiWorld({ batchElements });
    await world.worker();
    const poison = Array.from({ length: elements }, (_, n) => `u${n + 1}`);
    const { receipt, aside, requests } = await pushPoison(world, elements, poison, { naming: false });
    expect(receipt.status).toBe('parked');
    expect(receipt.reasons.join(' ')).toMatch(/refused \d deliveries of the context sales alike \(HTTP 422\)/);
    expect(requests).toBeLessThanOrEqual(3 + 6);
    expect(aside).toEqual([]);
  });
});
