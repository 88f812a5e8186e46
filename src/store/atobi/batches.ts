import { hash } from 'node:crypto';
import type { TransactionSql } from 'postgres';
import { type PlacedRecord, putAside } from '../quarantine.ts';
import type { PlannedBatch, PlanSink, TooLarge } from './plan.ts';

export interface BatchOwner {
  readonly connection: string;
  readonly runId: string;
  readonly batchBytes: number;
}

/** Ids that are written at once. */
const mostIds = 50_000;

/** Writes batches into `atobi.batches` and elements that no transfer can hold into quarantine. */
export class BatchWriter implements PlanSink {
  readonly #transaction: TransactionSql;
  readonly #owner: BatchOwner;
  #batches: PlannedBatch[] = [];
  #ids = 0;

  constructor(transaction: TransactionSql, owner: BatchOwner) {
    this.#transaction = transaction;
    this.#owner = owner;
  }

  async batch(batch: PlannedBatch): Promise<void> {
    this.#batches.push(batch);
    this.#ids += batch.elements.length;
    if (this.#ids >= mostIds) await this.flush();
  }

  async flush(): Promise<void> {
    const { connection, runId } = this.#owner;
    const batches = this.#batches.map(({ context, repeats, why, elements }) => ({
      ...{ context, repeats, why },
      ids: `{${elements.map(({ id }) => id).join(',')}}`,
    }));
    this.#batches = [];
    this.#ids = 0;
    await this.#transaction.unsafe(
      `INSERT INTO atobi.batches (connection, run_id, context, element_ids, repeats, why)
       SELECT $1, $2, context, ids::bigint[], repeats, why
       FROM json_to_recordset($3::text::json) AS planned (context text, ids text, repeats bigint, why text)`,
      [connection, runId, JSON.stringify(batches)],
    );
  }

  async tooLarge(some: readonly TooLarge[]): Promise<void> {
    if (some.length === 0) return;
    const { connection, runId, batchBytes } = this.#owner;
    for (const [kpi, those] of Map.groupBy(some, ({ element }) => element.kpi)) {
      const fence = { connection, stream: kpi, runId, pass: 1, epoch: 0 };
      await putAside(
        this.#transaction,
        fence,
        those.map((one) => asRecord(one, batchBytes)),
      );
    }
    const ids = `{${some.map(({ element }) => element.id).join(',')}}`;
    await this.#transaction`
      UPDATE atobi.elements SET state = 'aside', refused_value = value, refused_units = units
      WHERE connection = ${connection} AND id = ANY (${ids}::text::bigint[])`;
  }
}

function asRecord({ element, bytes }: TooLarge, batchBytes: number): PlacedRecord {
  const rawText = JSON.stringify(element);
  return {
    recordId: element.id,
    hash: hash('sha256', rawText).slice(0, 32),
    path: '',
    reason: `A body with this element alone has ${bytes} bytes, more than batchBytes (${batchBytes}) allows: raise it and type \`incentive-sync kpi quarantine replay\`, or shorten its texts`,
    rawText,
    rawBase64: null,
    page: 0,
  };
}

/** Batches that no run is going to send any more; their elements are planned anew. */
export async function forgetOpenBatches(transaction: TransactionSql, connection: string): Promise<void> {
  await transaction`DELETE FROM atobi.batches WHERE connection = ${connection} AND state IN ('open', 'alone')`;
}
