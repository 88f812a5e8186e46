import type { Sql } from 'postgres';
import { databaseError } from '../errors.ts';

/** Elements of one context in a push. */
export interface ContextProgress {
  context: string;
  /** Accepted by this run. */
  delivered: number;
  /** Still to be sent, or under way. */
  left: number;
}

export interface PushProgress {
  contexts: ContextProgress[];
  /** KPI requests of this run. */
  requests: number;
  /** Batches that are still to be sent, at least so many requests. */
  batchesLeft: number;
  /** Requests of the last minute. */
  used: number;
  /** The newest delivery of the connection; 0 before the first. */
  newest: number;
}

/** How far a push is: counted from batches, of which there are few, not from elements. */
export async function progressOf(sql: Sql, connection: string, runId: string): Promise<PushProgress> {
  try {
    const contexts = await sql<(ContextProgress & { batches: number })[]>`
      SELECT context, sum(elements) FILTER (WHERE state IN ('open', 'sending'))::float8 AS left,
        count(*) FILTER (WHERE state IN ('open', 'sending'))::float8 AS batches,
        (SELECT coalesce(sum(elements), 0) FROM atobi.deliveries AS sent
          WHERE sent.connection = ${connection} AND sent.run_id = ${runId} AND sent.context = batches.context
            AND sent.state = 'accepted')::float8 AS delivered
      FROM atobi.batches WHERE connection = ${connection} AND run_id = ${runId} GROUP BY context ORDER BY min(batch)`;
    const [whole] = await sql<{ requests: number; used: number; newest: number }[]>`
      SELECT (SELECT count(*) FROM atobi.deliveries WHERE connection = ${connection} AND run_id = ${runId})::float8 AS requests,
        (SELECT count(*) FROM atobi.requests WHERE connection = ${connection}
          AND coalesce(answered_at, clock_timestamp()) > clock_timestamp() - interval '60 seconds')::float8 AS used,
        (SELECT coalesce(max(delivery), 0) FROM atobi.deliveries WHERE connection = ${connection})::float8 AS newest`;
    return {
      contexts: contexts.map(({ context, delivered, left }) => ({ context, delivered, left: left ?? 0 })),
      requests: whole?.requests ?? 0,
      used: whole?.used ?? 0,
      newest: whole?.newest ?? 0,
      batchesLeft: contexts.reduce((sum, { batches }) => sum + batches, 0),
    };
  } catch (error) {
    throw databaseError(`count how far the push of \`${connection}\` is`, error);
  }
}
