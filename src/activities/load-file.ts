import type { NeodayConnection } from '../config/systems/neoday.ts';
import { VendorContractError, VendorUnavailableError } from '../errors.ts';
import { commitRows, type RowBatch } from '../store/neoday/commit.ts';
import { startFile } from '../store/neoday/file.ts';
import { loadWhole } from '../store/neoday/merge.ts';
import { releaseRows } from '../store/neoday/packed-rows.ts';
import type { RowTable } from '../store/neoday/tables.ts';
import { RowSplitter } from '../vendors/json/rows.ts';
import type { Download } from '../vendors/neoday/download.ts';
import { FileChangedError, UrlExpiredError } from '../vendors/neoday/errors.ts';
import type { RowMapper } from '../vendors/neoday/rows.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { note } from './journal.ts';
import type { Loading } from './loading.ts';
import { PageQueue } from './page-queue.ts';
import { BatchBuilder } from './row-batch.ts';

/** What a file is read with. */
export interface FileSource {
  connection: NeodayConnection;
  table: RowTable;
  /** Root key of the list; null where the export is not documented. */
  rootKey: string | null;
  map: RowMapper;
  /** Names the way rows are mapped: rows of another are not continued. */
  mapping: string;
}

export interface FileLoad extends FileSource {
  /** Rows that have not changed are written as well. */
  rewrite: boolean;
}

/** What the reader hands to the committer. */
interface ReadBatch {
  batch: RowBatch;
  /** The file ends with it. */
  last: boolean;
}

/** One commit is under way while the next batch is read. */
const queueLimits = { items: 1, bytes: 1 };
const mostFreshStarts = 3;

/**
 * Reads a file from its committed place to its end and commits what arrives. A connection that is cut, or a URL that has
 * expired, is no end while rows keep coming: the next download goes on after the last committed row.
 *
 * @returns whether the rows are merged as well, as those of a file that fits one commit are.
 * @throws what the download throws, where no row has come since the last time; VendorContractError for a file that is not
 * as documented, or that changes again and again.
 */
export async function loadFile(
  dependencies: ActivityDependencies,
  source: FileLoad,
  loading: Loading,
  signal: AbortSignal,
): Promise<boolean> {
  for (let changes = 0; ; ) {
    const before = loading.rows;
    try {
      return await readOnce(dependencies, source, loading, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof FileChangedError) changes = await beginAgain(dependencies, source, loading, changes);
      else if (!(error instanceof VendorUnavailableError) || loading.rows === before) throw error;
    }
  }
}

async function beginAgain(
  dependencies: ActivityDependencies,
  { table }: FileSource,
  loading: Loading,
  changes: number,
): Promise<number> {
  if (changes >= mostFreshStarts) {
    throw new VendorContractError(
      `NeoDay's file server changes the file of result ${loading.file.resultId} again and again while it is read. Sync again later.`,
    );
  }
  await noteAgain(dependencies, loading);
  await startAnew(dependencies.store.sql, table, loading, { etag: null, length: null });
  return changes + 1;
}

async function readOnce(
  dependencies: ActivityDependencies,
  source: FileLoad,
  loading: Loading,
  signal: AbortSignal,
): Promise<boolean> {
  const download = await open(dependencies, source, loading, signal);
  const { etag, length } = download;
  const { sql } = dependencies.store;
  try {
    // A fresh one was begun when it was opened; what it is known by is committed with its first rows.
    if (download.start === 'fresh') loading.file = { ...loading.file, etag, length };
    if (download.start === 'changed' || download.start === 'skip') await noteAgain(dependencies, loading);
    if (download.start === 'changed') await startAnew(sql, source.table, loading, { etag, length });
    return await storeAll(dependencies, source, loading, download, signal);
  } finally {
    download.cancel();
  }
}

/** The file is downloaded from its beginning once more. */
function noteAgain(dependencies: ActivityDependencies, { fence: { runId, stream } }: Loading): Promise<void> {
  return note(dependencies, { runId, stream, kind: 'file-again' });
}

async function startAnew(
  sql: ActivityDependencies['store']['sql'],
  table: RowTable,
  loading: Loading,
  identity: { etag: string | null; length: number | null },
): Promise<void> {
  await startFile(sql, table, loading.fence, loading.file.sequence, identity);
  loading.file = { ...loading.file, ...identity, bytesDone: 0, rowsDone: 0, quarantined: 0 };
}

/** A URL that does not hold any more is replaced, once. */
async function open(
  { neoday, urls }: ActivityDependencies,
  { connection }: FileSource,
  loading: Loading,
  signal: AbortSignal,
): Promise<Download> {
  const client = neoday(connection);
  const { resultId, bytesDone: offset, etag, length } = loading.file;
  const known = urls.take(connection.name, resultId);
  const ask = async (url = client.downloadUrl(resultId, signal)) => {
    loading.traffic.requests++;
    return client.download(await url, { offset, etag, length }, signal);
  };
  const download = await (known === null
    ? ask()
    : ask(Promise.resolve(known)).catch((error) => {
        if (error instanceof UrlExpiredError) return ask();
        throw error;
      }));
  return download;
}

async function storeAll(
  { store }: ActivityDependencies,
  source: FileLoad,
  loading: Loading,
  download: Download,
  signal: AbortSignal,
): Promise<boolean> {
  const queue = new PageQueue<ReadBatch>(queueLimits);
  let merged = false;
  const reading = readInto(queue, source, loading, download, signal);
  try {
    for (let batches = await queue.take(1); batches !== null; batches = await queue.take(1)) {
      for (const { batch, last } of batches) {
        merged = await storeBatch(store.sql, source, loading, batch, last);
        releaseRows(batch.rows);
        loading.booked(batch.traffic);
        loading.committed(batch.bytesDone, batch.rowsDone, batch.aside.length);
      }
    }
    return merged;
  } finally {
    queue.close();
    download.cancel();
    await reading;
  }
}

/** @returns whether the file is merged as well: it came in one piece. */
async function storeBatch(
  sql: ActivityDependencies['store']['sql'],
  { table, rewrite, connection: { maxDeletePercent } }: FileLoad,
  { fence, file }: Loading,
  batch: RowBatch,
  last: boolean,
): Promise<boolean> {
  const whole = last && file.bytesDone === 0;
  if (whole) await loadWhole(sql, table, fence, file, batch, { rewrite, maxDeletePercent });
  else await commitRows(sql, table, fence, file, batch);
  return whole;
}

/** Never rejects: what goes wrong reaches the committer through the queue, behind the rows that came before it. */
async function readInto(
  queue: PageQueue<ReadBatch>,
  { map, rootKey }: FileSource,
  loading: Loading,
  download: Download,
  signal: AbortSignal,
): Promise<void> {
  const { bytesDone, rowsDone, resultId } = loading.file;
  const place = `NeoDay (file of result ${resultId})`;
  const splitter = new RowSplitter({ place, key: rootKey, from: { row: rowsDone, end: bytesDone } });
  const batch = new BatchBuilder(map, loading, download);
  const put = (last = false) => queue.put({ batch: batch.take(), last }, 1);
  try {
    for await (const chunk of download.body) {
      for (const row of splitter.push(chunk)) {
        batch.add(row);
        if (batch.full) await put();
      }
      if (batch.due) await put();
      if (signal.aborted) break;
    }
    signal.throwIfAborted();
    splitter.end();
    await put(true);
    queue.close();
  } catch (error) {
    if (!batch.empty) await put();
    queue.close(error);
  }
}
