import { afterEach, describe, expect, it } from 'vitest';
import { approvePushSignal } from '../../src/workflows/messages.ts';
import type { World } from '../support/world.ts';
import { atobiWorld, countsOf, fillValues, journalOf, kpiRequests } from './pushing.ts';

let world: World;
afterEach(() => world.close());

describe('a push that is larger than usual', () => {
  it('waits for a person, sends nothing meanwhile, and goes on when one agrees', async () => {
    world = await atobiWorld();
    await world.worker();
    await fillValues(world, 11);
    await world.sync();
    await fillValues(world, 200, { plus: 5 });
    world.sandbox.resetJournal();
    const run = await world.start();
    const parked = await world.receipt(run);
    expect(parked.status).toBe('parked');
    expect(parked.reasons.join()).toMatch(/would send 200 elements.*kpi push staff --yes/);
    expect(kpiRequests(world)).toEqual([]);
    await run.handle.signal(approvePushSignal);
    expect(await run.handle.result()).toMatchObject({ status: 'completed', reasons: [] });
    expect(world.sandbox.atobi.accepted()).toHaveLength(200);
  });

  it('waits beyond maxElements from the first push on, unless a person agreed beforehand', async () => {
    world = await atobiWorld({ maxElements: 5 });
    await world.worker();
    await fillValues(world, 6);
    const run = await world.start();
    expect((await world.receipt(run)).status).toBe('parked');
    await run.handle.cancel();
    await run.handle.result().catch(() => undefined);
    expect(kpiRequests(world)).toEqual([]);
  });
});

/** As `pg_restore` leaves a database: rows and sequences as they were. */
async function backup({ sql }: World): Promise<() => Promise<void>> {
  const tables = ['elements', 'batches', 'deliveries', 'pushes', 'budgets', 'requests'];
  for (const table of tables) await sql.unsafe(`CREATE TABLE public.saved_${table} AS TABLE atobi.${table}`);
  const [saved] = await sql<{ last: string; called: boolean }[]>`
    SELECT last_value::text AS last, is_called AS called FROM atobi.deliveries_delivery_seq`;
  return async () => {
    for (const table of tables) {
      const columns = await sql<{ name: string }[]>`
        SELECT column_name AS name FROM information_schema.columns
        WHERE table_schema = 'atobi' AND table_name = ${table} AND is_generated = 'NEVER'`;
      const names = columns.map(({ name }) => `"${name}"`).join(', ');
      await sql.unsafe(`TRUNCATE atobi.${table};
        INSERT INTO atobi.${table} (${names}) OVERRIDING SYSTEM VALUE SELECT ${names} FROM public.saved_${table}`);
    }
    await sql`SELECT setval('atobi.deliveries_delivery_seq', ${saved!.last}::bigint, ${saved!.called})`;
  };
}

describe('a database restored from a backup', () => {
  it('is noticed although nothing in it says so: the push waits, and then sends with the same ids', async () => {
    world = await atobiWorld();
    await world.worker();
    await fillValues(world, 20);
    await world.sync();
    const restore = await backup(world);
    await fillValues(world, 20, { plus: 100 });
    await world.sync();
    const ids = world.sandbox.atobi.accepted().map(({ id }) => id);
    await restore();
    world.sandbox.resetJournal();
    const run = await world.start();
    const parked = await world.receipt(run);
    expect(parked).toMatchObject({ status: 'parked' });
    expect(parked.reasons.join()).toMatch(
      /journal is behind: an earlier run ended with delivery 2, but its newest is 1/,
    );
    expect(world.sandbox.journal()).toEqual([]);
    await run.handle.signal(approvePushSignal);
    expect(countsOf(await run.handle.result())).toMatchObject({ updated: 20 });
    expect(world.sandbox.atobi.accepted().map(({ id }) => id)).toEqual(ids);
    // No number names two deliveries, and the next push asks nobody.
    expect((await journalOf(world)).map(({ delivery }) => delivery)).toEqual([1, 3]);
    expect(await world.sync()).toMatchObject({ status: 'completed' });
  });
});
