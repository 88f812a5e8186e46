import { afterEach, describe, expect, it } from 'vitest';
import { approveDeletesSignal, progressQuery } from '../../src/workflows/messages.ts';
import { differences, none } from '../support/compare.ts';
import { World } from '../support/world.ts';

const sizes = { projects: 100, credits: 100, utilizations: 100, incentivePrograms: 1 };

describe('rows that vanish from the source', () => {
  let world: World;
  afterEach(() => world.close());

  const ids = (stream: 'projects' | 'credits') => [...world.sandbox.records('incentify', stream)].map(({ id }) => id!);
  const remove = (stream: 'projects' | 'credits', count: number) =>
    world.sandbox.edit(
      'incentify',
      stream,
      ...ids(stream)
        .slice(0, count)
        .map((id) => ({ op: 'delete' as const, id })),
    );
  const live = async (stream: string) => {
    const [row] = await world.sql.unsafe(
      `SELECT count(*)::int AS live FROM incentify.${stream} WHERE deleted_at IS NULL`,
    );
    return row!.live as number;
  };

  it('are marked as deleted once a second pass has confirmed it, and revived when they are back', async () => {
    world = await World.create({ sandbox: { sizes } });
    await world.worker();
    await world.sync();
    const [gone] = [...world.sandbox.records('incentify', 'projects')];
    remove('projects', 3);
    const receipt = await world.sync();
    expect(receipt).toMatchObject({ status: 'completed' });
    expect(receipt.streams.projects).toMatchObject({ deleted: 3, pages: 4, unchanged: 194 });
    expect(receipt.streams.credits).toMatchObject({ deleted: 0, pages: 2, orphans: expect.any(Number) });
    expect(await differences(world.sql, world.sandbox, 'projects')).toEqual(none);
    expect(await live('projects')).toBe(97);

    world.sandbox.edit('incentify', 'projects', { op: 'insert', text: gone!.text });
    const revived = await world.sync();
    expect(revived.streams.projects).toMatchObject({ created: 0, updated: 1, deleted: 0, unchanged: 97 });
    expect(await live('projects')).toBe(98);
  });

  it('wait for a person when they are many; a stale digest deletes nothing', async () => {
    world = await World.create({ sandbox: { sizes } });
    await world.worker();
    await world.sync();
    remove('projects', 50);
    const parked = await world.sync();
    expect(parked.status).toBe('parked');
    expect(parked.reasons.join(' ')).toMatch(/50 of 100 rows are missing.*approve-deletes portfolio/);
    expect(await live('projects')).toBe(100);

    const run = await world.start();
    const { approval } = await run.handle.query(progressQuery);
    await run.handle.signal(approveDeletesSignal, { digest: 'stale' });
    expect((await run.handle.query(progressQuery)).status).toBe('parked');
    expect(await live('projects')).toBe(100);
    await run.handle.signal(approveDeletesSignal, { digest: approval!.digest });
    const receipt = await run.handle.result();
    expect(receipt).toMatchObject({ status: 'completed', streams: { projects: { deleted: 50 } } });
    expect(await live('projects')).toBe(50);
  });
});
