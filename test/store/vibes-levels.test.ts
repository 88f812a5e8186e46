import type { Sql } from 'postgres';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../../src/store/migrate.ts';
import { noteLevels } from '../../src/store/vibes/levels.ts';
import { connect, emptyDatabase } from './database.ts';

const id = '301';
const hashOf = (version: number) => version.toString(16).padStart(32, '0');

let sql: Sql;
beforeAll(async () => {
  const url = await emptyDatabase();
  await migrate({ url });
  sql = connect(url);
});

beforeEach(async () => {
  await sql`TRUNCATE vibes.pools, vibes.pool_levels, sync.pages`;
});

interface Level {
  total: number | null;
  remaining: number | null;
  threshold?: number;
}

/** The pool's row as a sync has just stored it. */
async function store({ total, remaining, threshold = 10 }: Level, version = 1): Promise<void> {
  const issued = total === null || remaining === null ? null : total - remaining;
  await sql`
    INSERT INTO vibes.pools (connection, id, name, issuance_allowed, incentive_codes_total, incentive_codes_issued,
      incentive_codes_remaining, incentive_codes_low_threshold, raw, content_hash, run_id)
    VALUES ('c', ${id}, 'Pool', true, ${total}, ${issued}, ${remaining}, ${threshold}, '{}', ${hashOf(version)}, 'r')
    ON CONFLICT (connection, id) DO UPDATE SET incentive_codes_total = excluded.incentive_codes_total,
      incentive_codes_issued = excluded.incentive_codes_issued,
      incentive_codes_remaining = excluded.incentive_codes_remaining,
      incentive_codes_low_threshold = excluded.incentive_codes_low_threshold, content_hash = excluded.content_hash`;
}

const note = (version = 1, times = 1) =>
  sql.begin((transaction) =>
    noteLevels(
      transaction,
      'c',
      Array.from({ length: times }, () => ({ id, hash: hashOf(version) })),
    ),
  );

const levels = async () =>
  (await sql`SELECT total::int, remaining::int, low_threshold::int FROM vibes.pool_levels ORDER BY read_at`).map(
    ({ total, remaining, low_threshold }) => [total, remaining, low_threshold],
  );

describe('levels', () => {
  it('are written when a counter has changed, and not again while none does', async () => {
    await store({ total: 100, remaining: 90 });
    await note();
    await note();
    await note(1, 3);
    expect(await levels()).toEqual([[100, 90, 10]]);
    await store({ total: 100, remaining: 89 }, 2);
    await note(2, 2);
    await store({ total: 100, remaining: 89, threshold: 20 }, 3);
    await note(3);
    await store({ total: 100, remaining: 90, threshold: 20 }, 4);
    await note(4);
    expect(await levels()).toEqual([
      [100, 90, 10],
      [100, 89, 10],
      [100, 89, 20],
      [100, 90, 20],
    ]);
  });

  it('are written once a day although nothing changes', async () => {
    await store({ total: 100, remaining: 90 });
    await note();
    await sql`UPDATE vibes.pool_levels SET read_at = now() - interval '23 hours'`;
    await note();
    expect(await levels()).toHaveLength(1);
    await sql`UPDATE vibes.pool_levels SET read_at = now() - interval '24 hours'`;
    await note();
    expect(await levels()).toHaveLength(2);
  });

  it('are not written for a pool whose record was put aside, nor where nothing is counted', async () => {
    await store({ total: 100, remaining: 90 });
    await note(2);
    expect(await levels()).toEqual([]);
    await store({ total: null, remaining: null }, 3);
    await note(3);
    expect(await levels()).toEqual([]);
  });
});

/** Levels so many hours ago; the newest reading is the last one. */
async function history(...readings: [hoursAgo: number, total: number, remaining: number][]): Promise<void> {
  const [, total, remaining] = readings.at(-1) ?? [0, 0, 0];
  await store({ total, remaining });
  for (const [hoursAgo, all, left] of readings) {
    await sql`
      INSERT INTO vibes.pool_levels (connection, pool_id, read_at, total, issued, remaining, low_threshold)
      VALUES ('c', ${id}, now() - ${hoursAgo}::float8 * interval '1 hour', ${all}, ${all - left}, ${left}, 10)`;
  }
}

