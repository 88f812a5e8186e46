import type { Sql, TransactionSql } from 'postgres';
import { LeaseLostError, SyncError, VendorContractError } from '../errors.ts';
import type { StreamKey } from './claim.ts';
import { copyRows } from './copy.ts';
import { databaseError, refusesValue, sqlState } from './errors.ts';
import { type PlacedRecord, putAside, type QuarantinedRecord, resolveMended } from './quarantine.ts';
import { setRefusedAside } from './refused.ts';
import { quote, type RecordTable } from './tables.ts';
import { updateRows } from './update.ts';

/** One record on its way into its table. Values are PostgreSQL's text form, null for NULL. */
export interface RecordRow {
  id: string;
  /** 32 hexadecimal digits over the record's bytes and the mapping's version. */
  hash: string;
  /** In the order of `RecordTable.columns`. */
  values: (string | null)[];
  /** The record's JSON text as the vendor sent it. */
  raw: string;
}

/** A record as it was read: known by id and hash; its row is only made when the table does not have it yet. */
export interface ReadRecord {
  id: string;
  hash: string;
  /** The row, or why there cannot be one. Called only where something is to be written. */
  map(): RecordRow | QuarantinedRecord;
}

export interface ReadPage {
  /** Position in the pass, from 1. */
  page: number;
  /** Query string that asked for it. */
  query: string;
  records: ReadRecord[];
  /** Records that told no usable id. */
  anonymous: QuarantinedRecord[];
  /** How many records the source said it has; null where it did not say. */
  total: number | null;
  /** The most that it had said in answers that had come before this page was asked for; null where there were none. */
  totalBefore: number | null;
  bytes: number;
}

/** Where the pass stands after the pages of one commit. */
export interface NextPosition {
  nextQuery: string;
  nextPage: number;
  done: boolean;
  lastPage: number | null;
  linked: boolean;
  sourceTotal: number | null;
  /** Requests since the last commit. */
  requests: number;
}

export interface CommitCounts {
  fetched: number;
  created: number;
  updated: number;
  unchanged: number;
  quarantined: number;
  bytes: number;
}

export interface Fence extends StreamKey {
  runId: string;
  pass: number;
  epoch: number;
}

/** How pages are to be written. */
export interface Writing {
  /** A forced resync writes rows that have not changed as well. */
  rewrite: boolean;
  /** What belongs to the pages besides their rows; written in the same transaction, behind these. */
  also?: (transaction: TransactionSql, pages: readonly ReadPage[]) => Promise<void>;
}

/**
 * Writes pages, whole or not at all. The first statement moves the cursor, and only for the holder of its newest epoch:
 * whoever lost it writes nothing. (Checking first and moving last would not fence: two could both pass the check.)
 * Records that PostgreSQL refuses, although they looked well, are put aside and the rest is written.
 *
 * @throws LeaseLostError when a newer attempt has the cursor.
 * @throws VendorContractError when the next query was asked for earlier in the pass.
 * @throws DatabaseError when PostgreSQL is unreachable or refuses.
 */
export async function commitPages(
  sql: Sql,
  table: RecordTable,
  fence: Fence,
  pages: readonly ReadPage[],
  position: NextPosition,
  writing: Writing = { rewrite: false },
): Promise<CommitCounts> {
  const write = (written: readonly ReadPage[]) =>
    sql.begin((transaction) => writePages(transaction, table, fence, written, position, writing));
  try {
    return await write(pages).catch(async (error) => {
      if (!refusesValue(error)) throw error;
      return write(await setRefusedAside(sql, table, pages));
    });
  } catch (error) {
    if (error instanceof SyncError) throw error;
    const what = `page ${pages[0]?.page ?? '?'} of \`${fence.connection}\` / ${fence.stream}`;
    if (refusesValue(error)) throw blameless(what, error);
    throw databaseError(`store ${what}`, error);
  }
}

/** Not the database's error, which would be tried again for ever. */
function blameless(what: string, error: unknown): VendorContractError {
  return new VendorContractError(
    `PostgreSQL refuses something about ${what} (SQLSTATE ${sqlState(error)}), although it takes each record alone. Report this as a defect of incentive-sync.`,
    { cause: error },
  );
}

