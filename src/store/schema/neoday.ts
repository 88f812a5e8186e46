import { bigint, boolean, index, integer, jsonb, pgSchema, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { exact, instant, integer64 } from './columns.ts';

/**
 * NeoDay's exports. Column names of rows are the vendor's own. The views `current_…`, and the tables `staged_…` that a file
 * is loaded through, stand in the migrations: Drizzle knows neither unlogged tables nor our views.
 */
export const neoday = pgSchema('neoday');

const count = () => bigint({ mode: 'number' }).notNull().default(0);

export const exports_ = neoday.table(
  'exports',
  {
    connection: text().notNull(),
    /** The vendor's `system_name`. */
    export: text().notNull(),
    id: text().notNull(),
    /** Without schema: `win_info`, or `other_rows`. */
    table_name: text().notNull(),
    mode: text().notNull(),
    time_zone: text(),
    first_seen_at: instant().notNull().defaultNow(),
    last_seen_at: instant().notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.connection, table.export] })],
);

export const results = neoday.table(
  'results',
  {
    connection: text().notNull(),
    export: text().notNull(),
    result_id: text().notNull(),
    sequence: bigint({ mode: 'number' }).generatedAlwaysAsIdentity().unique(),
    created_at: instant().notNull(),
    expires_at: instant(),
    state: text().notNull().default('pending'),
    reason: text(),
    etag: text(),
    length: bigint({ mode: 'number' }),
    bytes_done: count(),
    rows_done: count(),
    merged_rows: count(),
    quarantined: count(),
    time_zone: text(),
    found_at: instant().notNull().defaultNow(),
    opened_at: instant(),
    loaded_at: instant(),
    run_id: text(),
  },
  (table) => [
    primaryKey({ columns: [table.connection, table.export, table.result_id] }),
    index('results_created').on(table.connection, table.export, table.created_at),
  ],
);

/** Which row: its content, and which of the rows of one file with the same content. */
const rowKey = () => ({
  connection: text().notNull(),
  content_hash: integer64().notNull(),
  ordinal: integer().notNull(),
});

const rowTrail = () => ({
  raw: jsonb(),
  first_result: bigint({ mode: 'number' }).notNull(),
  last_result: bigint({ mode: 'number' }),
  synced_at: instant().notNull().defaultNow(),
  run_id: text().notNull(),
});

type RowKey = ReturnType<typeof rowKey>;
