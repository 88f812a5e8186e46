import { sql } from 'drizzle-orm';
import { bigint, boolean, check, index, integer, jsonb, pgSchema, primaryKey, text, unique } from 'drizzle-orm/pg-core';
import { exact, instant, integer64 } from './columns.ts';

/** Atobi's KPIs: what is to be sent, what was, and the journal of every request. */
export const atobi = pgSchema('atobi');

const whom = () => ({ user_id: text(), location_id: text() });

const period = () => ({ timestamp: instant().notNull(), date_from: instant(), date_to: instant() });

/** The inlet: any SQL or program may fill it. A KPI has one value for a subject and a period. */
export const kpi_values = atobi.table(
  'kpi_values',
  {
    connection: text().notNull(),
    kpi: text().notNull(),
    context: text(),
    ...whom(),
    value: exact().notNull(),
    units: text(),
    ...period(),
    /** The period of a value without one: part of what tells it apart from others. */
    moment: instant().generatedAlwaysAs(sql`CASE WHEN date_from IS NULL AND date_to IS NULL THEN "timestamp" END`),
    updated_at: instant().notNull().defaultNow(),
  },
  (table) => [
    unique('kpi_values_element')
      .on(table.connection, table.kpi, table.user_id, table.location_id, table.date_from, table.date_to, table.moment)
      .nullsNotDistinct(),
    check('kpi_values_subject', sql`nullif(user_id, '') IS NOT NULL OR nullif(location_id, '') IS NOT NULL`),
    check('kpi_values_finite', sql`value NOT IN ('NaN', 'Infinity', '-Infinity')`),
    check('kpi_values_period', sql`date_from <= date_to`),
  ],
);

/** One row per KPI, subject and period that any source has shown. */
export const elements = atobi.table(
  'elements',
  {
    connection: text().notNull(),
    id: integer64().notNull(),
    kpi: text().notNull(),
    context: text().notNull(),
    ...whom(),
    value: exact().notNull(),
    units: text(),
    ...period(),
    /** `values` for the table kpi_values, `query` for a query of the configuration. */
    source: text().notNull(),
    /** new, sending, accepted, unknown, refused or aside. */
    state: text().notNull().default('new'),
    accepted_value: exact(),
    accepted_units: text(),
    accepted_at: instant(),
    /** The runs in which a value of it was accepted first, and last. */
    first_accepted_run: text(),
    accepted_run: text(),
    refused_value: exact(),
    refused_units: text(),
    delivery: bigint({ mode: 'number' }),
    run_id: text().notNull(),
    first_seen_at: instant().notNull().defaultNow(),
    vanished_at: instant(),
  },
  (table) => [
    primaryKey({ columns: [table.connection, table.id] }),
    index('elements_kpi').on(table.connection, table.kpi),
    index('elements_open').on(table.connection).where(sql`${table.state} <> 'accepted'`),
  ],
);

/** Elements that a run sends together; a refused batch becomes two. */
export const batches = atobi.table(
  'batches',
  {
    batch: bigint({ mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
    connection: text().notNull(),
    run_id: text().notNull(),
    context: text().notNull(),
    element_ids: integer64().array().notNull(),
    elements: integer().generatedAlwaysAs(sql`cardinality(element_ids)`),
    /** open, sending, done, held (waits for a person), alone (refused, and cannot be halved) or left (not halved any more). */
    state: text().notNull().default('open'),
    /** The refused batch that this one is a half of. */
    half_of: bigint({ mode: 'number' }),
    /** The delivery that is repeated, and why. */
    repeats: bigint({ mode: 'number' }),
    why: text().notNull(),
  },
  (table) => [index('batches_run').on(table.connection, table.run_id, table.state)],
);

/** The journal: a row per KPI request, written before it is sent. */
export const deliveries = atobi.table(
  'deliveries',
  {
    delivery: bigint({ mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
    connection: text().notNull(),
    run_id: text().notNull(),
    batch: bigint({ mode: 'number' }).notNull(),
    lease: bigint({ mode: 'number' }).notNull(),
    attempt: integer().notNull(),
    type: text().notNull(),
    api_version: text().notNull(),
    context: text().notNull(),
    /** sending, accepted, refused or unknown. */
    state: text().notNull().default('sending'),
    why: text().notNull(),
    repeats: bigint({ mode: 'number' }),
    elements: integer().notNull(),
    bytes: integer().notNull(),
    digest: text().notNull(),
    element_ids: integer64().array().notNull(),
    sent_values: exact().array().notNull(),
    sent_units: text().array().notNull(),
    http_status: integer(),
    /** Why a refusal: splittable, status, rateLimited, transient, token, forbidden or configuration. */
    refusal: text(),
    status: text(),
    answer: text(),
    explanation: text(),
    sent_at: instant().notNull().default(sql`clock_timestamp()`),
    answered_at: instant(),
    resolved_at: instant(),
    resolution: text(),
  },
  (table) => [
    index('deliveries_connection').on(table.connection, table.delivery),
    index('deliveries_run').on(table.connection, table.run_id),
    index('deliveries_unsettled').on(table.connection).where(sql`${table.state} = 'sending'`),
    index('deliveries_accepted').on(table.connection, table.context).where(sql`${table.state} = 'accepted'`),
  ],
);

/** How many elements each push planned, and how far it went in halving. */
export const pushes = atobi.table('pushes', {
  run_id: text().primaryKey(),
  connection: text().notNull(),
  sequence: bigint({ mode: 'number' }).notNull(),
  /** Elements to send. */
  elements: integer().notNull(),
  batches: integer().notNull(),
  /** True once a person said that it may go. */
  approved: boolean().notNull().default(false),
  /** What the sources showed, KPI by KPI. */
  streams: jsonb().notNull().default([]),
  started_at: instant().notNull().defaultNow(),
});

/** One row a connection: its lock is what all workers take a slot under. */
export const budgets = atobi.table('budgets', {
  connection: text().primaryKey(),
  /** Nothing is sent before: the vendor asked for a pause, or failed. */
  held_until: instant(),
  held_because: text(),
  /** Failures in a row of the vendor; the next wait doubles with each. */
  failures: integer().notNull().default(0),
  progressed_at: instant().notNull().defaultNow(),
  /** A person knows that deliveries up to this one may be missing from the journal. */
  acknowledged: bigint({ mode: 'number' }).notNull().default(0),
});

/** Requests of the last minute: a slot of the budget is free again 60 s after its answer came. */
export const requests = atobi.table(
  'requests',
  {
    id: bigint({ mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
    connection: text().notNull(),
    /** kpi or token. */
    kind: text().notNull(),
    delivery: bigint({ mode: 'number' }),
    taken_at: instant().notNull().default(sql`clock_timestamp()`),
    answered_at: instant(),
  },
  (table) => [index('requests_connection').on(table.connection)],
);
