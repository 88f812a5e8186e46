import { bigint, boolean, index, integer, jsonb, pgSchema, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { instant, integer64, recordKey, recordTrail } from './columns.ts';

/** Vibes' incentive pools. Column names are the vendor's own, nested ones joined by `_`. */
export const vibes = pgSchema('vibes');

export const pools = vibes.table(
  'pools',
  {
    ...recordKey(),
    name: text(),
    issuance_allowed: boolean(),
    redemption_allowed: boolean(),
    incentive_codes_total: integer64(),
    incentive_codes_issued: integer64(),
    incentive_codes_remaining: integer64(),
    incentive_codes_low_threshold: integer64(),
    incentive_codes_max_characters: integer64(),
    distribution_method: text(),
    notification_email_address: text(),
    created_at: instant(),
    updated_at: instant(),
    url: text(),
    ...recordTrail(),
  },
  (table) => [primaryKey({ columns: [table.connection, table.id] })],
);

/** What a pool's counters were, and when: a row when one of them has changed, and one a day while none does. */
export const pool_levels = vibes.table(
  'pool_levels',
  {
    connection: text().notNull(),
    pool_id: integer64().notNull(),
    read_at: instant().notNull(),
    total: integer64(),
    issued: integer64(),
    remaining: integer64(),
    low_threshold: integer64(),
  },
  (table) => [primaryKey({ columns: [table.connection, table.pool_id, table.read_at] })],
);

/** The journal of what was changed at Vibes: a row per pool, written before anything is sent. */
export const pool_changes = vibes.table(
  'pool_changes',
  {
    change: bigint({ mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
    connection: text().notNull(),
    /** Changes that a person approved together. */
    plan: uuid().notNull(),
    /** create or update. */
    action: text().notNull(),
    /** Of a pool that is to be created, known once it is. */
    pool_id: integer64(),
    name: text().notNull(),
    /** What was wanted, in the vendor's names. */
    settings: jsonb().$type<Record<string, unknown>>().notNull(),
    /** Fingerprint of the pool as the person saw it; null for one that is to be created. */
    seen: text(),
    before: jsonb().$type<Record<string, unknown>>(),
    after: jsonb().$type<Record<string, unknown>>(),
    /** planned, sent, done, refused or unknown. */
    state: text().notNull().default('planned'),
    reason: text(),
    run_id: text(),
    /** Of the activity that sent it; an older one sends nothing any more. */
    attempt: integer().notNull().default(0),
    planned_at: instant().notNull().defaultNow(),
    sent_at: instant(),
    settled_at: instant(),
  },
  (table) => [
    index('pool_changes_plan').on(table.plan),
    index('pool_changes_pool').on(table.connection, table.pool_id),
  ],
);
