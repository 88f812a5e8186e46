import { bigint, jsonb, numeric, text, timestamp, uuid } from 'drizzle-orm/pg-core';

/** Vendor times, and ours: always `timestamptz`, read back as text so that no digit is lost. */
export const instant = () => timestamp({ withTimezone: true, mode: 'string' });

/** Vendor ids and counts: the whole range of `bigint`, beyond what a JavaScript number holds. */
export const integer64 = () => bigint({ mode: 'bigint' });

/** How many of something, from 0. */
export const count = () => bigint({ mode: 'number' }).notNull().default(0);

/** Money, rates and coordinates: every digit that the vendor sent. */
export const exact = () => numeric();

/** The columns that every vendor table begins with. The primary key is `connection` + `id`. */
export const recordKey = () => ({
  connection: text().notNull(),
  id: integer64().notNull(),
});

/** The columns that every vendor table ends with. */
export const recordTrail = () => ({
  raw: jsonb().notNull(),
  content_hash: uuid().notNull(),
  synced_at: instant().notNull().defaultNow(),
  run_id: text().notNull(),
  deleted_at: instant(),
});
