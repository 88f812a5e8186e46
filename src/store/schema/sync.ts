import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Receipt } from '../../receipt.ts';
import { count, instant, integer64 } from './columns.ts';

/** The product's own records: what ran, how far it is, what it counted, what it put aside. */
export const sync = pgSchema('sync');

export const installation = sync.table('installation', {
  id: uuid().primaryKey().defaultRandom(),
  /** Always true and unique: one row. */
  singleton: boolean().notNull().default(true).unique(),
  created_at: instant().notNull().defaultNow(),
});

export const runs = sync.table(
  'runs',
  {
    run_id: text().primaryKey(),
    sequence: bigint({ mode: 'number' }).generatedAlwaysAsIdentity().unique(),
    connection: text().notNull(),
    system: text().notNull(),
    workflow_id: text().notNull(),
    trigger: text().notNull(),
    /** The streams that it was asked to read; null: all of the connection. */
    streams: text().array(),
    /** When its schedule was due; null where no schedule began it. */
    due_at: instant(),
    status: text().notNull(),
    status_at: instant().notNull().defaultNow(),
    /** credential, settings, deletes or push, while the run is parked. */
    waits_for: text(),
    waits_stream: text(),
    waits_why: text(),
    started_at: instant().notNull().defaultNow(),
    finished_at: instant(),
  },
  (table) => [index('runs_connection').on(table.connection, table.sequence)],
);

export const cursors = sync.table(
  'cursors',
  {
    connection: text().notNull(),
    stream: text().notNull(),
    run_id: text().notNull(),
    run_sequence: bigint({ mode: 'number' }).notNull(),
    lease: bigint({ mode: 'number' }).notNull(),
    attempt: integer().notNull(),
    epoch: bigint({ mode: 'number' }).notNull().default(0),
    pass: integer().notNull().default(1),
    /** Query string of the next page, without `?`; empty before the first page. */
    next_query: text().notNull().default(''),
    next_page: integer().notNull().default(1),
    done: boolean().notNull().default(false),
    last_page: integer(),
    /** True once a page's `links.next` was not the one guessed: from then on links are followed one by one. */
    linked: boolean().notNull().default(false),
    source_total: bigint({ mode: 'number' }),
    fetched: count(),
    created: count(),
    updated: count(),
    unchanged: count(),
    quarantined: count(),
    deleted: count(),
    pages: count(),
    requests: count(),
    bytes: count(),
    /** Attempts in a row that ended without committing a page. */
    failures: integer().notNull().default(0),
    /** How many of these brought an answer that is not as the vendor documents. */
    contract_failures: integer().notNull().default(0),
    started_at: instant().notNull().defaultNow(),
    progressed_at: instant().notNull().defaultNow(),
    /** When the pass asked for its first page: a complete pass shows the source as of then. */
    pass_started_at: instant().notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.connection, table.stream] })],
);

export const pages = sync.table(
  'pages',
  {
    run_id: text().notNull(),
    stream: text().notNull(),
    pass: integer().notNull(),
    page: integer().notNull(),
    connection: text().notNull(),
    query: text().notNull(),
    ids: integer64().array().notNull(),
    /** Records of this page that were put aside and told no id: they count as seen, but cannot be named. */
    anonymous: integer().notNull().default(0),
    /** How many records the source said it has when it answered this page. */
    total: bigint({ mode: 'number' }),
    /** The most that it had said in answers that had come before this page was asked for. */
    total_before: bigint({ mode: 'number' }),
    committed_at: instant().notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.run_id, table.stream, table.pass, table.page] }),
    index('pages_connection').on(table.connection),
  ],
);

/** Rows that a complete pass did not show. Missing from a second complete pass as well, they are marked as deleted. */
export const missing = sync.table(
  'missing',
  {
    connection: text().notNull(),
    stream: text().notNull(),
    id: integer64().notNull(),
    run_id: text().notNull(),
    pass: integer().notNull(),
    noticed_at: instant().notNull().defaultNow(),
    /** True once a second complete pass did not show it either. */
    confirmed: boolean().notNull().default(false),
  },
  (table) => [primaryKey({ columns: [table.connection, table.stream, table.id] })],
);

/** What each connection points at, so that two accounts under one name never overwrite each other. */
export const connections = sync.table('connections', {
  connection: text().primaryKey(),
  system: text().notNull(),
  /** Scheme, host, port and base path of the vendor's API; null once a person has let it point elsewhere. */
  points_at: text(),
  /** The next page that tells accounts may tell any: true from `connection reset` until then. */
  any_account: boolean().notNull().default(false),
  first_seen_at: instant().notNull().defaultNow(),
  /** How far the vendor has slowed us down: each step halves the pages asked for at once. */
  throttle: integer().notNull().default(0),
  throttled_at: instant().notNull().defaultNow(),
});

export const receipts = sync.table(
  'receipts',
  {
    run_id: text().primaryKey(),
    connection: text().notNull(),
    system: text().notNull(),
    status: text().notNull(),
    receipt: jsonb().$type<Receipt>().notNull(),
    started_at: instant().notNull(),
    finished_at: instant().notNull().defaultNow(),
    seconds: doublePrecision().notNull(),
  },
  (table) => [index('receipts_connection').on(table.connection, table.finished_at)],
);

