import type { Sql } from 'postgres';
import { databaseError } from '../errors.ts';
import { iso } from '../iso.ts';
import type { AlertKey, Telling } from './ledger.ts';

/** What a channel was told, or is to be told. Times are ISO 8601. */
export interface ListedDelivery {
  channel: string;
  kind: 'raised' | 'recovered';
  state: 'pending' | 'delivered' | 'given-up';
  attempts: number;
  lastError: string | null;
  deliveredAt: string | null;
  nextAttemptAt: string | null;
}

export interface ListedAlert extends AlertKey, Telling {
  id: string;
  since: string;
  openedAt: string;
  recoveredAt: string | null;
  recovery: string | null;
  facts: Record<string, unknown>;
  deliveries: ListedDelivery[];
}

/** Open alerts, oldest first, and with `all` also those that have recovered; the newest so many. */
export async function listAlerts(sql: Sql, all: boolean, atMost: number): Promise<ListedAlert[]> {
  try {
    const rows = await sql.unsafe<(Omit<ListedAlert, 'commands'> & { commands: string })[]>(
      `SELECT * FROM (
         SELECT id::text, rule, connection, subject, title, text, commands, facts, recovery,
           ${iso('since')} AS since, ${iso('opened_at')} AS "openedAt", ${iso('recovered_at')} AS "recoveredAt",
           coalesce((SELECT jsonb_agg(jsonb_build_object('channel', channel, 'kind', kind, 'state', state,
             'attempts', attempts, 'lastError', last_error, 'deliveredAt', ${iso('delivered_at')},
             'nextAttemptAt', CASE WHEN state = 'pending' THEN ${iso('next_attempt_at')} END) ORDER BY sequence)
             FROM sync.alert_deliveries WHERE alert_id = alerts.id), '[]') AS deliveries
         FROM sync.alerts WHERE $1::text::boolean OR recovered_at IS NULL
         ORDER BY opened_at DESC, id LIMIT $2::bigint) AS newest
       ORDER BY "openedAt", id`,
      [String(all), String(atMost)],
    );
    return rows.map((row) => ({ ...row, commands: row.commands === '' ? [] : row.commands.split('\n') }));
  } catch (error) {
    throw databaseError('list the alerts', error);
  }
}

/** What `status` shows of alerts. */
export interface StandingAlerts {
  open: ListedAlert[];
  /** Those of the newest, open or not, that have not reached somebody. */
  undelivered: ListedAlert[];
}

const newestLookedAt = 50;

/** Open alerts, and what could not be told. */
export async function standingAlerts(sql: Sql): Promise<StandingAlerts> {
  const [open, newest] = await Promise.all([listAlerts(sql, false, 1000), listAlerts(sql, true, newestLookedAt)]);
  return { open, undelivered: newest.filter(({ deliveries }) => deliveries.some(isLate)) };
}

/** It was tried, and in vain so far. */
export const isLate = ({ state, lastError }: ListedDelivery): boolean => state !== 'delivered' && lastError !== null;
