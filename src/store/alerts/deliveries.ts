import type { Sql } from 'postgres';
import { databaseError } from '../errors.ts';
import { iso } from '../iso.ts';
import type { AlertKey, Telling } from './ledger.ts';

/** One message for one channel. Times are ISO 8601. */
export interface DueDelivery extends AlertKey, Telling {
  id: string;
  alertId: string;
  kind: 'raised' | 'recovered';
  /** This attempt included. */
  attempts: number;
  /** Milliseconds since it was to be told first. */
  ageMs: number;
  since: string;
  openedAt: string;
  recoveredAt: string | null;
  recovery: string | null;
  facts: Record<string, unknown>;
}

/** What has recovered is told after it was told that it was raised. */
const inTurn = `state = 'pending' AND NOT EXISTS (
  SELECT FROM sync.alert_deliveries AS earlier
  WHERE earlier.alert_id = delivery.alert_id AND earlier.channel = delivery.channel
    AND earlier.state = 'pending' AND earlier.sequence < delivery.sequence)`;

/** Channels with messages that are due, for whoever is to be woken. */
export async function dueChannels(sql: Sql): Promise<string[]> {
  const rows = await doing('look for messages that are due', () =>
    sql.unsafe<{ channel: string }[]>(
      `SELECT DISTINCT channel FROM sync.alert_deliveries AS delivery
       WHERE next_attempt_at <= clock_timestamp() AND ${inTurn} ORDER BY channel`,
    ),
  );
  return rows.map(({ channel }) => channel);
}

/**
 * Takes the oldest message of a channel that is due, for so long: who dies while sending it leaves it to be sent again
 * after that. Null where nothing is due.
 */
export async function takeDelivery(sql: Sql, channel: string, forMs: number): Promise<DueDelivery | null> {
  const [taken] = await doing('take the next message', () =>
    sql.unsafe<(Omit<DueDelivery, 'commands'> & { commands: string })[]>(
      `WITH next AS (
         SELECT id FROM sync.alert_deliveries AS delivery
         WHERE channel = $1 AND next_attempt_at <= clock_timestamp() AND ${inTurn}
         ORDER BY sequence LIMIT 1 FOR UPDATE SKIP LOCKED)
       UPDATE sync.alert_deliveries AS delivery
       SET attempts = attempts + 1, next_attempt_at = clock_timestamp() + make_interval(secs => $2::text::float8 / 1000)
       FROM next, sync.alerts AS alert
       WHERE delivery.id = next.id AND alert.id = delivery.alert_id
       RETURNING delivery.id::text, alert.id::text AS "alertId", kind, attempts,
         (extract(epoch FROM clock_timestamp() - delivery.created_at) * 1000)::float8 AS "ageMs",
         rule, alert.connection, subject, title, text, commands, facts, recovery,
         ${iso('since')} AS since, ${iso('opened_at')} AS "openedAt", ${iso('recovered_at')} AS "recoveredAt"`,
      [channel, String(forMs)],
    ),
  );
  return taken === undefined ? null : { ...taken, commands: taken.commands === '' ? [] : taken.commands.split('\n') };
}

/** Milliseconds until a message of the channel is due; null where none is left. */
export async function nextDelivery(sql: Sql, channel: string): Promise<number | null> {
  const [row] = await doing('look for the next message', () =>
    sql.unsafe<{ ms: number | null }[]>(
      `SELECT (extract(epoch FROM min(next_attempt_at) - clock_timestamp()) * 1000)::float8 AS ms
       FROM sync.alert_deliveries AS delivery WHERE channel = $1 AND ${inTurn}`,
      [channel],
    ),
  );
  return row?.ms === null || row?.ms === undefined ? null : Math.max(0, row.ms);
}

/** `note` is a sentence about what the channel took only in part. */
export async function noteDelivered(sql: Sql, id: string, note: string | null): Promise<void> {
  await doing('note that a message was delivered', () =>
    sql.unsafe(
      `UPDATE sync.alert_deliveries SET state = 'delivered', delivered_at = clock_timestamp(), last_error = $2
       WHERE id = $1::text::uuid AND state = 'pending'`,
      [id, note],
    ),
  );
}

/** `retryInMs` is null where it is given up. */
export async function noteUndelivered(sql: Sql, id: string, why: string, retryInMs: number | null): Promise<void> {
  await doing('note that a message was not delivered', () =>
    sql.unsafe(
      `UPDATE sync.alert_deliveries SET last_error = $2, state = CASE WHEN $3::text IS NULL THEN 'given-up' ELSE state END,
         next_attempt_at = clock_timestamp() + make_interval(secs => coalesce($3::text::float8, 0) / 1000)
       WHERE id = $1::text::uuid AND state = 'pending'`,
      [id, why, retryInMs === null ? null : String(retryInMs)],
    ),
  );
}

async function doing<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw databaseError(what, error);
  }
}

/** Messages whose first attempt has not ended. */
export async function countUntold(sql: Sql): Promise<number> {
  const [row] = await doing('count what is to be told', () =>
    sql.unsafe<{ count: number }[]>(
      `SELECT count(*)::int AS count FROM sync.alert_deliveries AS delivery
       WHERE attempts < 2 AND last_error IS NULL AND ${inTurn}`,
    ),
  );
  return row?.count ?? 0;
}
