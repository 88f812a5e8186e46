import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  type ExtraConfigColumn,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
} from 'drizzle-orm/pg-core';
import { count, exact, instant, integer64 } from './columns.ts';

/**
 * NeoDay's exports. Column names of rows are the vendor's own. The views `current_…`, and the tables `staged_…` that a file
 * is loaded through, stand in the migrations: Drizzle knows neither unlogged tables nor our views.
 */
export const neoday = pgSchema('neoday');

export const vendorExports = neoday.table(
  'exports',
  {
    connection: text().notNull(),
    /** The vendor's `system_name`. */
    export: text().notNull(),
    id: text().notNull(),
    /** Without schema: `win_info`, or `other_rows`. */
    table_name: text().notNull(),
    /** `merge` or `snapshot`. */
    mode: text().notNull(),
    time_zone: text().notNull(),
    /** In snapshot mode: the newest result whose rows all stay, since later ones have far fewer; null where none is. */
    kept_result: bigint({ mode: 'number' }),
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
    created: count(),
    updated: count(),
    unchanged: count(),
    quarantined: count(),
    mapping: text(),
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

/** Which row: its content, and which of the equal rows of a file. */
const rowKey = () => ({
  connection: text().notNull(),
  content_hash: integer64().notNull(),
  ordinal: integer().notNull(),
});

const rowTrail = () => ({
  raw: jsonb(),
  ...shown(),
});

const shown = () => ({
  first_result: bigint({ mode: 'number' }).notNull(),
  last_result: bigint({ mode: 'number' }),
  synced_at: instant().notNull().defaultNow(),
  run_id: text().notNull(),
});

type Columns = Record<'connection' | 'content_hash' | 'ordinal' | 'last_result', ExtraConfigColumn>;

/** Open rows have an index of their own: a small file is merged without a look at all that was ever shown. */
const keyed = (name: string) => (table: Columns) => [
  primaryKey({ name: `${name}_pk`, columns: [table.connection, table.content_hash, table.ordinal] }),
  index(`${name}_open`).on(table.connection).where(sql`${table.last_result} IS NULL`),
];

export const campaign_info = neoday.table(
  'campaign_info',
  {
    ...rowKey(),
    campaign_name: text(),
    campaign_code: text(),
    campaign_start: instant(),
    campaign_end: instant(),
    ...rowTrail(),
  },
  keyed('campaign_info'),
);

export const user_base_connections = neoday.table(
  'user_base_connections',
  { ...rowKey(), userid: text(), client_id: text(), ...rowTrail() },
  keyed('user_base_connections'),
);

export const player_info_user_id = neoday.table(
  'player_info_user_id',
  {
    ...rowKey(),
    userid: text(),
    stackinstanceid: text(),
    value: exact(),
    participation_date: instant(),
    participation_date_local: text(),
    time_zone: text(),
    ...rowTrail(),
  },
  keyed('player_info_user_id'),
);

export const player_info_game_type = neoday.table(
  'player_info_game_type',
  { ...rowKey(), stackinstanceid: text(), stackid: text(), game_type: text(), ...rowTrail() },
  keyed('player_info_game_type'),
);

export const win_info = neoday.table(
  'win_info',
  {
    ...rowKey(),
    userid: text(),
    stackid: text(),
    haswon: boolean(),
    participation_date: instant(),
    participation_date_local: text(),
    time_zone: text(),
    ...rowTrail(),
  },
  keyed('win_info'),
);

export const all_coupons = neoday.table(
  'all_coupons',
  {
    ...rowKey(),
    userid: text(),
    coupon_name: text(),
    received_date: instant(),
    received_date_local: text(),
    time_zone: text(),
    ...rowTrail(),
  },
  keyed('all_coupons'),
);

export const challenges_user_id = neoday.table(
  'challenges_user_id',
  {
    ...rowKey(),
    userid: text(),
    stackinstanceid: text(),
    hascompleted: boolean(),
    participation_date: instant(),
    participation_date_local: text(),
    time_zone: text(),
    ...rowTrail(),
  },
  keyed('challenges_user_id'),
);

export const challenges_game_type = neoday.table(
  'challenges_game_type',
  { ...rowKey(), stackinstanceid: text(), stackid: text(), game_type: text(), ...rowTrail() },
  keyed('challenges_game_type'),
);

export const gamification_prize_user_id = neoday.table(
  'gamification_prize_user_id',
  {
    ...rowKey(),
    userid: text(),
    game_id: text(),
    game_name: text(),
    prizeid: text(),
    claimed_date: instant(),
    claimed_date_local: text(),
    time_zone: text(),
    ...rowTrail(),
  },
  keyed('gamification_prize_user_id'),
);

export const gamification_prize_prize_type = neoday.table(
  'gamification_prize_prize_type',
  { ...rowKey(), prizeid: text(), game_id: text(), prize_name: text(), prize_type: text(), ...rowTrail() },
  keyed('gamification_prize_prize_type'),
);

/** Rows of exports outside the ten, kept as they are. */
export const other_rows = neoday.table(
  'other_rows',
  { ...rowKey(), export: text().notNull(), raw: jsonb().notNull(), ...shown() },
  (table) => [
    primaryKey({ name: 'other_rows_pk', columns: [table.connection, table.export, table.content_hash, table.ordinal] }),
    index('other_rows_open').on(table.connection, table.export).where(sql`${table.last_result} IS NULL`),
  ],
);
