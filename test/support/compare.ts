import type { Sql } from 'postgres';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';

export const portfolioStreams = ['projects', 'credits', 'utilizations'] as const;

/**
 * How a table differs from the sandbox's records, compared as JSON values by PostgreSQL itself, so that no JavaScript
 * number stands between. All zero when every record is there once and equal.
 */
export async function differences(
  sql: Sql,
  sandbox: Sandbox,
  stream: (typeof portfolioStreams)[number] | 'incentive_programs',
) {
  const texts = [...sandbox.records('incentify', stream)].map(({ text }) => text);
  const [row] = await sql.unsafe<{ missing: number; extra: number; different: number; doubled: number }[]>(
    `WITH source AS (SELECT (value ->> 'id')::bigint AS id, value FROM jsonb_array_elements($1::text::jsonb)),
       stored AS (SELECT id, raw FROM incentify.${stream} WHERE connection = 'portfolio' AND deleted_at IS NULL)
     SELECT
       (SELECT count(*)::int FROM source WHERE NOT EXISTS (SELECT FROM stored WHERE stored.id = source.id)) AS missing,
       (SELECT count(*)::int FROM stored WHERE NOT EXISTS (SELECT FROM source WHERE source.id = stored.id)) AS extra,
       (SELECT count(*)::int FROM source JOIN stored USING (id) WHERE stored.raw <> source.value) AS different,
       (SELECT (count(*) - count(DISTINCT id))::int FROM stored) AS doubled`,
    [`[${texts.join(',')}]`],
  );
  return row!;
}

export const none = { missing: 0, extra: 0, different: 0, doubled: 0 };
