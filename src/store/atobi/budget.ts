import type { Sql, TransactionSql } from 'postgres';
import { databaseError } from '../errors.ts';
import { inBudget } from './in-budget.ts';

/** What a connection may ask of its vendor, and how long one request can last. */
export interface Budget {
  connection: string;
  requestsPerMinute: number;
  /** After this no request of ours is under way any more, answered or not. */
  timeoutMs: number;
}

/** What a request is for. */
export type RequestKind = 'kpi' | 'token';

/** A slot of the budget, or how long there is none and why. */
export type Slot = { request: number } | { waitMs: number; because: Wait };

/** `budget`: the minute's requests are used up. `vendor`: it asked for a pause, or failed. */
export type Wait = 'budget' | 'vendor';

interface Use {
  held_ms: number | null;
  used: number;
  /** Until some slots are free again; null where nothing has been answered that could become free. */
  free_ms: number | null;
}

/** Waits a little longer than for the first slot, so that several are free: waiting for each costs more than it brings. */
const freeTogether = 4;
const longestTogetherMs = 1_000;
const unansweredPollMs = 1_000;
/** A request that nobody has answered counts this long beyond its time-out, should a clock have been slow. */
const spareSeconds = 30;

/**
 * Takes a slot, all workers one after another. A slot is free again 60 s after its answer came, by the database's clock:
 * since the vendor counted the old request before it answered, it never counts more than the budget in any 60 s. A
 * request without an answer, such as a dead worker's, keeps its slot until it can no longer be under way.
 */
export async function takeSlot(
  transaction: TransactionSql,
  budget: Budget,
  kind: RequestKind,
  delivery: number | null = null,
): Promise<Slot> {
  const { connection, requestsPerMinute } = budget;
  const { held_ms, used, free_ms } = await useOf(transaction, budget);
  if (held_ms !== null && held_ms > 0) return { waitMs: Math.ceil(held_ms), because: 'vendor' };
  if (used >= requestsPerMinute) return { waitMs: Math.ceil(free_ms ?? unansweredPollMs), because: 'budget' };
  const [row] = await transaction<{ id: number }[]>`
    INSERT INTO atobi.requests (connection, kind, delivery) VALUES (${connection}, ${kind}, ${delivery})
    RETURNING id::float8`;
  if (row === undefined) throw new Error('a request was not stored');
  return { request: row.id };
}

/** Locks the connection's budget until the transaction ends, and forgets requests whose slots are free. */
async function useOf(transaction: TransactionSql, { connection, requestsPerMinute, timeoutMs }: Budget): Promise<Use> {
  await transaction`INSERT INTO atobi.budgets (connection) VALUES (${connection}) ON CONFLICT DO NOTHING`;
  await transaction`SELECT 1 FROM atobi.budgets WHERE connection = ${connection} FOR UPDATE`;
  await transaction`
    DELETE FROM atobi.requests WHERE connection = ${connection}
      AND coalesce(answered_at, taken_at + ${timeoutMs / 1000 + spareSeconds}::float8 * interval '1 second')
        <= clock_timestamp() - interval '60 seconds'`;
  // With fewer requests allowed than before, more than one slot has to become free.
  const [use] = await transaction<Use[]>`
    WITH taken AS (
      SELECT answered_at, row_number() OVER (ORDER BY answered_at NULLS LAST) AS nth, count(*) OVER () AS used
      FROM atobi.requests WHERE connection = ${connection}
    )
    SELECT
      extract(epoch FROM held_until - clock_timestamp())::float8 * 1000 AS held_ms,
      (SELECT count(*) FROM taken)::float8 AS used,
      (SELECT extract(epoch FROM
          least(min(answered_at) + ${longestTogetherMs / 1000}::float8 * interval '1 second', max(answered_at))
          + interval '60 seconds' - clock_timestamp())::float8 * 1000
        FROM taken WHERE nth BETWEEN used - ${requestsPerMinute} + 1 AND used - ${requestsPerMinute} + ${freeTogether}
      ) AS free_ms
    FROM atobi.budgets WHERE connection = ${connection}`;
  if (use === undefined) throw new Error('the budget was not stored');
  return use;
}

/** A slot outside of any other transaction, for a request that leaves no row elsewhere. */
export async function takeSlotAlone(sql: Sql, budget: Budget, kind: RequestKind): Promise<Slot> {
  try {
    return await inBudget(sql, (transaction) => takeSlot(transaction, budget, kind));
  } catch (error) {
    throw databaseError(`take a slot of the budget of \`${budget.connection}\``, error);
  }
}

/** Its answer came, or never will: from now on the slot is free in 60 s. */
export async function answered(sql: Sql, request: number): Promise<void> {
  await sql`
    UPDATE atobi.requests SET answered_at = clock_timestamp() WHERE id = ${request} AND answered_at IS NULL`.catch(
    (error) => {
      throw databaseError('note that a request was answered', error);
    },
  );
}

/** Nothing is sent for so long, because the vendor said so or failed; a pause that ends later stays. */
export async function hold(
  transaction: TransactionSql,
  connection: string,
  waitMs: number,
  because: string,
): Promise<void> {
  await transaction`
    UPDATE atobi.budgets SET
      held_until = greatest(held_until, clock_timestamp() + ${waitMs / 1000}::float8 * interval '1 second'),
      held_because = ${because}
    WHERE connection = ${connection}`;
}