async function writePages(
  transaction: TransactionSql,
  table: RecordTable,
  fence: Fence,
  pages: readonly ReadPage[],
  position: NextPosition,
  writing: Writing,
): Promise<CommitCounts> {
  await boundTransaction(transaction);
  await moveCursor(transaction, fence, pages, position);
  const counts = await writeRecords(transaction, table, fence, pages, writing);
  await writing.also?.(transaction, pages);
  await recordPages(transaction, fence, pages);
  if (position.linked) await refuseCircle(transaction, fence, position);
  await addCounts(transaction, fence, counts);
  return counts;
}

/** A frozen holder must not keep the cursor locked: the server ends the transaction by itself. */
export async function boundTransaction(transaction: TransactionSql): Promise<void> {
  await transaction.unsafe(
    `SET LOCAL idle_in_transaction_session_timeout = '5s'; SET LOCAL statement_timeout = '15s'; SET LOCAL lock_timeout = '5s'`,
  );
}

async function moveCursor(
  transaction: TransactionSql,
  fence: Fence,
  pages: readonly ReadPage[],
  position: NextPosition,
): Promise<void> {
  const moved = await transaction`
    UPDATE sync.cursors SET
      next_query = ${position.nextQuery}, next_page = ${position.nextPage}, done = ${position.done},
      last_page = ${position.lastPage}, linked = ${position.linked}, source_total = ${position.sourceTotal},
      pages = pages + ${pages.length}, requests = requests + ${position.requests},
      failures = 0, contract_failures = 0, progressed_at = clock_timestamp()
    WHERE connection = ${fence.connection} AND stream = ${fence.stream} AND run_id = ${fence.runId}
      AND epoch = ${fence.epoch}
    RETURNING 1`;
  if (moved.length === 0) {
    throw new LeaseLostError(
      `A newer attempt has taken over \`${fence.connection}\` / ${fence.stream}; this one stops without writing.`,
    );
  }
}

/** Writes what pages hold that the table lacks or has otherwise; the caller holds the stream's cursor. */
export async function writeRecords(
  transaction: TransactionSql,
  table: RecordTable,
  fence: Fence,
  pages: readonly ReadPage[],
  writing: Writing,
): Promise<CommitCounts> {
  const records = newestById(pages);
  const { absent, differing } = await compare(transaction, table, fence.connection, records, writing);
  const bad: PlacedRecord[] = pages.flatMap(({ anonymous, page }) => anonymous.map((record) => ({ ...record, page })));
  const toCopy = mapRecords(absent, bad);
  const toUpdate = mapRecords(differing, bad);
  await copyRows(transaction, table, fence, toCopy);
  const updated = await updateRows(transaction, table, fence, toUpdate, writing);
  await putAside(transaction, fence, bad);
  await resolveMended(transaction, fence, [...toCopy, ...toUpdate]);
  const fetched = pages.reduce((sum, page) => sum + page.records.length + page.anonymous.length, 0);
  return {
    fetched,
    created: toCopy.length,
    updated,
    unchanged: fetched - toCopy.length - updated - bad.length,
    quarantined: bad.length,
    bytes: pages.reduce((sum, page) => sum + page.bytes, 0),
  };
}

interface Placed {
  record: ReadRecord;
  page: number;
}

/** A source that changes while it is read can show a record on two pages: the later page wins. */
function newestById(pages: readonly ReadPage[]): Placed[] {
  const byId = new Map<string, Placed>();
  for (const { page, records } of pages) for (const record of records) byId.set(record.id, { record, page });
  return [...byId.values()];
}

function mapRecords(records: readonly Placed[], bad: PlacedRecord[]): RecordRow[] {
  const rows: RecordRow[] = [];
  for (const { record, page } of records) {
    const mapped = record.map();
    if ('reason' in mapped) bad.push({ ...mapped, page });
    else rows.push(mapped);
  }
  return rows;
}

/**
 * Which records the table lacks, and which it has otherwise. Unchanged rows go no further: even an upsert that changes
 * nothing locks and logs each row. The lateral look-up keeps the planner on the primary key; a plain join scans the
 * table at every commit.
 */
