import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { slowed } from '../../src/activities/speed.ts';
import { describePending } from '../../src/operations/pending.ts';
import { slowDown, throttleOf } from '../../src/store/throttle.ts';
import { differences, none } from '../support/compare.ts';
import { World } from '../support/world.ts';

const sizes = { projects: 600, credits: 1, utilizations: 1, incentivePrograms: 1 };

describe('a vendor that asks for pauses', () => {
  let world: World;
  afterEach(() => world.close());

  const create = async (connection: Record<string, unknown> = {}, projects = sizes.projects) => {
    world = await World.create({
      sandbox: { sizes: { ...sizes, projects } },
      connection: { streams: ['projects'], ...connection },
    });
  };
  const asked = () => world.sandbox.journal({ stream: 'projects' });
  const setLevel = (level: number, secondsAgo = 0) => world.sql`
    UPDATE sync.connections SET throttle = ${level}, throttled_at = now() - ${secondsAgo}::float8 * interval '1 second'`;

  it('gets its pause, which is shown with its end and outlives the worker', async () => {
    await create();
    const stop = await world.worker();
    world.sandbox.setFaults([{ kind: 'status', status: 429, retryAfterSeconds: 3, fromPage: 3, first: 1 }]);
    const run = await world.start();
    while (!asked().some(({ status }) => status === 429)) await sleep(20);
    const refusedAt = Date.now();
    while ((await describePending(run))?.waiting == null) await sleep(20);
    const { waiting } = (await describePending(run))!;
    expect(waiting).toMatch(
      /answered 429: it asks for a pause until \d{4}-\d\d-\d\dT[\d:]+Z; tries again at \d\d:\d\d:\d\d/,
    );
    await stop();
    await world.worker();
    const before = asked().length;
    const receipt = await world.receipt(run);
    expect(receipt.status).toBe('completed');
    expect(await differences(world.sql, world.sandbox, 'projects')).toEqual(none);
    expect(asked()[before]!.receivedAt - refusedAt).toBeGreaterThanOrEqual(2_900);
    expect(await throttleOf(world.sql, 'portfolio')).toBe(1);
  });

  it('is asked for fewer pages at once and less often, the more so the more pauses it wants', async () => {
    await create({ concurrency: 8 });
    await world.worker();
    world.sandbox.setFaults([{ kind: 'latency', ms: 60 }]);
    const most = async (level: number) => {
      await world.sql`UPDATE sync.connections SET throttle = ${level}, throttled_at = now()`;
      world.sandbox.resetJournal();
      const receipt = await world.sync();
      expect(receipt.status).toBe('completed');
      const all = asked();
      const together = all.map(
        ({ receivedAt }) => all.filter((one) => one.receivedAt <= receivedAt && one.answeredAt! > receivedAt).length,
      );
      const perSecond = (all.length - 1) / ((all.at(-1)!.receivedAt - all[0]!.receivedAt) / 1000);
      return { together: Math.max(...together), perSecond };
    };
    await world.sync();
    expect((await most(0)).together).toBeGreaterThan(4);
    const slow = await most(2);
    expect(slow.together).toBeLessThanOrEqual(2);
    expect(slow.perSecond).toBeLessThan(4.4);
  });

  it('is slowed down for by a step each time, four at most, and sped up by one every 30 s without a pause', async () => {
    await create();
    await world.worker();
    await world.sync();
    const level = () => throttleOf(world.sql, 'portfolio');
    const levels: number[] = [];
    for (let pause = 1; pause <= 6; pause += 1) {
      await slowDown(world.sql, 'portfolio', 0);
      levels.push(await level());
    }
    expect(levels).toEqual([1, 2, 3, 4, 4, 4]);
    await setLevel(4, 29);
    expect(await level()).toBe(4);
    await setLevel(4, 65);
    expect(await level()).toBe(2);
    await slowDown(world.sql, 'portfolio', 0);
    expect(await level()).toBe(3);
    await setLevel(3, 500);
    expect(await level()).toBe(0);
    // The time in which nothing was asked for is no time without a pause.
    await setLevel(0);
    await slowDown(world.sql, 'portfolio', 60_000);
    await world.sql`UPDATE sync.connections SET throttled_at = throttled_at - interval '45 seconds'`;
    expect(await level()).toBe(1);
  });
});

describe('the speed of a connection', () => {
  it('halves with each step and never stops', () => {
    const levels = (perSecond?: number) => [0, 1, 2, 3, 4].map((level) => slowed({ concurrency: 4, perSecond }, level));
    expect(levels()).toEqual([
      { concurrency: 4, perSecond: undefined },
      { concurrency: 2, perSecond: 8 },
      { concurrency: 1, perSecond: 4 },
      { concurrency: 1, perSecond: 2 },
      { concurrency: 1, perSecond: 1 },
    ]);
    expect(levels(4).map(({ perSecond }) => perSecond)).toEqual([4, 2, 1, 0.5, 0.25]);
  });
});
