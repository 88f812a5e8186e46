import type { Sql } from 'postgres';
import { databaseError } from '../errors.ts';

/** The connection's newest delivery, or the newest that a person knows to be missing; 0 where there is none. */
export async function newestDelivery(sql: Sql, connection: string): Promise<number> {
  const [row] = await sql<{ newest: number }[]>`
    SELECT greatest(
      (SELECT max(delivery) FROM atobi.deliveries WHERE connection = ${connection}),
      (SELECT acknowledged FROM atobi.budgets WHERE connection = ${connection}), 0)::float8 AS newest`.catch(
    (error) => {
      throw databaseError(`read the journal of \`${connection}\``, error);
    },
  );
  return row?.newest ?? 0;
}

/** Deliveries up to `upTo` may be missing; numbers go on after it, so that none names two deliveries. */
export async function acknowledge(sql: Sql, connection: string, upTo: number): Promise<void> {
  try {
    await sql.begin(async (transaction) => {
      await transaction`
        INSERT INTO atobi.budgets (connection, acknowledged) VALUES (${connection}, ${upTo})
        ON CONFLICT (connection) DO UPDATE SET acknowledged = greatest(budgets.acknowledged, excluded.acknowledged)`;
      await transaction`
        SELECT setval(pg_get_serial_sequence('atobi.deliveries', 'delivery'), ${upTo})
        WHERE (SELECT last_value FROM atobi.deliveries_delivery_seq) < ${upTo}`;
    });
  } catch (error) {
    throw databaseError(`note how far the journal of \`${connection}\` is behind`, error);
  }
}
