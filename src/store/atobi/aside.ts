import { createHash } from 'node:crypto';
import type { TransactionSql } from 'postgres';
import { type PlacedRecord, putAside } from '../quarantine.ts';
import type { Deliverer } from './deliveries.ts';

interface Refused {
  id: string;
  kpi: string;
  http_status: number | null;
  answer: string | null;
  delivery: number;
  text: string;
}

const longestQuote = 500;

/**
 * Elements of a context that were refused alone go to quarantine with the vendor's answer. They are not sent again until
 * their value changes or a person replays them. One that was sent again since is another delivery's matter.
 */
export async function setAloneAside(
  transaction: TransactionSql,
  { connection, runId }: Deliverer,
  context: string,
): Promise<void> {
  const batches = await transaction<{ batch: number }[]>`
    UPDATE atobi.batches SET state = 'done'
    WHERE connection = ${connection} AND run_id = ${runId} AND context = ${context} AND state = 'alone'
    RETURNING batch::float8`;
  for (const { batch } of batches) await setAside(transaction, connection, runId, batch);
}

async function setAside(transaction: TransactionSql, connection: string, runId: string, batch: number): Promise<void> {
  const refused = await transaction<Refused[]>`
    WITH sent AS (
      SELECT delivery, http_status, answer, element_ids[1] AS id, sent_values[1] AS value, sent_units[1] AS units
      FROM atobi.deliveries WHERE batch = ${batch} AND state = 'refused' ORDER BY delivery DESC LIMIT 1
    )
    UPDATE atobi.elements AS element SET state = 'aside', refused_value = sent.value, refused_units = sent.units
    FROM sent WHERE element.connection = ${connection} AND element.id = sent.id AND element.delivery = sent.delivery
    RETURNING element.id::text, kpi, http_status, answer, sent.delivery::float8,
      json_build_object('id', element.id, 'kpi', kpi, 'user_id', user_id, 'location_id', location_id,
        'value', sent.value::text, 'units', sent.units, 'timestamp', "timestamp", 'date_from', date_from,
        'date_to', date_to)::text AS text`;
  for (const one of refused) {
    const fence = { connection, stream: one.kpi, runId, pass: 1, epoch: 0 };
    await putAside(transaction, fence, [asRecord(one)]);
  }
}

function asRecord({ id, http_status, answer, delivery, text }: Refused): PlacedRecord {
  const quote = answer === null || answer === '' ? 'without a word' : `: ${answer.slice(0, longestQuote)}`;
  return {
    recordId: id,
    hash: createHash('sha256').update(text).digest('hex').slice(0, 32),
    path: '',
    reason: `Atobi refused this element alone (delivery ${delivery}, HTTP ${http_status})${quote}`,
    rawText: text,
    rawBase64: null,
    page: 0,
  };
}
