import type { TransactionSql } from 'postgres';

/** A push that is so large that a person has to say that it may go. */
export interface PushApproval {
  readonly reason: string;
  readonly count: number;
}

export interface PushSize {
  readonly connection: string;
  readonly runId: string;
  readonly runSequence: number;
  readonly elements: number;
  readonly maxElements: number;
  /** Everything is sent again on purpose. */
  readonly all: { readonly upTo: number } | null;
}

const usual = 10;

/** Why a push waits for a person; null where it may go, or a person has said so already. */
export async function approvalFor(transaction: TransactionSql, push: PushSize): Promise<PushApproval | null> {
  const { runId, elements, maxElements, all } = push;
  const [row] = await transaction<{ approved: boolean }[]>`SELECT approved FROM atobi.pushes WHERE run_id = ${runId}`;
  if (row?.approved === true) return null;
  const would = `This push would send ${elements} elements`;
  if (elements > maxElements) return { reason: `${would}, more than maxElements (${maxElements})`, count: elements };
  const largest = all !== null ? null : await largestOfLast(transaction, push);
  if (largest === null || elements <= usual || elements <= usual * largest) return null;
  return { reason: `${would}; the largest of the last ${usual} sent ${largest}`, count: elements };
}

/** Pushes that sent nothing, or that nobody let go, tell nothing about what is usual. */
async function largestOfLast(
  transaction: TransactionSql,
  { connection, runId, runSequence }: PushSize,
): Promise<number | null> {
  const [row] = await transaction<{ largest: number | null }[]>`
    SELECT max(elements) AS largest FROM (
      SELECT elements FROM atobi.pushes AS push
      WHERE connection = ${connection} AND run_id <> ${runId} AND sequence < ${runSequence} AND elements > 0
        AND EXISTS (SELECT FROM atobi.deliveries AS sent
          WHERE sent.connection = push.connection AND sent.run_id = push.run_id)
      ORDER BY sequence DESC LIMIT ${usual}) AS last`;
  return row?.largest ?? null;
}
