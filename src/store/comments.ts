import type { TransactionSql } from 'postgres';
import { atobiComments } from './atobi/comments.ts';
import { neodayComments } from './neoday/comments.ts';
import { quote } from './tables.ts';
import { vibesComments } from './vibes/comments.ts';

/** What a table holds, and what a column means where its name does not say it. */
export type Comments = Record<string, { table: string; columns: Record<string, string> }>;

/** Shown by `\d+` and by every SQL client. */
const comments: Comments = {
  ...neodayComments(),
  ...atobiComments(),
  ...vibesComments(trail()),
  'incentify.projects': {
    table: 'Incentify projects, one row each. Columns carry the vendor’s field names; everything it sent is in raw.',
    columns: {
      ...trail(),
      credits_item_count: 'Number of credits of the project, as Incentify counts them.',
      custom_data_points: 'List of {id, name, type, value}; the vendor sends every value as text.',
    },
  },
  'incentify.credits': {
    table: 'Incentify credits, one row each. Join project_id to incentify.projects.id within one connection.',
    columns: {
      ...trail(),
      project_id: 'The project (incentify.projects.id). Not a foreign key: the source is not transactional.',
      utilizations_item_count: 'Number of utilizations of the credit, as Incentify counts them.',
    },
  },
  'incentify.utilizations': {
    table:
      'Incentify utilizations, one row each. Join credit_id to incentify.credits.id and project_id to incentify.projects.id within one connection.',
    columns: {
      ...trail(),
      credit_id: 'The credit (incentify.credits.id). Not a foreign key: the source is not transactional.',
      project_id: 'The project (incentify.projects.id). Not a foreign key: the source is not transactional.',
      estimate_amount_local_gross_total: 'In the currency of local_currency_code.',
      actual_amount_local_gross_total: 'In the currency of local_currency_code.',
    },
  },
  'incentify.incentive_programs': {
    table:
      'Incentify incentive programmes, one row each, where the connection names this stream. Credits tell a programme by its title only.',
    columns: {
      ...trail(),
      amount: 'As the vendor writes it: text, for example 30%.',
      max_amount: 'As the vendor writes it: text.',
      jurisdiction_layers: 'Object of country, province, county and city.',
      government_agency_contacts: 'List of {id, name, email, phone_1, phone_2, address, website_url}.',
    },
  },
  'sync.installation': { table: 'One row: identifies this database to Temporal.', columns: {} },
  'sync.runs': {
    table: 'Every run of every connection, however often its workflow continued as new.',
    columns: {
      run_id: 'Temporal’s first execution run id.',
      sequence: 'Orders runs: a later run has a larger one.',
      trigger: 'What started it: schedule, person or start.',
      streams: 'The streams that it was asked to read; null: all of the connection.',
      due_at: 'When its schedule was due; null where no schedule began it.',
      status: 'running, or completed, partial, parked, failed, cancelled.',
      waits_for:
        'What a parked run waits for: credential or settings to be corrected, deletes or a push to be agreed to.',
    },
  },
  'sync.cursors': {
    table: 'The committed place in each stream. Moved by the same transaction that stores the rows.',
    columns: { epoch: 'Raised by each attempt that takes the cursor; only the holder of the newest may commit.' },
  },
  'sync.pages': {
    table: 'Which ids each page of the newest run showed. Earlier runs are removed when a run ends.',
    columns: {
      anonymous: 'Records of the page that told no usable id; they are in sync.quarantine.',
      total: 'How many records the source said it has when it answered this page.',
      total_before: 'The most that it had said in answers that had come before this page was asked for.',
    },
  },
  'sync.connections': {
    table: 'What each connection points at, so that two accounts under one name never overwrite each other.',
    columns: {
      points_at: 'Scheme, host, port and base path of the vendor’s API; null where the next run is to note it.',
      any_account: 'True from a reset until the next page that tells accounts: that one may tell any.',
    },
  },
  'sync.missing': {
    table: 'Rows that a complete pass did not show. Missing from a second one as well, they are marked as deleted.',
    columns: { confirmed: 'True once a second complete pass did not show the row either.' },
  },
  'sync.causes': {
    table:
      'What made a run slow, late, partial, parked or failed, added up by run, stream and kind. A good run has no row.',
    columns: {
      stream: 'Empty where it is about the run as a whole.',
      kind: 'Such as rate-limited, unavailable, worker-lost, page-shift, quarantine, brake, refused or paused.',
      seconds: 'What it took, waits included.',
      note: 'A sentence about the newest.',
    },
  },
  'sync.ticks': {
    table: 'Every time that a schedule was due, and what became of it; kept for 90 days, at most 5,000 a connection.',
    columns: {
      tick_id: 'Temporal’s run id of the workflow that the schedule started.',
      due_at: 'By the schedule.',
      begun_at: 'When Temporal started its workflow, by Temporal’s clock.',
      judged_at: 'When a worker first looked at it.',
      overlap: 'What the schedule was to do where a run was under way: skip, buffer_one or cancel_other.',
      outcome:
        'started: it began the run run_id. served: the full run run_id, which began after it, has read all that it wanted. skipped: left out for the run run_id. waiting: until the run run_id has ended. cancelled: by a person, before its run began.',
      why: 'A sentence.',
    },
  },
  'sync.schedule_pauses': {
    table: 'Schedules that were paused after failures (pauseAfterFailures).',
    columns: { run_sequence: 'Only runs after this one (sync.runs.sequence) count towards the next pause.' },
  },
  'sync.receipts': {
    table: 'What each run did, counted: the same JSON as the workflow’s result and the command line’s.',
    columns: {},
  },
  'sync.alerts': {
    table: 'What was told to be wrong. Open while recovered_at is null; at most one is open for each thing.',
    columns: {
      rule: 'What it is about, as the rules of the configuration name it under “on”.',
      subject: 'The stream, or the pool’s id; empty where it is about the connection as a whole.',
      since: 'Since when it has been so, as far as known.',
      recovery: 'How it ended, in a sentence.',
    },
  },
  'sync.alert_deliveries': {
    table: 'What each channel was told, or is to be told, of each alert: at least once, with id in the message.',
    columns: {
      kind: 'raised or recovered.',
      state: 'pending, delivered or given-up.',
      next_attempt_at: 'A worker that has taken the message has until then; after that it is sent again.',
      last_error: 'Why the last attempt was in vain, in a sentence.',
    },
  },
  'sync.quarantine': {
    table: 'Records that could not become a row, with the reason. Open while resolved_at is null.',
    columns: {
      path: 'Where in the record, in the vendor’s names joined by dots; empty for the record as a whole.',
      raw_text: 'The record’s JSON text as received.',
      raw_base64: 'The record’s bytes in base64, where a PostgreSQL text cannot hold them.',
      page: 'Page of the pass that showed the record; 0 for a row of a file.',
      result_id: 'For a row of a file: the result (neoday.results.result_id) whose file shows it.',
      row_number: 'For a row of a file: its number in it, from 1; of equal rows that of the first.',
      times: 'How often that file shows the same bytes.',
      mapping_version: 'Version of the mapping that it does not fit; null where that was not noted.',
    },
  },
};

