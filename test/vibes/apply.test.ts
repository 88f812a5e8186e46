import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { World } from '../support/world.ts';
import { apply, plan, poolsAt, spring, steps } from './apply.ts';
import { startOver } from './help.ts';

let world: World;
beforeAll(async () => {
  world = await World.create({ system: 'vibes' });
  await world.worker(undefined, { longestDelayMs: 100 });
});
beforeEach(() => startOver(world));
afterAll(() => world.close());

describe('an apply', () => {
  it('makes exactly one pool although the first answer is lost', async () => {
    world.sandbox.addFaults({ kind: 'drop', steps: ['create'], first: 1 });
    const { applied, changes } = await apply(world, await plan(world, [spring]));
    expect(applied).toMatchObject({ done: 1 });
    expect(changes).toMatchObject([{ state: 'done', poolId: '313', reason: expect.stringMatching(/answer was lost/) }]);
    expect(poolsAt(world).filter(({ name }) => name === 'Spring')).toHaveLength(1);
    expect(steps(world).filter((step) => step === 'create')).toHaveLength(1);
  });

  it('does not overwrite an edit that somebody made since the plan', async () => {
    const [first] = poolsAt(world);
    const planned = await plan(world, [{ name: first!.name, incentive_codes: { low_threshold: 4321 } }]);
    world.sandbox.vibes.change(301, { notification_email_address: 'edited@example.test' });
    const edited = poolsAt(world);
    const { applied, changes } = await apply(world, planned);
    expect(applied).toMatchObject({ done: 0, refused: 1 });
    expect(changes).toMatchObject([{ state: 'refused', reason: expect.stringMatching(/somebody changed the pool/) }]);
    expect(poolsAt(world)).toEqual(edited);
    expect(steps(world)).toEqual(['get']);
  });
});
