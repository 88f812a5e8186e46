import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { differences, none } from '../support/compare.ts';
import { World } from '../support/world.ts';
import { startOver, step } from './stepping.ts';

/** Four pages of ten projects. */
const sizes = { projects: 40, credits: 0, utilizations: 0, incentivePrograms: 0 };

describe('a pass during which the source', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.create({
      sandbox: { sizes, perPage: 10 },
      connection: { streams: ['projects'], concurrency: 2 },
    });
    await world.worker();
  });
  beforeEach(() => startOver(world));
  afterAll(() => world.close());

  const projects = () => [...world.sandbox.records('incentify', 'projects')];
  const insert = (id: number, at: number) =>
    world.sandbox.edit('incentify', 'projects', {
      op: 'insert',
      at,
      text: projects()[0]!.text.replace(/^\{"id":\d+/, `{"id":${id}`),
    });
  const removeFirst = () => world.sandbox.edit('incentify', 'projects', { op: 'delete', at: 0 });
  /** Calls `change` before page 2 of every pass is answered, or of the first only. */
  const beforePage2 = (change: (pass: number) => void, passes = Number.POSITIVE_INFINITY) => {
    let pass = 0;
    return step(world, ({ page }) => {
      if (page === 2 && ++pass <= passes) change(pass);
    });
  };
  const equal = async () => expect(await differences(world.sql, world.sandbox, 'projects')).toEqual(none);

  it('grows at its end is complete: only the total moved, and it adds up', async () => {
    const receipt = await beforePage2(() => insert(9001, 40));
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    expect(receipt.streams.projects).toMatchObject({ total: 41, created: 41, pages: 5, asOf: expect.any(String) });
    await equal();
  });

  it('shows an id twice is read again', async () => {
    const receipt = await beforePage2(() => insert(9001, 0), 1);
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    expect(receipt.streams.projects).toMatchObject({ total: 41, created: 41, pages: 10 });
    await equal();
  });

  it('loses a record that was read already is read again, although the counts agree', async () => {
    const receipt = await beforePage2(removeFirst, 1);
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    // 40 rows were stored by the first pass, one of them gone and one skipped; two more passes confirm that it is gone.
    expect(receipt.streams.projects).toMatchObject({ total: 39, created: 40, deleted: 1, pages: 12 });
    await equal();
  });

  it('is sorted anew is read again', async () => {
    const receipt = await beforePage2(
      () => world.sandbox.edit('incentify', 'projects', { op: 'reorder', order: 'reverse' }),
      1,
    );
    expect(receipt).toMatchObject({ status: 'completed', streams: { projects: { created: 40, pages: 8 } } });
    await equal();
  });

  const never: [string, (pass: number) => void, RegExp][] = [
    ['grows', (pass) => insert(9000 + pass, 0), /1 records were shown twice|different records were seen/],
    ['shrinks', removeFirst, /records were removed from the source while it was read/],
    [
      'is sorted anew',
      () => world.sandbox.edit('incentify', 'projects', { op: 'reorder', order: 'reverse' }),
      /records were seen|shown twice/,
    ],
  ];
  it.each(never)('%s each time is partial after three, says why, and deletes nothing', async (_, change, why) => {
    await world.sync();
    world.sandbox.edit('incentify', 'projects', { op: 'delete', at: 39 });
    world.sandbox.resetJournal();
    const receipt = await beforePage2(change);
    expect(receipt.status).toBe('partial');
    expect(receipt.reasons).toEqual([expect.stringMatching(why)]);
    expect(receipt.reasons[0]).toMatch(/^projects: .* in 3 passes.*Nothing was marked as deleted\. Sync again/);
    expect(receipt.streams.projects).toMatchObject({ asOf: null, deleted: 0 });
    expect(world.sandbox.journal({ stream: 'projects' }).filter(({ page }) => page === 1)).toHaveLength(3);
    const deleted = await world.sql`SELECT 1 FROM incentify.projects WHERE deleted_at IS NOT NULL`;
    expect(deleted).toHaveLength(0);

    expect(await world.sync()).toMatchObject({ status: 'completed' });
    await equal();
  });
});
