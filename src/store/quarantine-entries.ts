import type { Sql, TransactionSql } from 'postgres';
import { SyncError } from '../errors.ts';
import type { System } from '../receipt.ts';
import { boundTransaction, type ReadRecord, writeRecords } from './commit.ts';
import { databaseError, refusesValue } from './errors.ts';
import { iso } from './iso.ts';
import { setRefusedAside } from './refused.ts';
import type { RecordTable } from './tables.ts';

/** An entry of the quarantine without the record's values. Times are ISO 8601. */
export interface QuarantineEntry {
  id: number;
  connection: string;
  stream: string;
  /** Digits of the vendor's id; null where the record told none. */
  recordId: string | null;
  /** Where in the record, in the vendor's names joined by dots; empty for the record as a whole. */
  path: string;
  reason: string;
  /** 0 for a row of a file. */
  page: number;
  /** The export's result whose file showed the row last, and its number in it, from 1; null for a record of a page. */
  resultId: string | null;
  rowNumber: number | null;
  /** How often that file shows the same bytes; 1 for a record of a page. */
  times: number;
  /** Version of the mapping that it does not fit; null where that was not noted. */
  mappingVersion: number | null;
  runId: string;
  firstSeenAt: string;
  lastSeenAt: string;
  resolvedAt: string | null;
  resolution: string | null;
}

/** The same with what was kept of the record: its text, or its bytes where a PostgreSQL text cannot hold them. */
export interface KeptEntry extends QuarantineEntry {
  /** 32 hexadecimal digits. */
  hash: string;
  rawText: string | null;
  rawBase64: string | null;
}

/** Which entries are meant; every open one where nothing is said. */
export interface EntryFilter {
  ids?: readonly number[] | undefined;
  connection?: string | undefined;
  stream?: string | undefined;
  /** Only of connections to this vendor. */
  system?: System | undefined;
  /** Resolved ones as well. */
  all?: boolean | undefined;
  /** Only up to this number: what comes while they are worked on is not meant. */
  through?: number | undefined;
  /** Only those that no mapping of this version or a newer one has been tried on. */
  untriedBy?: number | undefined;
}

const columns = `
  id::float8, connection, stream, record_id::text AS "recordId", path, reason, page,
  result_id AS "resultId", row_number::float8 AS "rowNumber", times,
  mapping_version AS "mappingVersion", run_id AS "runId",
  ${iso('first_seen_at')} AS "firstSeenAt", ${iso('last_seen_at')} AS "lastSeenAt",
  ${iso('resolved_at')} AS "resolvedAt", resolution`;

const kept = `
  replace(content_hash::text, '-', '') AS hash, raw_text AS "rawText", raw_base64 AS "rawBase64"`;

const condition = `
  ($1::text IS NULL OR id = ANY ($1::text::bigint[])) AND ($2::text IS NULL OR connection = $2)
  AND ($3::text IS NULL OR stream = $3) AND ($4::text::boolean OR resolved_at IS NULL)
  AND ($5::text IS NULL OR connection IN (SELECT connection FROM sync.connections WHERE system = $5))
  AND ($6::text IS NULL OR id <= $6::text::bigint)
  AND ($7::text IS NULL OR mapping_version IS NULL OR mapping_version < $7::text::int)`;

function parameters({ ids, connection, stream, system, all, through, untriedBy }: EntryFilter): (string | null)[] {
  const named = ids === undefined ? null : `{${ids.join(',')}}`;
  const [last, version] = [through, untriedBy].map((bound) => (bound === undefined ? null : String(bound)));
  return [
    named,
    connection ?? null,
    stream ?? null,
    String(all === true),
    system ?? null,
    last ?? null,
    version ?? null,
  ];
}