/** A page of the newest run showed the pool so many hours ago. */
async function lastShown(hoursAgo: number): Promise<void> {
  await sql`
    INSERT INTO sync.pages (run_id, stream, pass, page, connection, query, ids, committed_at)
    VALUES ('r', 'pools', 1, 1, 'c', '', ${sql.unsafe(`ARRAY[${id}]::bigint[]`)}, now() - ${hoursAgo}::float8 * interval '1 hour')`;
}

async function forecast() {
  const [row] = await sql<{ perDay: number | null; hours: number | null; low: boolean; readings: number }[]>`
    SELECT round(issued_per_day, 1)::float8 AS "perDay", round(extract(epoch FROM runs_out_at - now()) / 3600)::int AS hours, low,
      readings::int FROM vibes.pool_forecast`;
  return row;
}

describe('the forecast', () => {
  it('tells the rate of the last readings and when the pool runs out', async () => {
    await history([48, 1000, 980], [24, 1000, 740], [0, 1000, 500]);
    expect(await forecast()).toEqual({ perDay: 240, hours: 50, low: false, readings: 3 });
  });

  it('is not misled by codes that were uploaded between two readings, or just now', async () => {
    await history([48, 1000, 500], [24, 3000, 2260], [0, 5000, 4020]);
    expect(await forecast()).toMatchObject({ perDay: 240, hours: 402 });
  });

  it('cannot be told by one reading, by readings of a few minutes, or while nothing is issued', async () => {
    await history([5, 1000, 500]);
    expect(await forecast()).toMatchObject({ perDay: null, hours: null });
    await sql`TRUNCATE vibes.pool_levels`;
    await history([0.1, 1000, 500], [0, 1000, 400]);
    expect(await forecast()).toMatchObject({ perDay: null, hours: null });
    await sql`TRUNCATE vibes.pool_levels`;
    await history([48, 1000, 500], [24, 1000, 500], [0, 1000, 500]);
    expect(await forecast()).toMatchObject({ perDay: null, hours: null });
    await sql`TRUNCATE vibes.pool_levels`;
    await history([48, 1000, 500], [0, 800, 400]);
    expect(await forecast()).toMatchObject({ perDay: null, hours: null });
  });

  it('counts the time in which nothing changed, of which there are no rows', async () => {
    await history([21, 1000, 900], [20, 1000, 660]);
    expect(await forecast()).toMatchObject({ perDay: 5760 });
    await lastShown(1);
    expect(await forecast()).toMatchObject({ perDay: 288, hours: 54 });
  });

  it('looks back a week', async () => {
    await history([24 * 30, 10_000, 9000], [24 * 8, 10_000, 1000], [24 * 4, 10_000, 930], [0, 10_000, 920]);
    expect(await forecast()).toMatchObject({ perDay: 10, readings: 3 });
  });

  it('of a pool that has run out is the moment it did; of one far from it, none', async () => {
    await history([48, 1000, 500], [0, 1000, 0]);
    expect(await forecast()).toMatchObject({ hours: 0, low: true });
    await sql`TRUNCATE vibes.pool_levels`;
    await history([48, 4e15, 4e15], [0, 4e15, 4e15 - 1]);
    expect(await forecast()).toMatchObject({ perDay: 0.5, hours: null, low: false });
  });

  it('is silent about pools that issue nothing or are gone', async () => {
    await history([48, 1000, 900], [0, 1000, 500]);
    await sql`UPDATE vibes.pools SET issuance_allowed = false`;
    expect(await forecast()).toMatchObject({ perDay: 200, hours: null });
    await sql`UPDATE vibes.pools SET deleted_at = now()`;
    expect(await forecast()).toBeUndefined();
  });
});
