import postgres from 'postgres';
import { Pool } from 'undici';
import { clientOptions } from '../src/store/connect.ts';
import { recordTables } from '../src/store/tables.ts';
import { incentifyFields } from '../src/vendors/incentify/fields.ts';

const batchRows = 5_000;

type Stream = keyof typeof incentifyFields;

/**
 * What one would write in an afternoon: the same pages one after another, upserted in 5,000-row statements into tables of
 * the same shape, with nothing durable about it.
 */
export async function createPlainLoop(databaseUrl: string, baseUrl: string, apiKey: string) {
  const sql = postgres(databaseUrl, { ...clientOptions(databaseUrl, 'plain loop'), max: 1 });
  await sql.unsafe('CREATE SCHEMA IF NOT EXISTS plain');
  for (const stream of Object.keys(incentifyFields)) {
    await sql.unsafe(`CREATE TABLE IF NOT EXISTS plain.${stream} (LIKE incentify.${stream} INCLUDING ALL)`);
  }
  const { origin, pathname } = new URL(baseUrl);
  const pool = new Pool(origin, { connections: 1 });

  async function fetchPage(stream: Stream, page: number): Promise<{ data: object[]; links: { next: string | null } }> {
    const { body } = await pool.request({
      method: 'GET',
      path: `${pathname}/${stream}?page=${page}`,
      headers: { 'x-api-key': apiKey },
    });
    return (await body.json()) as { data: object[]; links: { next: string | null } };
  }

  async function pull(stream: Stream): Promise<number> {
    let [rows, batch, page] = [0, [] as object[], 1];
    for (;;) {
      const { data, links } = await fetchPage(stream, page++);
      for (const record of data) batch.push(flatten(stream, record));
      rows += data.length;
      if (batch.length >= batchRows || links.next === null) {
        await sql.unsafe(upsert(stream), [JSON.stringify(batch)]);
        batch = [];
      }
      if (links.next === null) return rows;
    }
  }

  return {
    run: async () => {
      let rows = 0;
      for (const stream of ['projects', 'credits', 'utilizations'] as const) rows += await pull(stream);
      return rows;
    },
    empty: () => sql.unsafe('TRUNCATE plain.projects, plain.credits, plain.utilizations'),
    close: () => Promise.all([sql.end(), pool.close()]),
  };
}

/** One object a row, its keys the table's columns. */
function flatten(stream: Stream, record: object): Record<string, unknown> {
  const row: Record<string, unknown> = { connection: 'portfolio', id: (record as { id: number }).id, raw: record };
  for (const { column, path } of incentifyFields[stream]) {
    let value: unknown = record;
    for (const name of path) value = (value as Record<string, unknown> | null | undefined)?.[name];
    row[column] = value;
  }
  row.content_hash = '00000000-0000-0000-0000-000000000000';
  row.run_id = 'loop';
  return row;
}

const types = {
  text: 'text',
  integer: 'bigint',
  exact: 'numeric',
  boolean: 'boolean',
  instant: 'timestamptz',
  date: 'date',
  json: 'jsonb',
};

/** Of the ways tried to hand over 5,000 rows of 45 columns (unnest, json_populate_recordset, this one) the fastest. */
function upsert(stream: Stream): string {
  const { columns } = recordTables.incentify[stream];
  const all = ['connection', 'id', ...columns, 'raw', 'content_hash', 'run_id'].join(', ');
  const typed = incentifyFields[stream].map(({ column, type }) => `${column} ${types[type]}`).join(', ');
  const assignments = [...columns, 'raw'].map((column) => `${column} = excluded.${column}`).join(', ');
  return `INSERT INTO plain.${stream} (${all}) SELECT ${all} FROM jsonb_to_recordset($1::text::jsonb)
      AS row (connection text, id bigint, ${typed}, raw jsonb, content_hash uuid, run_id text)
    ON CONFLICT (connection, id) DO UPDATE SET ${assignments}`;
}
