import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { World } from '../support/world.ts';
import { apply, plan, poolsAt, spring, start, steps } from './apply.ts';
import { startOver } from './help.ts';

let world: World;
beforeAll(async () => {
  world = await World.create({ system: 'vibes' });
  await world.worker(undefined, { longestDelayMs: 100 });
});
beforeEach(() => startOver(world));
afterAll(() => world.close());

const springs = () => poolsAt(world).filter(({ name }) => name === 'Spring');

describe('an apply', { timeout: 60_000 }, () => {
  it('creates and changes what was planned, writes down before and after, and leaves the others alone', async () => {
    const untouched = poolsAt(world).filter(({ id }) => id !== 301);
    const [first] = poolsAt(world);
    const wanted = { name: first!.name, incentive_codes: { low_threshold: 4321 } };
    const { applied, changes } = await apply(world, await plan(world, [spring, wanted]));
    expect(applied).toMatchObject({ done: 2, refused: 0, unknown: 0, failure: null });
    expect(changes.map(({ state, poolId, reason }) => [state, poolId, reason])).toEqual([
      ['done', '313', null],
      ['done', '301', null],
    ]);
    expect(springs()).toMatchObject([{ ...spring, id: 313, incentive_codes: { total: 0, low_threshold: 10 } }]);
    const { incentive_codes: codes, updated_at: _, ...others } = first!;
    expect(poolsAt(world)[0]).toMatchObject({
      ...others,
      incentive_codes: { ...(codes as object), low_threshold: 4321 },
    });
    expect(poolsAt(world).filter(({ id }) => id !== 301 && id !== 313)).toEqual(untouched);
    const journal = await world.sql`SELECT before ->> 'incentive_codes.low_threshold' AS before,
      after ->> 'incentive_codes.low_threshold' AS after, run_id IS NOT NULL AS ran FROM vibes.pool_changes ORDER BY change`;
    expect(journal).toEqual([
      { before: null, after: '10', ran: true },
      { before: String((codes as { low_threshold: number }).low_threshold), after: '4321', ran: true },
    ]);
    expect((await plan(world, [spring, wanted])).map(({ kind }) => kind)).not.toContain('update');
  });

  it('is not held up by codes that were issued since the plan', async () => {
    const [first] = poolsAt(world);
    const planned = await plan(world, [{ name: first!.name, incentive_codes: { low_threshold: 4321 } }]);
    world.sandbox.vibes.issue(301, 3);
    expect((await apply(world, planned)).applied).toMatchObject({ done: 1 });
  });

  it('refuses what was removed or came to be since the plan, or what Vibes refuses, and does the rest', async () => {
    const [one, two, three] = poolsAt(world);
    const declared = [one, two, three].map((pool) => ({ name: pool!.name, incentive_codes: { low_threshold: 99 } }));
    const planned = await plan(world, [...declared, spring]);
    world.sandbox.edit(
      'vibes',
      'pools',
      { op: 'delete', id: 301 },
      { op: 'insert', text: '{"id": 900, "name": "Spring"}' },
    );
    world.sandbox.vibes.lock(302);
    const { applied, changes } = await apply(world, planned);
    expect(applied).toMatchObject({ done: 1, refused: 3, unknown: 0, failure: null });
    expect(changes.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/the pool was removed/),
      expect.stringMatching(/answered 422: “The pool is not updatable \(code 12\)”/),
      null,
      expect.stringMatching(/pool 900 of this name has come to be/),
    ]);
    expect(steps(world).filter((step) => step === 'create')).toEqual([]);
  });

  it('lets only one of two at the same moment work', async () => {
    world.sandbox.addFaults({ kind: 'hold', steps: ['create'], first: 1 });
    const planned = await plan(world, [spring]);
    const first = await start(world, planned);
    await expect.poll(() => world.sandbox.held().length, { timeout: 30_000 }).toBe(1);
    expect((await start(world, planned)).handle).toBeNull();
    world.sandbox.release();
    expect(await first.handle?.result()).toMatchObject({ done: 1 });
    expect(springs()).toHaveLength(1);
  });

  it('ends early where the password is refused, and says that nothing was sent', async () => {
    world.sandbox.addFaults({ kind: 'allow-list', steps: ['create'] });
    const { applied, changes } = await apply(world, await plan(world, [spring]));
    expect(applied).toMatchObject({ done: 0, refused: 1, unknown: 0, failure: expect.stringMatching(/allow-list/) });
    expect(changes).toMatchObject([{ state: 'refused', reason: expect.stringMatching(/^It was not sent/) }]);
    expect(springs()).toEqual([]);
  });

  it('brings nothing of a pool into Temporal', async () => {
    const { handle } = await start(world, await plan(world, [spring]));
    await handle?.result();
    const history = JSON.stringify(await handle?.fetchHistory());
    const decoded = [...history.matchAll(/"data":"([^"]*)"/g)].map(([, text = '']) =>
      Buffer.from(text, 'base64').toString(),
    );
    expect(decoded.join('\n')).toContain('coupons');
    expect(`${history}${decoded.join('\n')}`).not.toMatch(/Spring|example\.test/);
  });
});