function trail(): Record<string, string> {
  return {
    connection: 'Name of the connection in incentive-sync.yaml.',
    id: 'The vendor’s id.',
    raw: 'The whole record as the vendor sent it.',
    content_hash: 'Fingerprint of the record’s bytes and of the mapping; tells whether anything changed.',
    synced_at: 'When this content was stored; a run that finds it unchanged leaves it alone.',
    run_id: 'The run that stored this content (sync.runs.run_id).',
    deleted_at: 'When the record was found gone from the source; null while it is there.',
  };
}

/** Writes the comments that are missing or different; in a database that is up to date, nothing. */
export async function applyComments(sql: TransactionSql): Promise<void> {
  const present = await sql<{ name: string; column: string | null; comment: string }[]>`
    SELECT format('%s.%s', namespace.nspname, class.relname) AS name, attribute.attname AS column, description AS comment
    FROM pg_description
    JOIN pg_class AS class ON class.oid = objoid AND classoid = 'pg_class'::regclass
    JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    LEFT JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum = objsubid AND objsubid > 0
    WHERE namespace.nspname IN ('incentify', 'neoday', 'atobi', 'vibes', 'sync')`;
  const known = new Map(present.map(({ name, column, comment }) => [`${name}.${column ?? ''}`, comment]));
  const statements = Object.entries(comments).flatMap(([name, { table, columns }]) => [
    ...(known.get(`${name}.`) === table ? [] : [`COMMENT ON TABLE ${qualified(name)} IS ${literal(table)}`]),
    ...Object.entries(columns)
      .filter(([column, comment]) => known.get(`${name}.${column}`) !== comment)
      .map(([column, comment]) => `COMMENT ON COLUMN ${qualified(name)}.${quote(column)} IS ${literal(comment)}`),
  ]);
  if (statements.length > 0) await sql.unsafe(statements.join(';\n'));
}

const qualified = (name: string): string => name.split('.').map(quote).join('.');

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
