import { createHash } from 'node:crypto';
import type { Sql, TransactionSql } from 'postgres';
import { LeaseLostError } from '../../errors.ts';
import { databaseError } from '../errors.ts';
import { setAloneAside } from './aside.ts';
import { type Budget, takeSlot, type Wait } from './budget.ts';
import { type Envelope, type EnvelopeDoubt, standingOf } from './envelope.ts';
import { inBudget } from './in-budget.ts';
import { type OnUnknown, settleOrphans } from './orphans.ts';

/** One attempt to deliver, as the workflow scheduled it. */
export interface Deliverer {
  connection: string;
  runId: string;
  /** Grows with each `deliverKpis` of the run. */
  lease: number;
  attempt: number;
}

/** An element as it is to be written. */
export interface SentElement {
  id: string;
  kpi: string;
  userId: string | null;
  locationId: string | null;
  value: string;
  units: string | null;
  /** `YYYY-MM-DD HH:MM:SS` in UTC; so are the next two. */
  timestamp: string;
  dateFrom: string | null;
  dateTo: string | null;
}

/** A delivery that is in the journal as `sending`, with its slot taken: it is to be sent now, or never. */
export interface Delivery {
  delivery: number;
  batch: number;
  context: string;
  elements: number;
  body: string;
  /** Milliseconds since 1970. */
  takenAt: number;
}

/** What comes next: a delivery, a wait, a doubt that a person has to settle, or nothing any more. */
export type NextStep =
  | { step: 'send'; sending: Delivery }
  | { step: 'wait'; waitMs: number; because: Wait | 'others' }
  | { step: 'doubt'; doubt: EnvelopeDoubt }
  | { step: 'done' };

export interface Taking {
  deliverer: Deliverer;
  budget: Budget;
  envelope: Pick<Envelope, 'type' | 'apiVersion'>;
  onUnknown: OnUnknown;
  /** A person said that the envelope is right: what is refused is looked at element by element. */
  trusted: boolean;
  /** The newest delivery at the last doubt; 0 where there was none. */
  doubtedUpTo: number;
  /** The body of a transfer. */
  write(context: string, elements: readonly SentElement[]): string;
}

/** Until another lane's answer may be there. */
const othersPollMs = 500;

/**
 * Takes the next batch, a slot of the budget and a row of the journal, or none of them, in one transaction: what is sent
 * was written down before.
 *
 * @throws LeaseLostError when a newer run or attempt has taken over.
 * @throws DatabaseError when PostgreSQL is unreachable or refuses.
 */
export async function takeDelivery(sql: Sql, taking: Taking): Promise<NextStep> {
  const { deliverer, budget, onUnknown } = taking;
  try {
    return await inBudget(sql, async (transaction) => {
      // Locks the budget before any batch: everybody takes them in this order.
      const slot = await takeSlot(transaction, budget, 'kpi');
      await refuseFollowed(transaction, deliverer);
      await settleOrphans(transaction, deliverer, budget.timeoutMs, onUnknown);
      const next = await nextBatch(transaction, taking);
      if ('step' in next) {
        if ('request' in slot) await transaction`DELETE FROM atobi.requests WHERE id = ${slot.request}`;
        return next;
      }
      if ('waitMs' in slot) return { step: 'wait', ...slot } as const;
      return { step: 'send', sending: await writeDown(transaction, taking, slot.request, next) } as const;
    });
  } catch (error) {
    if (error instanceof LeaseLostError) throw error;
    throw databaseError(`begin a delivery of \`${deliverer.connection}\``, error);
  }
}

/** Whoever stood still meanwhile would call what is under way unknown, and send beside those who took over. */
async function refuseFollowed(transaction: TransactionSql, deliverer: Deliverer): Promise<void> {
  const { connection, runId, lease, attempt } = deliverer;
  const [followed] = await transaction<{ run: boolean; attempt: boolean }[]>`
    SELECT EXISTS (SELECT FROM atobi.pushes AS own JOIN atobi.pushes AS later USING (connection)
        WHERE own.run_id = ${runId} AND later.connection = ${connection} AND later.sequence > own.sequence) AS run,
      EXISTS (SELECT FROM atobi.deliveries WHERE connection = ${connection} AND run_id = ${runId}
        AND state = 'sending' AND lease = ${lease} AND attempt > ${attempt}) AS attempt`;
  if (followed?.run !== true && followed?.attempt !== true) return;
  const who = followed.run ? 'A newer push' : 'A newer attempt';
  throw new LeaseLostError(`${who} has taken over \`${connection}\`; this one stops without sending.`, { final: true });
}

interface Batch {
  batch: number;
  context: string;
  why: string;
  repeats: number | null;
}

interface Waiting {
  context: string;
  open: boolean;
  alone: boolean;
}

