import type { Sql, TransactionSql } from 'postgres';
import { ConfigurationError } from '../../errors.ts';
import { databaseError } from '../errors.ts';
import { acceptElements, takeBackRepeats } from './answers.ts';
import { inBudget } from './in-budget.ts';

/** What a person says about a delivery that may or may not have arrived. */
export type Resolution = 'accepted' | 'resend';

export interface ResolvedDelivery {
  delivery: number;
  connection: string;
  elements: number;
  resolution: Resolution;
}

interface Unknown {
  connection: string;
  run_id: string;
  elements: number;
  state: string;
  resolved: boolean;
  /** The delivery that has repeated it since; null where none has. */
  later: number | null;
}

/**
 * Settles a delivery that is unknown: it counts as accepted, or its elements go again with the next push.
 *
 * @throws ConfigurationError where there is nothing to settle about it.
 */
export async function resolveDelivery(sql: Sql, delivery: number, resolution: Resolution): Promise<ResolvedDelivery> {
  try {
    return await inBudget(sql, async (transaction) => {
      const unknown = await lockUnknown(transaction, delivery);
      const { connection, run_id, elements } = unknown;
      const words = resolution === 'accepted' ? 'A person said that it was accepted.' : 'A person had it sent again.';
      await transaction`
        UPDATE atobi.deliveries SET resolved_at = now(), resolution = ${words},
          state = ${resolution === 'accepted' ? 'accepted' : 'unknown'}
        WHERE delivery = ${delivery}`;
      if (resolution === 'accepted') {
        await acceptElements(transaction, run_id, delivery);
        await takeBackRepeats(transaction, delivery);
      } else await sendAgain(transaction, delivery);
      return { delivery, connection, elements, resolution };
    });
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw databaseError(`settle delivery ${delivery}`, error);
  }
}

async function lockUnknown(transaction: TransactionSql, delivery: number): Promise<Unknown> {
  const [known] = await transaction<Unknown[]>`
    SELECT connection, run_id, elements, state, resolved_at IS NOT NULL AS resolved,
      (SELECT max(delivery) FROM atobi.deliveries AS again WHERE again.repeats = sent.delivery)::float8 AS later
    FROM atobi.deliveries AS sent WHERE delivery = ${delivery}`;
  if (known === undefined) {
    throw new ConfigurationError(
      `There is no delivery ${delivery}; \`incentive-sync kpi status\` shows those that wait for a person.`,
    );
  }
  await transaction`SELECT 1 FROM atobi.budgets WHERE connection = ${known.connection} FOR UPDATE`;
  const [now = known] = await transaction<Unknown[]>`
    SELECT connection, run_id, elements, state, resolved_at IS NOT NULL AS resolved,
      (SELECT max(delivery) FROM atobi.deliveries AS again WHERE again.repeats = sent.delivery)::float8 AS later
    FROM atobi.deliveries AS sent WHERE delivery = ${delivery}`;
  if (now.state === 'unknown' && !now.resolved && now.later === null) return now;
  const why = now.resolved ? 'a person has settled it already' : again(now);
  throw new ConfigurationError(`There is nothing to settle about delivery ${delivery}: ${why}. Nothing was changed.`);
}

const again = ({ state, later }: Unknown): string =>
  later === null ? `it is ${state}` : `it was sent again as delivery ${later}`;

/** Within the run that holds its batch, or by the next push. */
async function sendAgain(transaction: TransactionSql, delivery: number): Promise<void> {
  await transaction`
    UPDATE atobi.elements AS element SET state = 'refused' FROM atobi.deliveries AS sent
    WHERE sent.delivery = ${delivery} AND element.connection = sent.connection
      AND element.id = ANY (sent.element_ids) AND element.delivery = sent.delivery`;
  await transaction`
    UPDATE atobi.batches AS batch SET state = 'open', repeats = ${delivery},
      why = ${`sent again, because a person said so of delivery ${delivery}`}
    FROM atobi.deliveries AS sent
    WHERE sent.delivery = ${delivery} AND batch.batch = sent.batch AND batch.state = 'held'`;
}
