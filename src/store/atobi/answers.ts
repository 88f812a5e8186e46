import type { Sql, TransactionSql } from 'postgres';
import { databaseError } from '../errors.ts';
import { hold } from './budget.ts';
import { inBudget } from './in-budget.ts';
import { leaveUnknown, type OnUnknown } from './orphans.ts';

/** What became of a delivery. */
export interface Outcome {
  kind: 'accepted' | 'refused' | 'unknown';
  http: number | null;
  status: string | null;
  answer: string;
  /** Why a refusal: the vendor's client names the kinds. */
  refusal: string | null;
  /** For people; without anything of the answer. */
  explanation: string;
  /** The refusal is about what is in it: a part of it may be taken. */
  split: boolean;
  /** The vendor failed, or asked for a pause; an answer of any other kind shows that it works. */
  failed: boolean;
  /** Nothing is sent on this connection for so long; null for no pause. */
  holdMs: number | null;
}

export interface Answering {
  connection: string;
  runId: string;
  onUnknown: OnUnknown;
  /** So many halvings a run, then refused batches are left as they are. */
  mostHalvings: number;
}

/**
 * Writes an answer into the journal, with everything that follows for elements, batch, slot and budget, in one
 * transaction. An answer that comes after the delivery was called unknown still counts, unless it was sent again by then.
 */
export async function recordAnswer(sql: Sql, answering: Answering, delivery: number, outcome: Outcome): Promise<void> {
  try {
    await inBudget(sql, async (transaction) => {
      await transaction`SELECT 1 FROM atobi.budgets WHERE connection = ${answering.connection} FOR UPDATE`;
      const settled = await settle(transaction, delivery, outcome);
      await transaction`
        UPDATE atobi.requests SET answered_at = clock_timestamp() WHERE delivery = ${delivery} AND answered_at IS NULL`;
      if (settled !== null) await follow(transaction, answering, delivery, settled, outcome);
      await noteHealth(transaction, answering.connection, delivery, outcome);
    });
  } catch (error) {
    throw databaseError(`note the answer to delivery ${delivery} of \`${answering.connection}\``, error);
  }
}

interface Settled {
  batch: number;
  /** It had been called unknown before. */
  late: boolean;
}

/** Null where the answer came too late to matter. */
async function settle(transaction: TransactionSql, delivery: number, outcome: Outcome): Promise<Settled | null> {
  const { kind, http, status, answer, refusal, explanation } = outcome;
  const [row] = await transaction<Settled[]>`
    UPDATE atobi.deliveries AS sent SET state = ${kind}, http_status = ${http}, status = ${status}, answer = ${answer},
      refusal = ${refusal}, explanation = ${explanation}, answered_at = clock_timestamp(),
      resolution = CASE WHEN state = 'unknown' THEN 'Its answer came after it had been called unknown.' END
    WHERE delivery = ${delivery} AND (state = 'sending' OR (state = 'unknown' AND ${kind} <> 'unknown'
      AND resolved_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM atobi.deliveries AS later WHERE later.repeats = sent.delivery)))
    RETURNING batch::float8, resolution IS NOT NULL AS late`;
  if (row !== undefined) return row;
  // What was written already, by a transaction whose end was not seen, is not late.
  const told = `Its answer came too late to count: ${kind}${http === null ? '' : `, HTTP ${http}`}.`;
  await transaction`
    UPDATE atobi.deliveries SET resolution = concat_ws(' ', resolution, ${told}::text)
    WHERE delivery = ${delivery} AND ${kind} <> 'unknown' AND (state = 'unknown' OR resolved_at IS NOT NULL)`;
  return null;
}

