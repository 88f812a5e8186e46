import type { Sql } from 'postgres';
import type { JournalEntry } from '../../src/sandbox/journal.ts';
import { rowTableOf } from '../../src/store/neoday/tables.ts';
import type { World } from './world.ts';

/** A file's rows as JSON texts, in order. */
type Texts = Iterable<string>;

const atOnce = 20_000;

/**
 * How the rows that are stored of an export differ from those that files held, as JSON values compared by PostgreSQL: a
 * content must be there as often as the file that had it most often. All zero when every row is there once.
 *
 * @param files all of the export's results unless told.
 */
export async function rowDifferences(world: World, name: string, files?: readonly Texts[]) {
  const { neoday } = world.sandbox;
  const wanted = files ?? neoday.results(name).map(({ id }) => neoday.file(id).texts());
  const own = await world.sql.reserve();
  try {
    await own`CREATE TEMP TABLE source (file int, content text)`;
    for (const [number, texts] of wanted.entries()) await fill(own, number, texts);
    const [row] = await own.unsafe<{ missing: number; extra: number; stored: number }[]>(comparison(name));
    await own`DROP TABLE source`;
    return row!;
  } finally {
    own.release();
  }
}

async function fill(sql: Sql, file: number, texts: Texts): Promise<void> {
  const insert = (some: readonly string[]) =>
    sql`INSERT INTO source SELECT ${file}, value::text FROM jsonb_array_elements(${`[${some.join(',')}]`}::text::jsonb)`;
  let some: string[] = [];
  for (const text of texts) {
    some.push(text);
    if (some.length < atOnce) continue;
    await insert(some);
    some = [];
  }
  if (some.length > 0) await insert(some);
}

function comparison(name: string): string {
  const table = rowTableOf(name.replaceAll('-', '_'));
  const ofExport = table.shared ? ` AND export = '${name}'` : '';
  return `
    WITH wanted AS (
      SELECT content, max(times) AS times
      FROM (SELECT content, count(*) AS times FROM source GROUP BY file, content) AS held GROUP BY content
    ), stored AS (
      SELECT ${table.record('kept')}::text AS content, count(*) AS times FROM ${table.name} AS kept
      WHERE connection = 'games'${ofExport} GROUP BY 1
    )
    SELECT
      coalesce(sum(greatest(coalesce(wanted.times, 0) - coalesce(stored.times, 0), 0)), 0)::int AS missing,
      coalesce(sum(greatest(coalesce(stored.times, 0) - coalesce(wanted.times, 0), 0)), 0)::int AS extra,
      coalesce(sum(stored.times), 0)::int AS stored
    FROM wanted FULL JOIN stored USING (content)`;
}

/** The requests for files, in order of arrival. */
export function downloadsOf({ sandbox }: World, name?: string): JournalEntry[] {
  return sandbox.journal({ system: 'neoday', stream: name }).filter(({ step }) => step === 'download');
}

/**
 * How many bytes each of the requests for one file asked for again although an earlier one had brought them. Below zero:
 * so many bytes nobody asked for.
 */
export function seamsOf(downloads: readonly Pick<JournalEntry, 'rangeStart' | 'bytes'>[]): number[] {
  return downloads.slice(1).map(({ rangeStart }, index) => {
    const before = downloads[index];
    return (before?.rangeStart ?? 0) + (before?.bytes ?? 0) - (rangeStart ?? 0);
  });
}

export interface LedgerEntry {
  id: string;
  state: string;
  reason: string | null;
  bytes: number;
  rows: number;
  quarantined: number;
}

/** What the ledger says of an export's results, oldest first. */
export async function ledgerOf({ sql }: World, name: string): Promise<LedgerEntry[]> {
  return [
    ...(await sql<LedgerEntry[]>`
      SELECT result_id AS id, state, reason, bytes_done::float8 AS bytes, rows_done::float8 AS rows, quarantined::float8
      FROM neoday.results WHERE export = ${name} ORDER BY created_at, sequence`),
  ];
}

/** Version of every stored row of a type: one that was written again, even with the same values, has another. */
export async function versions({ sql }: World, type: string): Promise<Map<string, string>> {
  const rows = await sql.unsafe<{ key: string; version: string }[]>(
    `SELECT concat_ws(' ', content_hash, ordinal) AS key, concat_ws(' ', xmin, ctid) AS version FROM neoday.${type}`,
  );
  return new Map(rows.map(({ key, version }) => [key, version]));
}
