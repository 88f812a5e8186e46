import type { Sql } from 'postgres';
import { LeaseLostError } from '../../errors.ts';
import { databaseError } from '../errors.ts';

/** Settings by name, as the vendor writes them. */
export type StoredSettings = Record<string, string | number | boolean>;

export interface NewChange {
  action: 'create' | 'update';
  /** Null for a pool that is to be created. */
  poolId: string | null;
  name: string;
  settings: StoredSettings;
  /** Fingerprint of the pool as it was seen; null for one that is to be created. */
  seen: string | null;
}

export type ChangeState = 'planned' | 'sent' | 'done' | 'refused' | 'unknown';

/** A row of the journal. Times are ISO 8601. */
export interface PoolChange extends NewChange {
  change: number;
  state: ChangeState;
  reason: string | null;
  /** Milliseconds since it was last sent; null where it never was. */
  sentMs: number | null;
}

const columns = `change::float8, action, pool_id::text AS "poolId", name, settings, seen, state, reason,
  (extract(epoch FROM clock_timestamp() - sent_at) * 1000)::float8 AS "sentMs"`;

/** Writes down what a person has approved, before anything is sent. */
export async function planChanges(
  sql: Sql,
  { connection, plan }: { connection: string; plan: string },
  changes: readonly NewChange[],
): Promise<void> {
  const rows = changes.map(({ poolId, ...change }) => ({ ...change, pool_id: poolId }));
  await sql`
    INSERT INTO vibes.pool_changes (connection, plan, action, pool_id, name, settings, seen)
    SELECT ${connection}, ${plan}::text::uuid, action, pool_id, name, settings, seen
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
      AS sent (action text, pool_id bigint, name text, settings jsonb, seen text)`.catch((error) => {
    throw databaseError(`write down the changes of \`${connection}\``, error);
  });
}

/** Forgets a plan of which nothing was begun. */
export async function dropPlan(sql: Sql, plan: string): Promise<void> {
  await sql`
    DELETE FROM vibes.pool_changes WHERE plan = ${plan}::text::uuid AND state = 'planned' AND attempt = 0`.catch(
    (error) => {
      throw databaseError('take a plan back', error);
    },
  );
}

/** In the order in which they are carried out. */
export async function changesOf(sql: Sql, connection: string, plan: string): Promise<PoolChange[]> {
  try {
    return await sql<PoolChange[]>`
      SELECT ${sql.unsafe(columns)} FROM vibes.pool_changes
      WHERE connection = ${connection} AND plan = ${plan}::text::uuid ORDER BY change`;
  } catch (error) {
    throw databaseError(`read the changes of \`${connection}\``, error);
  }
}

/** Null where there is no such change of the connection. */
export async function readChange(sql: Sql, connection: string, change: number): Promise<PoolChange | null> {
  try {
    const [row] = await sql<PoolChange[]>`
      SELECT ${sql.unsafe(columns)} FROM vibes.pool_changes WHERE connection = ${connection} AND change = ${change}`;
    return row ?? null;
  } catch (error) {
    throw databaseError(`read a change of \`${connection}\``, error);
  }
}

/**
 * Notes that a request is about to be sent.
 *
 * @throws LeaseLostError where a newer attempt works on it, or it is settled: then nothing may be sent.
 */
export async function noteSent(
  sql: Sql,
  { change }: PoolChange,
  { runId, attempt, before }: { runId: string; attempt: number; before: StoredSettings | null },
): Promise<void> {
  const noted = await sql`
    UPDATE vibes.pool_changes SET state = 'sent', sent_at = clock_timestamp(), run_id = ${runId}, attempt = ${attempt},
      before = coalesce(before, ${before === null ? null : JSON.stringify(before)}::text::jsonb)
    WHERE change = ${change} AND state IN ('planned', 'sent') AND attempt <= ${attempt} RETURNING 1`.catch((error) => {
    throw databaseError('note that a change is being sent', error);
  });
  if (noted.length === 0) {
    throw new LeaseLostError('A newer attempt carries out this change; this one stops without sending.', {
      final: true,
    });
  }
}

/** It was not sent after all: the state is what it was before. */
export async function noteUnsent(sql: Sql, { change, state }: PoolChange, attempt: number): Promise<void> {
  if (state !== 'planned') return;
  await sql`
    UPDATE vibes.pool_changes SET state = 'planned', sent_at = NULL
    WHERE change = ${change} AND state = 'sent' AND attempt = ${attempt}`.catch((error) => {
    throw databaseError('note that a change was not sent', error);
  });
}

export interface Settled {
  state: 'done' | 'refused' | 'unknown';
  reason?: string | null;
  poolId?: string | null;
  after?: StoredSettings | null;
}

/** The end of a change. Values of the settings in `hidden` are taken out of the journal. */
export async function settleChange(
  sql: Sql,
  change: number,
  { state, reason = null, poolId = null, after = null }: Settled,
  hidden: readonly string[],
): Promise<void> {
  await sql`
    UPDATE vibes.pool_changes SET state = ${state}, reason = ${reason}, settled_at = clock_timestamp(),
      pool_id = coalesce(${poolId}::text::bigint, pool_id),
      settings = settings - ${sql.unsafe(arrayOf(hidden))},
      after = ${after === null ? null : JSON.stringify(after)}::text::jsonb
    WHERE change = ${change} AND state IN ('planned', 'sent')`.catch((error) => {
    throw databaseError('note what became of a change', error);
  });
}

function arrayOf(names: readonly string[]): string {
  return `ARRAY[${names.map((name) => `'${name.replaceAll("'", "''")}'`).join(',')}]::text[]`;
}

/** What is left of a plan that ended: what was sent is unknown, what was not is refused. */
export async function endPlan(sql: Sql, connection: string, plan: string, reason: string): Promise<void> {
  await sql`
    UPDATE vibes.pool_changes SET settled_at = clock_timestamp(),
      state = CASE state WHEN 'sent' THEN 'unknown' ELSE 'refused' END,
      reason = CASE state WHEN 'sent' THEN 'Nobody could say what became of it. ' ELSE 'It was not sent. ' END || ${reason}
    WHERE connection = ${connection} AND plan = ${plan}::text::uuid AND state IN ('planned', 'sent')`.catch((error) => {
    throw databaseError(`end the changes of \`${connection}\``, error);
  });
}

/** Pools that we created or changed, each under the name of its newest change. */
export async function managedPools(sql: Sql, connection: string): Promise<{ id: string; name: string }[]> {
  try {
    return await sql<{ id: string; name: string }[]>`
      SELECT DISTINCT ON (pool_id) pool_id::text AS id, coalesce(after ->> 'name', name) AS name
      FROM vibes.pool_changes WHERE connection = ${connection} AND state = 'done' AND pool_id IS NOT NULL
      ORDER BY pool_id, change DESC`;
  } catch (error) {
    throw databaseError(`read which pools of \`${connection}\` are managed`, error);
  }
}