/** Entries by id, the first so many of them. */
export async function listEntries(sql: Sql, filter: EntryFilter, atMost: number): Promise<QuarantineEntry[]> {
  return reading('list the quarantine', () =>
    sql.unsafe<QuarantineEntry[]>(
      `SELECT ${columns} FROM sync.quarantine WHERE ${condition} ORDER BY quarantine.id LIMIT $8::bigint`,
      [...parameters(filter), String(atMost)],
    ),
  );
}

/** How many there are, and the highest number among them, 0 where there is none. */
export async function countEntries(sql: Sql, filter: EntryFilter): Promise<{ count: number; last: number }> {
  const [row] = await reading('count the quarantine', () =>
    sql.unsafe<{ count: number; last: number }[]>(
      `SELECT count(*)::float8 AS count, coalesce(max(id), 0)::float8 AS last FROM sync.quarantine WHERE ${condition}`,
      parameters(filter),
    ),
  );
  return row ?? { count: 0, last: 0 };
}

/** So many entries are in memory at once, and fewer where they are large; one always is, however large. */
const entriesAtOnce = 500;
const bytesAtOnce = 4 * 1024 * 1024;

/** All of them by id with what was kept of each, some at a time, so that memory does not grow with their number. */
export async function* keptEntries(sql: Sql, filter: EntryFilter): AsyncGenerator<KeptEntry[]> {
  for (let after = 0; ; ) {
    const entries = await reading('read the quarantine', () => nextEntries(sql, filter, after));
    const last = entries.at(-1);
    if (last === undefined) return;
    yield entries;
    after = last.id;
  }
}

async function nextEntries(sql: Sql, filter: EntryFilter, after: number): Promise<KeptEntry[]> {
  // By the table's column: the column of this name that is given is another type, by which no index is ordered.
  const rows = await sql.unsafe<(KeptEntry & { bytes?: unknown; before?: unknown })[]>(
    `SELECT * FROM (
       SELECT *, sum(bytes) OVER (ORDER BY id) - bytes AS before FROM (
         SELECT ${columns}, ${kept},
           coalesce(octet_length(raw_text), 0) + coalesce(octet_length(raw_base64), 0) AS bytes
         FROM sync.quarantine WHERE ${condition} AND id > $8::text::bigint
         ORDER BY quarantine.id LIMIT ${entriesAtOnce}) AS next
     ) AS measured WHERE before < ${bytesAtOnce} ORDER BY id`,
    [...parameters(filter), String(after)],
  );
  return rows.map(({ bytes, before, ...entry }) => entry);
}

/** One entry with what was kept of its record; null where there is none of that id. */
export async function readEntry(sql: Sql, id: number): Promise<KeptEntry | null> {
  const [row] = await reading('read the quarantine', () =>
    sql.unsafe<KeptEntry[]>(`SELECT ${columns}, ${kept} FROM sync.quarantine WHERE id = $1::bigint`, [String(id)]),
  );
  return row ?? null;
}

/** Closes open entries without storing anything. Locked by id, as a replay locks them. @returns how many */
export async function dropEntries(sql: Sql, filter: EntryFilter): Promise<number> {
  const dropped = await reading('drop from the quarantine', () =>
    sql.unsafe(
      `WITH dropped AS MATERIALIZED (
         SELECT id FROM sync.quarantine WHERE ${condition} AND resolved_at IS NULL ORDER BY quarantine.id FOR UPDATE)
       UPDATE sync.quarantine SET resolved_at = now(), resolution = 'dropped by a person'
       WHERE id IN (SELECT id FROM dropped)`,
      parameters(filter),
    ),
  );
  return dropped.count;
}

/** Why an entry does not fit. */
export interface Reason {
  id: number;
  path: string;
  reason: string;
}

