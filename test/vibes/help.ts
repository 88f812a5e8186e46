import type { World } from '../support/world.ts';

/** As if nothing had ever run here. */
export async function startOver({ sandbox, sql, client }: World): Promise<void> {
  const terminated = client.workflow.getHandle('sync/coupons').terminate();
  await terminated.catch(() => undefined);
  sandbox.reset();
  await sql`TRUNCATE vibes.pools, vibes.pool_levels, vibes.pool_changes, sync.runs, sync.cursors, sync.pages, sync.missing,
    sync.connections, sync.receipts, sync.quarantine`;
}

/** How the live rows differ from what the vendor has, as JSON values compared by PostgreSQL. */
export async function differences({ sandbox, sql }: World): Promise<{ missing: number; extra: number }> {
  const texts = [...sandbox.records('vibes', 'pools')].map(({ text }) => text);
  const [row] = await sql<{ missing: number; extra: number }[]>`
    WITH source AS (SELECT value FROM jsonb_array_elements(${`[${texts.join(',')}]`}::text::jsonb)),
      stored AS (SELECT raw AS value FROM vibes.pools WHERE deleted_at IS NULL)
    SELECT (SELECT count(*)::int FROM (SELECT * FROM source EXCEPT ALL SELECT * FROM stored) AS one) AS missing,
      (SELECT count(*)::int FROM (SELECT * FROM stored EXCEPT ALL SELECT * FROM source) AS other) AS extra`;
  if (row === undefined) throw new Error('nothing was compared');
  return row;
}

export const none = { missing: 0, extra: 0 };

/** Levels as they were written, oldest first. */
export function levelsOf({ sql }: World, id: number) {
  return sql<{ total: number; issued: number; remaining: number; threshold: number }[]>`
    SELECT total::int, issued::int, remaining::int, low_threshold::int AS threshold FROM vibes.pool_levels
    WHERE pool_id = ${id} ORDER BY read_at`;
}
