import type { TransactionSql } from 'postgres';
import type { Deliverer } from './deliveries.ts';

/** What is done about a delivery that may or may not have arrived. */
export type OnUnknown = 'resend' | 'hold';

const spareSeconds = 60;

/**
 * Deliveries that nobody waits for any more are unknown from now on: those of other runs, of earlier attempts of the same
 * step, and any that is older than a request can be. Their slots stay taken for another minute.
 */
export async function settleOrphans(
  transaction: TransactionSql,
  { connection, runId, lease, attempt }: Deliverer,
  timeoutMs: number,
  onUnknown: OnUnknown,
): Promise<number> {
  const orphans = await transaction<{ delivery: number }[]>`
    UPDATE atobi.deliveries SET state = 'unknown', answered_at = clock_timestamp(),
      explanation = 'The worker that sent it ended before an answer came, so it may or may not have arrived.'
    WHERE connection = ${connection} AND state = 'sending' AND (
      run_id <> ${runId} OR (lease = ${lease} AND attempt < ${attempt})
      OR sent_at < clock_timestamp() - ${timeoutMs / 1000 + spareSeconds}::float8 * interval '1 second')
    RETURNING delivery::float8`;
  for (const { delivery } of orphans) await leaveUnknown(transaction, delivery, onUnknown);
  return orphans.length;
}

/** What follows for its slot, its elements and its batch once a delivery is `unknown`. */
export async function leaveUnknown(transaction: TransactionSql, delivery: number, onUnknown: OnUnknown): Promise<void> {
  await transaction`
    UPDATE atobi.requests SET answered_at = clock_timestamp() WHERE delivery = ${delivery} AND answered_at IS NULL`;
  await transaction`
    UPDATE atobi.elements AS element SET state = 'unknown' FROM atobi.deliveries AS sent
    WHERE sent.delivery = ${delivery} AND element.connection = sent.connection
      AND element.id = ANY (sent.element_ids) AND element.delivery = sent.delivery`;
  await transaction`
    UPDATE atobi.batches AS batch SET
      state = ${onUnknown === 'hold' ? 'held' : 'open'}, repeats = ${delivery},
      why = ${`sent again, because what became of delivery ${delivery} is unknown`}
    FROM atobi.deliveries AS sent
    WHERE sent.delivery = ${delivery} AND batch.batch = sent.batch AND batch.state = 'sending'`;
}