/** Contexts in the order of their oldest batch; of each the envelope is looked at before anything more is sent. */
async function nextBatch(transaction: TransactionSql, taking: Taking): Promise<Batch | NextStep> {
  const { connection, runId } = taking.deliverer;
  const contexts = await transaction<Waiting[]>`
    SELECT context, bool_or(state = 'open') AS open, bool_or(state = 'alone') AS alone FROM atobi.batches
    WHERE connection = ${connection} AND run_id = ${runId} AND state IN ('open', 'alone')
    GROUP BY context ORDER BY min(batch)`;
  let pending = false;
  for (const { context, open, alone } of contexts) {
    const envelope = { ...taking.envelope, connection, context };
    const standing = taking.trusted ? 'proven' : await standingOf(transaction, envelope, runId, taking.doubtedUpTo);
    if (typeof standing === 'object') return { step: 'doubt', doubt: standing };
    if (standing === 'pending') pending = true;
    else if (alone && (standing === 'proven' || !open)) await setAloneAside(transaction, taking.deliverer, context);
    if (open && standing !== 'pending') return firstOf(transaction, taking.deliverer, context);
  }
  return pending || (await underWay(transaction, taking.deliverer)) ? others : { step: 'done' };
}

const others: NextStep = { step: 'wait', waitMs: othersPollMs, because: 'others' };

/** Whole batches come before halves: what is well is not kept waiting by what is not. */
async function firstOf(transaction: TransactionSql, { connection, runId }: Deliverer, context: string): Promise<Batch> {
  const [batch] = await transaction<Batch[]>`
    SELECT batch::float8, context, why, repeats::float8 FROM atobi.batches
    WHERE connection = ${connection} AND run_id = ${runId} AND context = ${context} AND state = 'open'
    ORDER BY half_of IS NOT NULL, batch LIMIT 1`;
  if (batch === undefined) throw new Error('a batch was taken although the budget is locked');
  return batch;
}

/** An answer that is still to come may leave halves to send. */
async function underWay(transaction: TransactionSql, { connection, runId }: Deliverer): Promise<boolean> {
  const [row] = await transaction<{ any: boolean }[]>`
    SELECT EXISTS (SELECT 1 FROM atobi.deliveries
      WHERE connection = ${connection} AND run_id = ${runId} AND state = 'sending') AS any`;
  return row?.any === true;
}

async function writeDown(
  transaction: TransactionSql,
  taking: Taking,
  request: number,
  { batch, context, why, repeats }: Batch,
): Promise<Delivery> {
  const { connection, runId, lease, attempt } = taking.deliverer;
  const { type, apiVersion } = taking.envelope;
  const elements = await elementsOf(transaction, connection, batch);
  const body = taking.write(context, elements);
  const [row] = await transaction<{ delivery: number }[]>`
    INSERT INTO atobi.deliveries (connection, run_id, batch, lease, attempt, type, api_version, context, why, repeats,
      elements, bytes, digest, element_ids, sent_values, sent_units)
    VALUES (${connection}, ${runId}, ${batch}, ${lease}, ${attempt}, ${type}, ${apiVersion}, ${context}, ${why},
      ${repeats}, ${elements.length}, ${Buffer.byteLength(body)}, ${createHash('sha256').update(body).digest('hex')},
      ${arrayOf(elements.map(({ id }) => id))}::text::bigint[],
      ${arrayOf(elements.map(({ value }) => value))}::text::numeric[],
      ARRAY(SELECT json_array_elements_text(${JSON.stringify(elements.map(({ units }) => units))}::text::json)))
    RETURNING delivery::float8`;
  if (row === undefined) throw new Error('a delivery was not stored');
  const { delivery } = row;
  await transaction`UPDATE atobi.requests SET delivery = ${delivery} WHERE id = ${request}`;
  await transaction`UPDATE atobi.batches SET state = 'sending' WHERE batch = ${batch}`;
  await transaction`
    UPDATE atobi.elements SET state = 'sending', delivery = ${delivery}
    WHERE connection = ${connection} AND id = ANY (${arrayOf(elements.map(({ id }) => id))}::text::bigint[])`;
  return { delivery, batch, context, elements: elements.length, body, takenAt: Date.now() };
}

const arrayOf = (numbers: readonly string[]): string => `{${numbers.join(',')}}`;

/** With the values that they have now, in the order of the batch. */
async function elementsOf(transaction: TransactionSql, connection: string, batch: number): Promise<SentElement[]> {
  return transaction<SentElement[]>`
    SELECT element.id::text, kpi, user_id AS "userId", location_id AS "locationId", value::text, units,
      ${utc(transaction, '"timestamp"')} AS timestamp, ${utc(transaction, 'date_from')} AS "dateFrom",
      ${utc(transaction, 'date_to')} AS "dateTo"
    FROM atobi.batches AS batch
    CROSS JOIN unnest(batch.element_ids) WITH ORDINALITY AS wanted (id, nth)
    JOIN atobi.elements AS element ON element.connection = ${connection} AND element.id = wanted.id
    WHERE batch.batch = ${batch} ORDER BY nth`;
}

const utc = (transaction: TransactionSql, column: string) =>
  transaction.unsafe(`to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')`);