async function follow(
  transaction: TransactionSql,
  answering: Answering,
  delivery: number,
  { batch, late }: Settled,
  { kind, split }: Outcome,
): Promise<void> {
  if (kind === 'accepted') {
    await accept(transaction, answering.runId, delivery, batch);
    if (late) await takeBackRepeats(transaction, delivery);
    return;
  }
  if (kind === 'unknown') {
    await transaction`UPDATE atobi.batches SET state = 'sending' WHERE batch = ${batch}`;
    return leaveUnknown(transaction, delivery, answering.onUnknown);
  }
  await transaction`
    UPDATE atobi.elements AS element SET state = 'refused' FROM atobi.deliveries AS sent
    WHERE sent.delivery = ${delivery} AND element.connection = sent.connection
      AND element.id = ANY (sent.element_ids) AND element.delivery = sent.delivery`;
  if (split) return halve(transaction, answering, delivery, batch);
  await transaction`
    UPDATE atobi.batches SET state = 'open', repeats = ${delivery},
      why = ${`sent again, because delivery ${delivery} was refused as a whole`}
    WHERE batch = ${batch}`;
}

async function accept(transaction: TransactionSql, runId: string, delivery: number, batch: number): Promise<void> {
  await transaction`UPDATE atobi.batches SET state = 'done' WHERE batch = ${batch}`;
  await acceptElements(transaction, runId, delivery);
}

/** Its own run or a later one may have planned to send it again: of that only what has changed since is left. */
export async function takeBackRepeats(transaction: TransactionSql, delivery: number): Promise<void> {
  await transaction`
    WITH planned AS (
      SELECT batch.batch, array_agg(one.id ORDER BY nth) FILTER (WHERE
        (element.value, element.units) IS DISTINCT FROM (element.accepted_value, element.accepted_units)) AS changed
      FROM atobi.batches AS batch
      CROSS JOIN unnest(batch.element_ids) WITH ORDINALITY AS one (id, nth)
      JOIN atobi.elements AS element ON element.connection = batch.connection AND element.id = one.id
      WHERE batch.repeats = ${delivery} AND batch.state IN ('open', 'held') GROUP BY batch.batch
    )
    UPDATE atobi.batches AS batch SET
      state = CASE WHEN changed IS NULL OR batch.state = 'held' THEN 'done' ELSE 'open' END, element_ids = coalesce(changed, element_ids),
      repeats = NULL, why = 'changed since it was accepted'
    FROM planned WHERE batch.batch = planned.batch`;
}

/** What the delivery sent counts as accepted, whatever the sources say by now. Mended elements leave quarantine. */
export async function acceptElements(transaction: TransactionSql, runId: string, delivery: number): Promise<void> {
  await transaction`
    WITH sent AS (
      SELECT connection, answered_at, one.* FROM atobi.deliveries,
        unnest(element_ids, sent_values, sent_units) AS one (id, value, units)
      WHERE delivery = ${delivery}
    ), taken AS (
      UPDATE atobi.elements AS element SET
        state = 'accepted', accepted_value = sent.value, accepted_units = sent.units, accepted_at = sent.answered_at,
        accepted_run = ${runId}, first_accepted_run = coalesce(first_accepted_run, ${runId}),
        refused_value = NULL, refused_units = NULL
      FROM sent WHERE element.connection = sent.connection AND element.id = sent.id AND element.delivery = ${delivery}
      RETURNING element.connection, element.kpi, element.id
    )
    UPDATE sync.quarantine AS entry SET resolved_at = now(), resolution = 'Atobi has accepted the element since'
    FROM taken WHERE entry.connection = taken.connection AND entry.stream = taken.kpi AND entry.record_id = taken.id
      AND entry.resolved_at IS NULL`;
}