export const quarantine = sync.table(
  'quarantine',
  {
    id: bigint({ mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
    connection: text().notNull(),
    stream: text().notNull(),
    record_id: integer64(),
    content_hash: uuid().notNull(),
    /** Where in the record, in the vendor's names joined by dots; empty for the record as a whole. */
    path: text().notNull(),
    reason: text().notNull(),
    raw_text: text(),
    raw_base64: text(),
    /** 0 for a row of a file, which has `result_id` and `row_number` instead. */
    page: integer().notNull(),
    result_id: text(),
    row_number: bigint({ mode: 'number' }),
    /** How often that file shows these bytes. */
    times: integer().notNull().default(1),
    /** Version of the mapping that it did not fit; null where that was not noted. */
    mapping_version: integer(),
    run_id: text().notNull(),
    first_seen_at: instant().notNull().defaultNow(),
    last_seen_at: instant().notNull().defaultNow(),
    resolved_at: instant(),
    resolution: text(),
  },
  (table) => [
    uniqueIndex('quarantine_content').on(table.connection, table.stream, table.content_hash),
    index('quarantine_open')
      .on(table.connection, table.stream, table.record_id)
      .where(sql`${table.resolved_at} IS NULL`),
  ],
);

/**
 * The journal of causes: what made a run slow, late, partial, parked or failed, added up by run, stream and kind.
 * Kinds: `src/causes.ts`.
 */
export const causes = sync.table(
  'causes',
  {
    run_id: text().notNull(),
    /** Empty where it is about the run as a whole. */
    stream: text().notNull().default(''),
    kind: text().notNull(),
    connection: text().notNull(),
    times: count(),
    /** What it took, waits included. */
    seconds: doublePrecision().notNull().default(0),
    /** A sentence about the newest; never what a vendor or a record said. */
    note: text(),
    first_at: instant().notNull().defaultNow(),
    last_at: instant().notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.run_id, table.stream, table.kind] }),
    index('causes_connection').on(table.connection, table.last_at),
  ],
);

/** What became of each time that a schedule was due. */
export const ticks = sync.table(
  'ticks',
  {
    /** Run id of the workflow that the schedule started. */
    tick_id: text().primaryKey(),
    connection: text().notNull(),
    /** By the schedule. */
    due_at: instant().notNull(),
    /** When Temporal started its workflow. */
    begun_at: instant().notNull(),
    /** When a worker looked at it. */
    judged_at: instant().notNull().defaultNow(),
    overlap: text().notNull(),
    /** started, skipped, served, waiting or cancelled. */
    outcome: text().notNull(),
    /** The run that it started, or that it was skipped for. */
    run_id: text(),
    /** A sentence. */
    why: text(),
  },
  (table) => [index('ticks_connection').on(table.connection, table.due_at)],
);

/** Schedules that were paused after failures: only runs after `run_sequence` count towards the next pause. */
export const schedule_pauses = sync.table('schedule_pauses', {
  connection: text().primaryKey(),
  run_sequence: bigint({ mode: 'number' }).notNull(),
  paused_at: instant().notNull().defaultNow(),
  why: text().notNull(),
});

/** One row per alert, from when it was raised until what it is about has recovered. */
export const alerts = sync.table(
  'alerts',
  {
    id: uuid().primaryKey().defaultRandom(),
    /** What `on:` of its rule says. */
    rule: text().notNull(),
    connection: text().notNull(),
    /** The stream, or the pool's id; empty where it is about the connection as a whole. */
    subject: text().notNull().default(''),
    /** Since when it has been so, as far as known: not later than `opened_at`. */
    since: instant().notNull(),
    opened_at: instant().notNull().defaultNow(),
    recovered_at: instant(),
    title: text().notNull(),
    text: text().notNull(),
    /** What to type, one command a line. */
    commands: text().notNull().default(''),
    facts: jsonb().$type<Record<string, unknown>>().notNull(),
    /** A sentence. */
    recovery: text(),
  },
  (table) => [
    // Raised once, however many workers look at the same moment.
    uniqueIndex('alerts_open')
      .on(table.rule, table.connection, table.subject)
      .where(sql`${table.recovered_at} IS NULL`),
    index('alerts_opened').on(table.opened_at),
  ],
);

/** What each channel was told of an alert, or is still to be told. */
export const alert_deliveries = sync.table(
  'alert_deliveries',
  {
    id: uuid().primaryKey().defaultRandom(),
    sequence: bigint({ mode: 'number' }).generatedAlwaysAsIdentity().unique(),
    alert_id: uuid()
      .notNull()
      .references(() => alerts.id, { onDelete: 'cascade' }),
    channel: text().notNull(),
    /** raised or recovered. */
    kind: text().notNull(),
    /** pending, delivered or given-up. */
    state: text().notNull().default('pending'),
    attempts: integer().notNull().default(0),
    next_attempt_at: instant().notNull().defaultNow(),
    last_error: text(),
    created_at: instant().notNull().defaultNow(),
    delivered_at: instant(),
  },
  (table) => [
    uniqueIndex('alert_deliveries_once').on(table.alert_id, table.channel, table.kind),
    index('alert_deliveries_pending').on(table.channel, table.sequence).where(sql`${table.state} = 'pending'`),
  ],
);