/** Notes why entries still do not fit, and that the mapping of this version says so. */
export async function noteReasons(
  sql: Sql | TransactionSql,
  reasons: readonly Reason[],
  version: number,
): Promise<void> {
  if (reasons.length === 0) return;
  await reading('note why records do not fit', () =>
    sql.unsafe(
      `UPDATE sync.quarantine SET path = sent.path, reason = sent.reason, mapping_version = $2::text::int
       FROM json_to_recordset($1::text::json) AS sent (id bigint, path text, reason text)
       WHERE quarantine.id = sent.id AND resolved_at IS NULL`,
      [JSON.stringify(reasons), String(version)],
    ),
  );
}

/** Notes that the mapping of this version has been tried, whatever came of it. */
export async function noteTried(sql: Sql, ids: readonly number[], version: number): Promise<void> {
  if (ids.length === 0) return;
  await reading('note that records were tried again', () =>
    sql.unsafe(
      `UPDATE sync.quarantine SET mapping_version = $2::text::int
       WHERE id = ANY ($1::text::bigint[]) AND resolved_at IS NULL`,
      [`{${ids.join(',')}}`, String(version)],
    ),
  );
}

/** `superseded`: a newer version of the record has been met since. `resolved`: somebody was faster. */
export type Stored = 'replayed' | 'superseded' | 'resolved' | { refused: string };

/**
 * Stores the record of an entry like one that a page has just shown, and closes the entry. The locked cursor lets no
 * commit of a run in between, before or after, whole.
 */
export async function storeEntry(
  sql: Sql,
  table: RecordTable,
  entry: QuarantineEntry,
  record: ReadRecord,
): Promise<Stored> {
  const page = {
    page: entry.page,
    query: '',
    records: [record],
    anonymous: [],
    bytes: 0,
    total: null,
    totalBefore: null,
  };
  const fence = { connection: entry.connection, stream: entry.stream, runId: entry.runId, pass: 0, epoch: 0 };
  try {
    return await sql.begin(async (transaction) => {
      await boundTransaction(transaction);
      await transaction`
        SELECT 1 FROM sync.cursors WHERE connection = ${entry.connection} AND stream = ${entry.stream} FOR UPDATE`;
      const [stands] = await transaction.unsafe<{ newer: boolean }[]>(standing(table), [String(entry.id), record.id]);
      if (stands === undefined) return 'resolved';
      if (stands.newer) return 'superseded';
      await writeRecords(transaction, table, fence, [page], { rewrite: false });
      await transaction`
        UPDATE sync.quarantine SET resolved_at = now(), resolution = 'replayed' WHERE id = ${entry.id}`;
      return 'replayed';
    });
  } catch (error) {
    if (error instanceof SyncError) throw error;
    if (!refusesValue(error)) throw databaseError(`store a record of \`${entry.connection}\` / ${entry.stream}`, error);
    const [set] = await setRefusedAside(sql, table, [page]);
    const mapped = set?.records[0]?.map();
    return { refused: mapped !== undefined && 'reason' in mapped ? mapped.reason : 'PostgreSQL refuses it' };
  }
}

/** Whether anything newer is known of a record ($2) than an open entry ($1) holds; no row where it is not open. */
const standing = (table: RecordTable) => `
  SELECT
    EXISTS (SELECT FROM ${table.name} AS stored
      WHERE stored.connection = entry.connection AND stored.id = $2::bigint
        AND greatest(stored.synced_at, stored.deleted_at) > entry.last_seen_at)
    OR EXISTS (SELECT FROM sync.pages AS shown
      WHERE shown.connection = entry.connection AND shown.stream = entry.stream
        AND shown.committed_at > entry.last_seen_at AND shown.ids @> ARRAY[$2::bigint])
    OR EXISTS (SELECT FROM sync.quarantine AS later
      WHERE later.connection = entry.connection AND later.stream = entry.stream AND later.record_id = $2::bigint
        AND later.id <> entry.id AND later.last_seen_at > entry.last_seen_at) AS newer
  FROM sync.quarantine AS entry WHERE entry.id = $1::bigint AND entry.resolved_at IS NULL FOR UPDATE`;

async function reading<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw databaseError(what, error);
  }
}
