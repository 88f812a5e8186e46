import type { Sql, TransactionSql } from 'postgres';
import type { Wait } from '../../receipt.ts';
import { iso } from '../iso.ts';
import { type Fewer, listFewer } from '../neoday/brake.ts';

/** What the rules look at. Times are ISO 8601, by the database's clock. */
export interface AlertFacts {
  now: string;
  runs: KnownRuns[];
  streams: KnownStream[];
  /** Exports whose newest file a person has to agree to. */
  keptFiles: KeptFile[];
  /** Only streams that have any. */
  putAside: PutAside[];
  /** Only pools that are there. */
  pools: KnownPool[];
}

/** The runs of one connection. */
export interface KnownRuns {
  connection: string;
  firstStartedAt: string;
  newest: {
    runId: string;
    status: string;
    statusAt: string;
    finishedAt: string | null;
    waitsFor: Wait['for'] | null;
    waitsStream: string | null;
    waitsWhy: string | null;
  };
  /** The newest that came to an end by itself; one that was cancelled says nothing. */
  ended: { runId: string; status: string; finishedAt: string; reasons: string[] } | null;
}

export interface KnownStream {
  connection: string;
  stream: string;
  /** Everything that the source had then is stored; null where it never added up lately. */
  asOf: string | null;
}

export type KeptFile = Fewer & { connection: string };

export interface PutAside {
  connection: string;
  stream: string;
  open: number;
  firstSeenAt: string;
}

export interface KnownPool {
  connection: string;
  id: string;
  name: string | null;
  remaining: number | null;
  lowThreshold: number | null;
  issuedPerDay: number | null;
  runsOutAt: string | null;
}

/** How far back a stream's last complete reading is looked for. */
const newestReceipts = 300;

/** What the database knows now of these connections. */
export async function readFacts(sql: Sql | TransactionSql, connections: readonly string[]): Promise<AlertFacts> {
  const names = JSON.stringify(connections);
  const [clock] = await sql<{ now: string }[]>`SELECT ${sql.unsafe(iso('clock_timestamp()'))} AS now`;
  return {
    now: clock?.now ?? new Date().toISOString(),
    runs: await readRuns(sql, names),
    streams: await readStreams(sql, names),
    keptFiles: await readKeptFiles(sql, connections),
    putAside: await readPutAside(sql, names),
    pools: await readPools(sql, names),
  };
}

async function readRuns(sql: Sql | TransactionSql, names: string): Promise<KnownRuns[]> {
  return sql.unsafe<KnownRuns[]>(
    `SELECT name AS connection, ${iso('first.started_at')} AS "firstStartedAt",
       jsonb_build_object('runId', newest.run_id, 'status', newest.status, 'statusAt', ${iso('newest.status_at')},
         'finishedAt', ${iso('newest.finished_at')}, 'waitsFor', newest.waits_for,
         'waitsStream', newest.waits_stream, 'waitsWhy', newest.waits_why) AS newest,
       CASE WHEN ended.run_id IS NULL THEN NULL ELSE jsonb_build_object('runId', ended.run_id, 'status', ended.status,
         'finishedAt', ${iso('ended.finished_at')}, 'reasons', coalesce(receipts.receipt -> 'reasons', '[]')) END AS ended
     FROM jsonb_array_elements_text($1::text::jsonb) AS name
     CROSS JOIN LATERAL (
       SELECT started_at FROM sync.runs WHERE connection = name ORDER BY sequence LIMIT 1) AS first
     CROSS JOIN LATERAL (
       SELECT * FROM sync.runs WHERE connection = name ORDER BY sequence DESC LIMIT 1) AS newest
     LEFT JOIN LATERAL (
       SELECT * FROM sync.runs WHERE connection = name AND finished_at IS NOT NULL AND status <> 'cancelled'
       ORDER BY sequence DESC LIMIT 1) AS ended ON true
     LEFT JOIN sync.receipts ON receipts.run_id = ended.run_id`,
    [names],
  );
}

/** A stream that no receipt has named for so long is not there any more. */
const namedWithin = 20;

/** Streams that receipts name. An export of which the vendor has no file has nothing that could be old. */
async function readStreams(sql: Sql | TransactionSql, names: string): Promise<KnownStream[]> {
  return sql.unsafe<KnownStream[]>(
    `SELECT name AS connection, stream.key AS stream, max(stream.value ->> 'asOf') AS "asOf"
     FROM jsonb_array_elements_text($1::text::jsonb) AS name, LATERAL (
       SELECT receipt, row_number() OVER (ORDER BY finished_at DESC) AS place
       FROM sync.receipts WHERE connection = name ORDER BY finished_at DESC LIMIT ${newestReceipts}) AS newest, jsonb_each(newest.receipt -> 'streams') AS stream
     WHERE stream.value -> 'results' -> 'found' IS DISTINCT FROM '0'
     GROUP BY 1, 2 HAVING min(newest.place) <= ${namedWithin} ORDER BY 1, 2`,
    [names],
  );
}

async function readKeptFiles(sql: Sql | TransactionSql, connections: readonly string[]): Promise<KeptFile[]> {
  const kept: KeptFile[] = [];
  for (const connection of connections) {
    kept.push(...(await listFewer(sql, connection)).map((file) => ({ ...file, connection })));
  }
  return kept;
}

async function readPutAside(sql: Sql | TransactionSql, names: string): Promise<PutAside[]> {
  return sql.unsafe<PutAside[]>(
    `SELECT connection, stream, count(*)::float8 AS open, ${iso('min(first_seen_at)')} AS "firstSeenAt"
     FROM sync.quarantine
     WHERE resolved_at IS NULL AND connection IN (SELECT jsonb_array_elements_text($1::text::jsonb))
     GROUP BY 1, 2 ORDER BY 1, 2`,
    [names],
  );
}

async function readPools(sql: Sql | TransactionSql, names: string): Promise<KnownPool[]> {
  return sql.unsafe<KnownPool[]>(
    `SELECT connection, id::text, name, remaining::float8, low_threshold::float8 AS "lowThreshold",
       issued_per_day::float8 AS "issuedPerDay", ${iso('runs_out_at')} AS "runsOutAt"
     FROM vibes.pool_forecast
     WHERE connection IN (SELECT jsonb_array_elements_text($1::text::jsonb))
     ORDER BY connection, id`,
    [names],
  );
}