async function compare(
  transaction: TransactionSql,
  table: RecordTable,
  connection: string,
  records: readonly Placed[],
  { rewrite }: Writing,
): Promise<{ absent: Placed[]; differing: Placed[] }> {
  const ids = `{${records.map(({ record }) => record.id).join(',')}}`;
  const hashes = `{${records.map(({ record }) => record.hash).join(',')}}`;
  const [row] = await transaction.unsafe<{ absent: string | null; differing: string | null }[]>(
    `SELECT string_agg(sent.position::text, ',') FILTER (WHERE known.content_hash IS NULL) AS absent,
       string_agg(sent.position::text, ',') FILTER (WHERE known.content_hash IS NOT NULL) AS differing
     FROM unnest($1::text::bigint[], $2::text::uuid[]) WITH ORDINALITY AS sent (id, content_hash, position)
     LEFT JOIN LATERAL (
       SELECT content_hash, deleted_at FROM ${table.name} WHERE connection = $3 AND id = sent.id LIMIT 1
     ) AS known ON true
     WHERE known.content_hash IS DISTINCT FROM sent.content_hash OR known.deleted_at IS NOT NULL OR $4::text::boolean`,
    [ids, hashes, connection, String(rewrite)],
  );
  return { absent: pick(records, row?.absent), differing: pick(records, row?.differing) };
}

/** `positions`: numbers from 1, joined by commas. */
function pick(records: readonly Placed[], positions: string | null | undefined): Placed[] {
  if (positions === null || positions === undefined) return [];
  return positions.split(',').flatMap((position) => records[Number(position) - 1] ?? []);
}

/**
 * What was shown is not missing, also where the pass never comes to its end. The lateral look-up keeps the planner from
 * comparing each of thousands of ids with each of thousands of missing rows, which takes minutes.
 */
async function recordPages(transaction: TransactionSql, fence: Fence, pages: readonly ReadPage[]): Promise<void> {
  const shown = pages.map(({ records }) => records.map(({ id }) => id).join(','));
  const rows = pages.map(({ page, query, anonymous, total, totalBefore }, index) => {
    const counts = `"anonymous":${anonymous.length},"total":${total},"total_before":${totalBefore}`;
    return `{"page":${page},"query":${JSON.stringify(query)},"ids":"{${shown[index]}}",${counts}}`;
  });
  await transaction.unsafe(
    `WITH shown AS (
       DELETE FROM sync.missing WHERE ctid = ANY (ARRAY(
         SELECT noted.ctid FROM unnest($6::text::bigint[]) AS sent (id)
         CROSS JOIN LATERAL (
           SELECT ctid FROM sync.missing WHERE connection = $4 AND stream = $2 AND id = sent.id LIMIT 1) AS noted))
     )
     INSERT INTO sync.pages (run_id, stream, pass, connection, page, query, ids, anonymous, total, total_before)
     SELECT $1, $2, $3::int, $4, page, query, ids::bigint[], anonymous, total, total_before
     FROM json_to_recordset($5::text::json)
       AS sent (page int, query text, ids text, anonymous int, total bigint, total_before bigint)`,
    [
      ...[fence.runId, fence.stream, String(fence.pass), fence.connection],
      `[${rows.join(',')}]`,
      `{${shown.filter((ids) => ids !== '').join(',')}}`,
    ],
  );
}

/** Links without page numbers can lead in a circle, which only the pages read so far can tell. */
async function refuseCircle(
  transaction: TransactionSql,
  { connection, runId, stream, pass }: Fence,
  { done, nextQuery }: NextPosition,
): Promise<void> {
  if (done) return;
  const [read] = await transaction`
    SELECT 1 FROM sync.pages
    WHERE run_id = ${runId} AND stream = ${stream} AND pass = ${pass} AND query = ${nextQuery} LIMIT 1`;
  if (read === undefined) return;
  throw new VendorContractError(
    `The vendor's links of \`${connection}\` / ${stream} lead back to a page already read, so the list would never end. Report it to the vendor.`,
  );
}

async function addCounts(transaction: TransactionSql, fence: Fence, counts: CommitCounts): Promise<void> {
  await transaction`
    UPDATE sync.cursors SET
      fetched = fetched + ${counts.fetched}, created = created + ${counts.created},
      updated = updated + ${counts.updated}, unchanged = unchanged + ${counts.unchanged},
      quarantined = quarantined + ${counts.quarantined}, bytes = bytes + ${counts.bytes}
    WHERE connection = ${fence.connection} AND stream = ${fence.stream}`;
}

/** `"connection", "id", …typed…, "raw", "content_hash", "run_id"`: the columns that a row of ours fills. */
export function filledColumns(table: RecordTable): string {
  return ['connection', 'id', ...table.columns, 'raw', 'content_hash', 'run_id'].map(quote).join(', ');
}
