import type { Sql } from 'postgres';
import type { Receipt, System } from '../receipt.ts';
import { databaseError, sqlState } from './errors.ts';
import { iso } from './iso.ts';
import { listedExports } from './neoday/exports.ts';
import { ranNames } from './ran-names.ts';

/** What the database knows of a connection. Times are ISO 8601. */
export interface KnownConnection {
  connection: string;
  system: System;
  lastRun: { runId: string; status: string; startedAt: string; finishedAt: string | null };
  /** Of the newest run that has one; the last run may still be under way. */
  lastReceipt: { startedAt: string; finishedAt: string; seconds: number; receipt: Receipt } | null;
  /** By stream: everything that the source had then is stored. Streams that never added up are missing. */
  asOf: Record<string, string>;
  /** Exports that NeoDay listed the last time it was asked; of other systems there are none. */
  exports: string[];
}

/** How far back a stream's last complete reading is looked for. */
const newestReceipts = 300;

/** Null where the tables are not there yet. */
export async function readInstallation(sql: Sql): Promise<string | null> {
  try {
    const [row] = await sql<{ id: string }[]>`SELECT id::text FROM sync.installation`;
    return row?.id ?? null;
  } catch (error) {
    if (sqlState(error) === '42P01') return null;
    throw databaseError('read which installation it is', error);
  }
}

/** Every connection that ever ran, also those that the configuration does not have any more. */
export async function readConnections(sql: Sql): Promise<KnownConnection[]> {
  try {
    const runs = await sql<{ connection: string; system: System; lastRun: KnownConnection['lastRun'] }[]>`
      SELECT newest.connection, system, jsonb_build_object(
        'runId', run_id, 'status', status, 'startedAt', ${sql.unsafe(iso('started_at'))},
        'finishedAt', ${sql.unsafe(iso('finished_at'))}) AS "lastRun"
      FROM (${sql.unsafe(ranNames)}) AS known, LATERAL (
        SELECT * FROM sync.runs WHERE runs.connection = known.connection ORDER BY sequence DESC LIMIT 1) AS newest
      ORDER BY connection`;
    const receipts = await sql<(NonNullable<KnownConnection['lastReceipt']> & { connection: string })[]>`
      SELECT newest.connection, ${sql.unsafe(iso('started_at'))} AS "startedAt", ${sql.unsafe(iso('finished_at'))} AS "finishedAt",
        seconds, receipt
      FROM (${sql.unsafe(ranNames)}) AS known, LATERAL (
        SELECT * FROM sync.receipts WHERE receipts.connection = known.connection ORDER BY finished_at DESC LIMIT 1) AS newest`;
    const fresh = await sql<{ connection: string; asOf: Record<string, string> }[]>`
      SELECT connection, jsonb_object_agg(stream, "asOf") AS "asOf" FROM (
        SELECT known.connection, stream.key AS stream, max(stream.value ->> 'asOf') AS "asOf"
        FROM (${sql.unsafe(ranNames)}) AS known, LATERAL (
          SELECT receipt FROM sync.receipts WHERE receipts.connection = known.connection
          ORDER BY finished_at DESC LIMIT ${newestReceipts}) AS newest,
          jsonb_each(newest.receipt -> 'streams') AS stream
        WHERE stream.value ->> 'asOf' IS NOT NULL GROUP BY 1, 2) AS streams
      GROUP BY connection`;
    const exports = await listedExports(sql);
    return runs.map((run) => {
      const receipt = receipts.find(({ connection }) => connection === run.connection);
      const asOf = fresh.find(({ connection }) => connection === run.connection)?.asOf ?? {};
      return {
        ...run,
        lastReceipt: receipt === undefined ? null : withoutConnection(receipt),
        asOf,
        exports: exports.get(run.connection) ?? [],
      };
    });
  } catch (error) {
    throw databaseError('read what ran', error);
  }
}

function withoutConnection<T extends { connection: string }>({ connection: _, ...rest }: T): Omit<T, 'connection'> {
  return rest;
}

/** Which system a connection is of, by its rows or its newest run; null where the database has neither. */
export async function systemOf(sql: Sql, connection: string): Promise<System | null> {
  try {
    const [row] = await sql<{ system: System | null }[]>`
      SELECT coalesce(
        (SELECT system FROM sync.connections WHERE connection = ${connection}),
        (SELECT system FROM sync.runs WHERE connection = ${connection} ORDER BY sequence DESC LIMIT 1)) AS system`;
    return row?.system ?? null;
  } catch (error) {
    throw databaseError(`look up what \`${connection}\` is`, error);
  }
}

/** What one complete reading of a stream took, the last time. */
export interface PastPass {
  stream: string;
  rows: number;
  pages: number;
  requests: number;
  seconds: number;
  /** ISO 8601. */
  finishedAt: string;
}

/** By the newest receipt in which each stream added up; its counts hold every pass that it took, so they are divided. */
export async function readPastPasses(sql: Sql, connection: string): Promise<PastPass[]> {
  try {
    const rows = await sql<(PastPass & { passes: number })[]>`
      SELECT DISTINCT ON (stream.key) stream.key AS stream, ${sql.unsafe(iso('finished_at'))} AS "finishedAt",
        (value ->> 'total')::float8 AS rows, (value ->> 'pages')::float8 AS pages,
        (value ->> 'requests')::float8 AS requests, (value ->> 'seconds')::float8 AS seconds,
        greatest(1, round((value ->> 'fetched')::float8 / nullif((value ->> 'total')::float8, 0))) AS passes
      FROM (SELECT * FROM sync.receipts WHERE connection = ${connection}
        ORDER BY finished_at DESC LIMIT ${newestReceipts}) AS newest, jsonb_each(receipt -> 'streams') AS stream
      WHERE value ->> 'asOf' IS NOT NULL
      ORDER BY stream.key, finished_at DESC`;
    return rows.map(({ passes, ...past }) => ({
      ...past,
      pages: Math.ceil(past.pages / passes),
      requests: Math.ceil(past.requests / passes),
      seconds: Math.round((past.seconds / passes) * 10) / 10,
    }));
  } catch (error) {
    throw databaseError(`read how long \`${connection}\` took`, error);
  }
}
