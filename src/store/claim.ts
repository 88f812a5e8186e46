import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql, TransactionSql } from 'postgres';
import { LeaseLostError } from '../errors.ts';
import { databaseError } from './errors.ts';

/** Which stream of which connection. */
export interface StreamKey {
  connection: string;
  stream: string;
}

/**
 * Who wants the cursor. Claims are ordered by run, then lease (one for each activity that the workflow schedules), then
 * the attempt of that activity: a newer one takes the cursor from an older, never the other way round.
 */
export interface Claimant {
  runId: string;
  /** `sync.runs.sequence`: later runs have larger ones. */
  runSequence: number;
  lease: number;
  attempt: number;
  pass: number;
}

/** The committed place in a stream, and what this run has counted so far. */
export interface Cursor {
  epoch: number;
  /** Query string of the next page, without `?`; empty before the first page. */
  nextQuery: string;
  nextPage: number;
  done: boolean;
  lastPage: number | null;
  linked: boolean;
  sourceTotal: number | null;
  fetched: number;
  created: number;
  updated: number;
  unchanged: number;
  quarantined: number;
  deleted: number;
  pages: number;
  requests: number;
  bytes: number;
  failures: number;
  contractFailures: number;
  /** Seconds from the run's first claim of this stream to its newest commit. */
  seconds: number;
  /** The same at the moment of the claim, to go on counting from. */
  secondsAtClaim: number;
  /** Milliseconds since this run last committed a page of this stream, by the database's clock. */
  idleMs: number;
}

const blockedAfterMs = 300;

/**
 * Takes the cursor for this attempt by raising its epoch, which shuts every earlier holder out of committing. Blockers,
 * such as a frozen worker's open transaction, are ended after 0.3 s.
 *
 * @throws LeaseLostError when a newer attempt or run already has it.
 * @throws DatabaseError when PostgreSQL is unreachable or refuses.
 */
export async function claimCursor(sql: Sql, key: StreamKey, claimant: Claimant): Promise<Cursor> {
  try {
    return await sql.begin(async (transaction) => {
      await transaction.unsafe(
        `SET LOCAL idle_in_transaction_session_timeout = '5s'; SET LOCAL statement_timeout = '10s'`,
      );
      const [self] = await transaction<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
      await refuseOlder(transaction, key, claimant);
      const claimed = new AbortController();
      const watch = endBlockers(sql, self?.pid ?? 0, claimed.signal);
      try {
        return await raiseEpoch(transaction, key, claimant);
      } finally {
        claimed.abort();
        await watch;
      }
    });
  } catch (error) {
    if (error instanceof LeaseLostError) throw error;
    throw databaseError(`take the cursor of \`${key.connection}\` / ${key.stream}`, error);
  }
}

/** Looks before it locks, so that an attempt that is too old ends nobody's transaction. */
async function refuseOlder(transaction: TransactionSql, key: StreamKey, claimant: Claimant): Promise<void> {
  const [newer] = await transaction<{ run: boolean; step: boolean }[]>`
    SELECT run_sequence > ${claimant.runSequence} AS run,
      (run_sequence, lease) > (${claimant.runSequence}, ${claimant.lease}) AS step
    FROM sync.cursors
    WHERE connection = ${key.connection} AND stream = ${key.stream}
      AND (run_sequence, lease, attempt) >= (${claimant.runSequence}, ${claimant.lease}, ${claimant.attempt})`;
  if (newer === undefined) return;
  if (!newer.step) throw leaseLost(key);
  throw new LeaseLostError(
    `A newer ${newer.run ? 'run' : 'step of this run'} has read \`${key.connection}\` / ${key.stream} since, so this one cannot go on. Start a new run.`,
    { final: true },
  );
}

async function raiseEpoch(transaction: TransactionSql, key: StreamKey, claimant: Claimant): Promise<Cursor> {
  await transaction`
    INSERT INTO sync.cursors (connection, stream, run_id, run_sequence, lease, attempt, pass)
    VALUES (${key.connection}, ${key.stream}, '', -1, 0, 0, 0)
    ON CONFLICT (connection, stream) DO NOTHING`;
  const [held] = await transaction<{ run_sequence: number; pass: number }[]>`
    SELECT run_sequence::float8, pass FROM sync.cursors
    WHERE connection = ${key.connection} AND stream = ${key.stream} FOR UPDATE`;
  await refuseOlder(transaction, key, claimant);
  if (held?.run_sequence !== claimant.runSequence) await startRun(transaction, key);
  if (held?.run_sequence !== claimant.runSequence || held.pass !== claimant.pass) await startPass(transaction, key);
  const [cursor] = await transaction<Cursor[]>`
    UPDATE sync.cursors SET
      epoch = epoch + 1, run_id = ${claimant.runId}, run_sequence = ${claimant.runSequence},
      lease = ${claimant.lease}, attempt = ${claimant.attempt}, pass = ${claimant.pass}
    WHERE connection = ${key.connection} AND stream = ${key.stream}
    RETURNING ${transaction.unsafe(cursorColumns)}`;
  if (cursor === undefined) throw leaseLost(key);
  return cursor;
}

async function startRun(transaction: TransactionSql, key: StreamKey): Promise<void> {
  await transaction`
    UPDATE sync.cursors SET
      fetched = 0, created = 0, updated = 0, unchanged = 0, quarantined = 0, deleted = 0, pages = 0, requests = 0,
      bytes = 0, failures = 0, contract_failures = 0, started_at = now(), progressed_at = now()
    WHERE connection = ${key.connection} AND stream = ${key.stream}`;
}

async function startPass(transaction: TransactionSql, key: StreamKey): Promise<void> {
  await transaction`
    UPDATE sync.cursors SET
      next_query = '', next_page = 1, done = false, last_page = NULL, linked = false, source_total = NULL,
      pass_started_at = clock_timestamp()
    WHERE connection = ${key.connection} AND stream = ${key.stream}`;
}

/** Columns as a `Cursor`: counts fit a JavaScript number, so they are read as one. */
export const cursorColumns = `
  epoch::float8, next_query AS "nextQuery", next_page AS "nextPage", done, last_page AS "lastPage", linked,
  source_total::float8 AS "sourceTotal", fetched::float8, created::float8, updated::float8, unchanged::float8,
  quarantined::float8, deleted::float8, pages::float8, requests::float8, bytes::float8, failures,
  contract_failures AS "contractFailures",
  extract(epoch FROM progressed_at - started_at)::float8 AS seconds,
  extract(epoch FROM clock_timestamp() - started_at)::float8 AS "secondsAtClaim",
  extract(epoch FROM clock_timestamp() - progressed_at)::float8 * 1000 AS "idleMs"`;

/** Never rejects: where a blocker cannot be ended, its own time-outs still free the cursor. */
async function endBlockers(sql: Sql, pid: number, claimed: AbortSignal): Promise<void> {
  while (!claimed.aborted) {
    await sleep(blockedAfterMs, undefined, { signal: claimed }).catch(() => undefined);
    if (claimed.aborted) return;
    await sql`SELECT pg_terminate_backend(blocker) FROM unnest(pg_blocking_pids(${pid})) AS blocker`.catch(
      () => undefined,
    );
  }
}

function leaseLost(key: StreamKey): LeaseLostError {
  return new LeaseLostError(
    `A newer attempt has taken over \`${key.connection}\` / ${key.stream}; this one stops without writing.`,
  );
}