/** A refused batch becomes two; an element alone waits until it is clear that the envelope is not what is wrong. */
async function halve(
  transaction: TransactionSql,
  { connection, runId, mostHalvings }: Answering,
  delivery: number,
  batch: number,
): Promise<void> {
  const why = `half of delivery ${delivery}, which was refused`;
  const [row] = await transaction<{ state: string }[]>`
    UPDATE atobi.batches SET state = CASE
      WHEN cardinality(element_ids) = 1 THEN 'alone'
      WHEN (SELECT count(*) FROM atobi.batches AS half WHERE half.connection = ${connection}
        AND half.run_id = ${runId} AND half.half_of IS NOT NULL) >= ${2 * mostHalvings} THEN 'left'
      ELSE 'done' END
    WHERE batch = ${batch} RETURNING state`;
  if (row?.state !== 'done') return;
  await transaction`
    INSERT INTO atobi.batches (connection, run_id, context, element_ids, half_of, repeats, why)
    SELECT connection, run_id, context, half.ids, batch, ${delivery}, ${why}
    FROM atobi.batches, LATERAL (VALUES
      (element_ids[: cardinality(element_ids) / 2]), (element_ids[cardinality(element_ids) / 2 + 1 :])) AS half (ids)
    WHERE batch = ${batch}`;
}

/**
 * An answer that is no failure shows that the vendor works; what it says about this request is another matter. Failures of
 * deliveries that were under way together count once.
 */
async function noteHealth(
  transaction: TransactionSql,
  connection: string,
  delivery: number,
  { failed, holdMs, explanation }: Outcome,
): Promise<void> {
  if (!failed) {
    await transaction`
      UPDATE atobi.budgets SET failures = 0, progressed_at = clock_timestamp() WHERE connection = ${connection}`;
    return;
  }
  await transaction`
    UPDATE atobi.budgets SET failures = failures + 1
    WHERE connection = ${connection} AND NOT ${countedAlready(transaction, delivery)}`;
  if (holdMs !== null) await hold(transaction, connection, holdMs, explanation);
}

/** Nothing is sent during a pause, so what was sent before its end was under way when it began. */
const countedAlready = (sql: Sql | TransactionSql, delivery: number | null) => sql`
  (failures > 0 AND held_until IS NOT NULL AND held_until > coalesce(
    (SELECT sent_at FROM atobi.deliveries WHERE delivery = ${delivery}), 'infinity'))`;

/** How the vendor has answered lately: what the next wait is measured by. */
export interface Health {
  /** Failures in a row, before the one in question. */
  failures: number;
  /** Milliseconds since the last answer that was none. */
  idleMs: number;
}

/** `delivery`: the one that is being judged; null for a request that is none. */
export async function healthOf(sql: Sql, connection: string, delivery: number | null): Promise<Health> {
  const [row] = await sql<Health[]>`
    SELECT failures - CASE WHEN ${countedAlready(sql, delivery)} THEN 1 ELSE 0 END AS failures, extract(epoch FROM clock_timestamp() - progressed_at)::float8 * 1000 AS "idleMs"
    FROM atobi.budgets WHERE connection = ${connection}`.catch((error) => {
    throw databaseError(`read how \`${connection}\` has been answered`, error);
  });
  return row ?? { failures: 0, idleMs: 0 };
}

/** Trouble with the vendor that left no delivery: the whole connection waits. */
export async function noteTrouble(sql: Sql, connection: string, holdMs: number, because: string): Promise<void> {
  try {
    await inBudget(sql, async (transaction) => {
      await hold(transaction, connection, holdMs, because);
      await transaction`UPDATE atobi.budgets SET failures = failures + 1 WHERE connection = ${connection}`;
    });
  } catch (error) {
    throw databaseError(`hold \`${connection}\` back`, error);
  }
}

/** How many of the run's newest answers in a row refused the token. */
export async function refusedTokens(sql: Sql, connection: string, runId: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    SELECT count(*)::float8 AS count FROM atobi.deliveries
    WHERE connection = ${connection} AND run_id = ${runId} AND refusal = 'token' AND delivery > coalesce((
      SELECT max(delivery) FROM atobi.deliveries WHERE connection = ${connection} AND run_id = ${runId}
        AND state <> 'sending' AND refusal IS DISTINCT FROM 'token'), 0)`.catch((error) => {
    throw databaseError(`count refused tokens of \`${connection}\``, error);
  });
  return row?.count ?? 0;
}
