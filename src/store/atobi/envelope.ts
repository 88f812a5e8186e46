import type { TransactionSql } from 'postgres';

/** What a delivery says besides its elements. Where it is wrong, every delivery is refused, whatever is in it. */
export interface Envelope {
  connection: string;
  type: string;
  apiVersion: string;
  context: string;
}

/** What speaks against an envelope: nothing was ever accepted with it, and what was sent was refused. */
export interface EnvelopeDoubt {
  context: string;
  /** HTTP status of the refusals. */
  http: number;
  refusals: number;
  /** With the same answer. */
  alike: boolean;
}

/**
 * - `proven`: an element was accepted with it, now or by an earlier run
 * - `untold`: nothing speaks for or against it yet
 * - `pending`: it would be doubted, were there not an answer to come that may prove it
 */
export type EnvelopeStanding = 'proven' | 'untold' | 'pending' | EnvelopeDoubt;

/** So many refusals with the same answer speak against it. */
const alike = 3;
/** And so many with whatever answer: some vendors write a number of the request into each. */
const inAll = 12;

interface Refusals {
  proven: boolean;
  /** Different answers of refusals. */
  answers: number;
  refusals: number;
  /** Refusals with the most frequent one. */
  most: number;
  http: number | null;
  under_way: number;
  open: number;
}

/**
 * How the envelope stands in this run. It is doubted when three deliveries were refused alike, or twelve in all, and none
 * was ever accepted, or when all that is left was refused alike. `after`: what was refused up to this delivery was doubted before and is
 * tried again.
 */
export async function standingOf(
  transaction: TransactionSql,
  envelope: Envelope,
  runId: string,
  after: number,
): Promise<EnvelopeStanding> {
  const { proven, answers, refusals, most, http, under_way, open } = await refusalsOf(
    transaction,
    envelope,
    runId,
    after,
  );
  if (proven) return 'proven';
  const same = most >= alike || (answers === 1 && open === 0);
  if (!same && refusals < inAll) return 'untold';
  if (under_way > 0) return 'pending';
  return { context: envelope.context, http: http ?? 0, refusals: same ? most : refusals, alike: same };
}

async function refusalsOf(
  transaction: TransactionSql,
  { connection, type, apiVersion, context }: Envelope,
  runId: string,
  after: number,
): Promise<Refusals> {
  const [refusals] = await transaction<Refusals[]>`
    WITH own AS (
      SELECT state, refusal, http_status, answer, delivery FROM atobi.deliveries
      WHERE connection = ${connection} AND run_id = ${runId} AND context = ${context}
        AND type = ${type} AND api_version = ${apiVersion}
    ), alike AS (
      SELECT http_status, answer, count(*) AS count FROM own
      WHERE delivery > ${after} AND state = 'refused' AND refusal IN ('splittable', 'status')
      GROUP BY http_status, answer
    )
    SELECT EXISTS (SELECT 1 FROM atobi.deliveries WHERE connection = ${connection} AND context = ${context}
        AND state = 'accepted' AND type = ${type} AND api_version = ${apiVersion}) AS proven,
      (SELECT count(*) FROM alike)::float8 AS answers,
      (SELECT coalesce(sum(count), 0) FROM alike)::float8 AS refusals,
      (SELECT coalesce(max(count), 0) FROM alike)::float8 AS most,
      (SELECT http_status FROM alike ORDER BY count DESC LIMIT 1) AS http,
      (SELECT count(*) FROM own WHERE state = 'sending')::float8 AS under_way,
      (SELECT count(*) FROM atobi.batches WHERE connection = ${connection} AND run_id = ${runId}
        AND context = ${context} AND state = 'open')::float8 AS open`;
  if (refusals === undefined) throw new Error('a query without a row');
  return refusals;
}
