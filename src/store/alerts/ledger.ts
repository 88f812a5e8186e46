import type { Sql, TransactionSql } from 'postgres';
import type { AlertKind } from '../../config/alerts/settings.ts';
import { databaseError } from '../errors.ts';
import { iso } from '../iso.ts';
import { type AlertFacts, readFacts } from './facts.ts';

/** What people are told of something that is not as it should be. */
export interface Telling {
  title: string;
  /** What happened, to which thing, and what to do. */
  text: string;
  /** Commands to type, most useful first. */
  commands: string[];
}

/** What an alert is about: at most one is open for each. Of a connection as a whole, `subject` is empty. */
export interface AlertKey {
  rule: AlertKind;
  connection: string;
  /** The stream, or the pool's id. */
  subject: string;
}

/** Times are ISO 8601. */
export interface OpenAlert extends AlertKey {
  id: string;
  openedAt: string;
}

export interface NewAlert extends AlertKey, Telling {
  since: string;
  facts: Record<string, unknown>;
  /** Names of the channels that are to be told. */
  channels: readonly string[];
}

/** `recovery` is a sentence. */
export interface Recovered {
  id: string;
  recovery: string;
}

export interface AlertChanges {
  raise: readonly NewAlert[];
  recover: readonly Recovered[];
}

/** Any number will do, as long as every version of incentive-sync takes the same one. */
const judgingLock = 1_229_738_564;

/**
 * Looks at everything and writes down what has changed, in one transaction. One worker at a time does so: a look that is
 * older than another's verdict would raise again what has just recovered.
 *
 * @returns how many alerts were raised and have recovered.
 */
export async function judgeAlerts(
  sql: Sql,
  connections: readonly string[],
  decide: (facts: AlertFacts, open: readonly OpenAlert[]) => AlertChanges,
): Promise<{ raised: number; recovered: number }> {
  return locked(sql, async (transaction) => {
    const facts = await readFacts(transaction, connections);
    return writeChanges(transaction, decide(facts, await openAlerts(transaction)));
  });
}

async function locked<T>(sql: Sql, work: (transaction: TransactionSql) => Promise<T>): Promise<T> {
  try {
    const done = await sql.begin(async (transaction) => {
      // A worker that freezes in here must not keep the others from looking.
      await transaction.unsafe("SET LOCAL idle_in_transaction_session_timeout = '5s'; SET LOCAL lock_timeout = '5s'");
      await transaction`SELECT pg_advisory_xact_lock(${judgingLock})`;
      return { value: await work(transaction) };
    });
    return done.value;
  } catch (error) {
    throw databaseError('look after the alerts', error);
  }
}

async function openAlerts(sql: TransactionSql): Promise<OpenAlert[]> {
  return sql.unsafe<OpenAlert[]>(
    `SELECT id::text, rule, connection, subject, ${iso('opened_at')} AS "openedAt"
     FROM sync.alerts WHERE recovered_at IS NULL`,
  );
}

async function writeChanges(
  sql: TransactionSql,
  { raise, recover }: AlertChanges,
): Promise<{ raised: number; recovered: number }> {
  const counts = { raised: 0, recovered: 0 };
  for (const alert of raise) counts.raised += (await raiseOne(sql, alert)) ? 1 : 0;
  for (const one of recover) counts.recovered += (await recoverOne(sql, one)) ? 1 : 0;
  return counts;
}

/** False where one is open already. */
async function raiseOne(sql: TransactionSql, alert: NewAlert): Promise<boolean> {
  const { rule, connection, subject, since, title, text, commands, facts, channels } = alert;
  const [raised] = await sql.unsafe<{ id: string }[]>(
    `INSERT INTO sync.alerts (rule, connection, subject, since, opened_at, title, text, commands, facts)
     VALUES ($1, $2, $3, least($4::text::timestamptz, clock_timestamp()), clock_timestamp(), $5, $6, $7, $8::text::jsonb)
     ON CONFLICT (rule, connection, subject) WHERE recovered_at IS NULL DO NOTHING RETURNING id::text`,
    [rule, connection, subject, since, title, text, commands.join('\n'), JSON.stringify(facts)],
  );
  if (raised === undefined) return false;
  await sql.unsafe(
    `INSERT INTO sync.alert_deliveries (alert_id, channel, kind)
     SELECT $1::text::uuid, channel, 'raised' FROM jsonb_array_elements_text($2::text::jsonb) AS channel`,
    [raised.id, JSON.stringify(channels)],
  );
  return true;
}

/** Told is whoever was told, or is still to be told, that it was raised. */
async function recoverOne(sql: TransactionSql, { id, recovery }: Recovered): Promise<boolean> {
  const closed = await sql.unsafe(
    `UPDATE sync.alerts SET recovered_at = clock_timestamp(), recovery = $2
     WHERE id = $1::text::uuid AND recovered_at IS NULL RETURNING 1`,
    [id, recovery],
  );
  if (closed.length === 0) return false;
  await sql.unsafe(
    `INSERT INTO sync.alert_deliveries (alert_id, channel, kind)
     SELECT alert_id, channel, 'recovered' FROM sync.alert_deliveries
     WHERE alert_id = $1::text::uuid AND kind = 'raised' ORDER BY sequence
     ON CONFLICT (alert_id, channel, kind) DO NOTHING`,
    [id],
  );
  return true;
}
