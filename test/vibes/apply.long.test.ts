import { afterEach, describe, expect, it } from 'vitest';
import { World } from '../support/world.ts';
import { apply, plan, poolsAt, spring, start, steps } from './apply.ts';

let world: World;
afterEach(() => world.close());

const springs = () => poolsAt(world).filter(({ name }) => name === 'Spring');

describe('a rule for personal data', { timeout: 60_000 }, () => {
  it('keeps its setting out of rows and of the journal, once it is sent', async () => {
    world = await World.create({ system: 'vibes', connection: { exclude: ['notification_email_address'] } });
    await world.worker();
    const declared = { ...spring, notification_email_address: 'private@example.test' };
    expect((await apply(world, await plan(world, [declared]))).applied).toMatchObject({ done: 1 });
    expect(springs()).toMatchObject([{ notification_email_address: 'private@example.test' }]);
    await world.sync();
    const [{ text } = { text: '' }] = await world.sql<{ text: string }[]>`
      SELECT concat((SELECT json_agg(c) FROM vibes.pool_changes c), (SELECT json_agg(p) FROM vibes.pools p),
        (SELECT json_agg(q) FROM sync.quarantine q)) AS text`;
    expect(text).toContain('Spring');
    expect(text).not.toContain('example.test');
  });
});

describe('lost requests and answers', { timeout: 120_000 }, () => {
  it('at every attempt but the last leave exactly one pool', async () => {
    world = await World.create({ system: 'vibes' });
    await world.worker(undefined, { longestDelayMs: 100 });
    world.sandbox.addFaults(
      { kind: 'lost-request', steps: ['create'], first: 2 },
      { kind: 'drop', steps: ['create'], skip: 2, first: 1 },
      { kind: 'drop', steps: ['list'], skip: 1, first: 2 },
    );
    const { applied } = await apply(world, await plan(world, [spring]));
    expect(applied).toMatchObject({ done: 1, refused: 0, unknown: 0 });
    expect(springs()).toHaveLength(1);
    expect(steps(world).filter((step) => step === 'create')).toHaveLength(3);
  });

  it('of a change are looked for and repeated, since a PUT has everything in it', async () => {
    world = await World.create({ system: 'vibes' });
    await world.worker(undefined, { longestDelayMs: 100 });
    const [first] = poolsAt(world);
    const declared = [{ name: first!.name, incentive_codes: { low_threshold: 4321 } }];
    world.sandbox.addFaults(
      { kind: 'lost-request', steps: ['update'], first: 1 },
      { kind: 'drop', steps: ['update'], skip: 1, first: 1 },
    );
    const { applied, changes } = await apply(world, await plan(world, declared));
    expect(applied).toMatchObject({ done: 1 });
    expect(changes).toMatchObject([{ reason: expect.stringMatching(/the change is there/) }]);
    expect(steps(world).filter((step) => step === 'update')).toHaveLength(2);
  });

  it('are found although the worker is killed with the request under way', async () => {
    world = await World.create({ system: 'vibes' });
    const worker = await world.workerProcess();
    world.sandbox.addFaults({ kind: 'latency', steps: ['create'], ms: 1500, first: 1 });
    const { handle } = await start(world, await plan(world, [spring]));
    await expect.poll(() => steps(world).includes('create'), { timeout: 30_000 }).toBe(true);
    await worker.kill();
    await world.worker();
    expect(await handle?.result()).toMatchObject({ done: 1, unknown: 0 });
    expect(springs()).toHaveLength(1);
  });

  it('that nobody can tell of are said to be unknown, and nothing is sent any more', async () => {
    world = await World.create({ system: 'vibes' });
    await world.worker(undefined, { longestDelayMs: 50, firstContactTries: 3 });
    const planned = await plan(world, [spring, { ...spring, name: 'Summer' }]);
    world.sandbox.addFaults(
      { kind: 'drop', steps: ['create'], first: 1 },
      { kind: 'status', status: 500, steps: ['list'], skip: 1 },
    );
    const { applied, changes } = await apply(world, planned);
    expect(applied).toMatchObject({ done: 0, refused: 1, unknown: 1, failure: expect.stringMatching(/answered 500/) });
    expect(changes.map(({ state }) => state)).toEqual(['unknown', 'refused']);
    expect(steps(world).filter((step) => step === 'create')).toHaveLength(1);
  });
});
