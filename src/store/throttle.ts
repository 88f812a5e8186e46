import type { Sql } from 'postgres';
import { databaseError } from './errors.ts';

const highest = 4;
const recoverySeconds = 30;

/** One step less for each half minute that has passed since the last pause was over, by the database's clock. */
const now = `greatest(0, throttle - greatest(0, floor(extract(epoch FROM clock_timestamp() - throttled_at) / ${recoverySeconds}))::int)`;

/** How far the vendor has slowed a connection down by now: 0 for not at all, 4 at most. */
export async function throttleOf(sql: Sql, connection: string): Promise<number> {
  try {
    const [row] = await sql<{ level: number }[]>`
      SELECT ${sql.unsafe(now)} AS level FROM sync.connections WHERE connection = ${connection}`;
    return row?.level ?? 0;
  } catch (error) {
    throw databaseError(`read how far \`${connection}\` is slowed down`, error);
  }
}

/** The vendor has asked for a pause: one step slower, from the end of that pause on. */
export async function slowDown(sql: Sql, connection: string, pauseMs: number): Promise<void> {
  await sql`
    UPDATE sync.connections SET
      throttle = least(${highest}, ${sql.unsafe(now)} + 1),
      throttled_at = clock_timestamp() + ${pauseMs / 1000}::float8 * interval '1 second'
    WHERE connection = ${connection}`.catch((error) => {
    throw databaseError(`slow \`${connection}\` down`, error);
  });
}
