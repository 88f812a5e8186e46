import type { TransactionSql } from 'postgres';
import type { SentElement } from './deliveries.ts';

/** How what is to be sent is chosen and cut. */
export interface PlanRules {
  /** Everything that the sources show, accepted or not, if it was not sent since delivery `upTo`; null for what differs. */
  readonly all: { readonly upTo: number } | null;
  readonly onUnknown: 'resend' | 'hold';
  /** Elements of one transfer, at most. */
  readonly batchElements: number;
  /** Bytes of one transfer's body, at most. */
  readonly batchBytes: number;
  /** Begins an empty body of a context. */
  readonly meter: (context: string) => Meter;
}

/** Measures a body while elements are collected for it. */
export interface Meter {
  readonly bytes: number;
  readonly elements: number;
  bytesOf(element: SentElement): number;
  add(element: SentElement): void;
}

export interface PlannedBatch {
  readonly context: string;
  /** The delivery of which it is not known whether it arrived; null where there was none. */
  readonly repeats: number | null;
  readonly why: string;
  readonly bytes: number;
  readonly elements: readonly SentElement[];
}

/** An element that is too large for any transfer. */
export interface TooLarge {
  readonly element: SentElement;
  readonly bytes: number;
}

/** Where a plan goes to. */
export interface PlanSink {
  batch(batch: PlannedBatch): Promise<void>;
  tooLarge(some: readonly TooLarge[]): Promise<void>;
}

export interface Planned {
  /** By KPI. */
  readonly toSend: ReadonlyMap<string, number>;
  readonly elements: number;
  readonly batches: number;
}

/**
 * The newest of an element's deliveries that may have arrived: its last one, or one that this repeats. Null where it is
 * known of all of them that they did not.
 */
const doubtful = `(
  WITH RECURSIVE sent AS (
    SELECT delivery, repeats, state FROM atobi.deliveries WHERE delivery = element.delivery
    UNION ALL
    SELECT earlier.delivery, earlier.repeats, earlier.state FROM sent
      JOIN atobi.deliveries AS earlier ON earlier.delivery = sent.repeats
  )
  SELECT max(delivery) FROM sent WHERE state = 'unknown')`;

/**
 * What becomes of an element that is shown. Text, to stand in a query over `element`; $2 is `all.upTo` or null, $3 `onUnknown`.
 * `under way`: a request with it has no answer yet.
 */
export const fate = `
  CASE
    WHEN element.state = 'sending' THEN 'held'
    WHEN element.state = 'unknown' THEN CASE WHEN $3 = 'hold' THEN 'held' ELSE 'repeat' END
    WHEN element.state = 'refused' AND ${doubtful} IS NOT NULL THEN 'repeat'
    WHEN element.state = 'aside'
      AND (element.value, element.units) IS NOT DISTINCT FROM (element.refused_value, element.refused_units) THEN 'aside'
    WHEN element.state = 'accepted'
      AND (element.value, element.units) IS NOT DISTINCT FROM (element.accepted_value, element.accepted_units)
      THEN CASE WHEN element.delivery <= $2::text::bigint THEN 'again' ELSE 'unchanged' END
    ELSE 'send' END`;

interface ToSend extends SentElement {
  context: string;
  fate: 'send' | 'again' | 'repeat';
  delivery: number | null;
}

const rowsAtOnce = 2_000;

const utc = (column: string) => `to_char(element.${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')`;

const toSend = `
  SELECT * FROM (
    SELECT element.id::text, element.kpi, element.user_id AS "userId", element.location_id AS "locationId",
      element.value::text AS value, element.units, ${utc('"timestamp"')} AS timestamp, ${utc('date_from')} AS "dateFrom",
      ${utc('date_to')} AS "dateTo", element.context, ${fate} AS fate,
      CASE WHEN element.state = 'refused' THEN ${doubtful} ELSE element.delivery END::float8 AS delivery
    FROM pg_temp.shown JOIN atobi.elements AS element ON element.connection = $1 AND element.id = shown.id
    WHERE shown.reason IS NULL) AS planned
  WHERE fate IN ('send', 'again', 'repeat')
  ORDER BY context, fate, CASE WHEN fate = 'repeat' THEN delivery END, kpi, "userId", "locationId",
    "dateFrom", "dateTo", timestamp`;

/**
 * Cuts what is to be sent into batches and hands each to the sink, ordered by context, KPI, subject and period. Elements
 * that may have arrived already have batches of their own, one for each delivery in doubt, so that the journal can say
 * what is sent again and why.
 */
export async function planBatches(
  transaction: TransactionSql,
  connection: string,
  rules: PlanRules,
  sink: PlanSink,
): Promise<Planned> {
  await transaction.unsafe(`DECLARE elements_to_send NO SCROLL CURSOR FOR ${toSend}`, [
    ...[connection, againUpTo(rules), rules.onUnknown],
  ]);
  const cutter = new Cutter(rules);
  for (;;) {
    const rows = await transaction.unsafe<ToSend[]>(`FETCH ${rowsAtOnce} FROM elements_to_send`);
    for (const row of rows) for (const full of cutter.add(row)) await sink.batch(full);
    await sink.tooLarge(cutter.refused.splice(0));
    if (rows.length < rowsAtOnce) break;
  }
  await transaction.unsafe('CLOSE elements_to_send');
  for (const last of cutter.end()) await sink.batch(last);
  return cutter.planned();
}

/** As a parameter of `fate`. */
export const againUpTo = ({ all }: Pick<PlanRules, 'all'>): string | null => (all === null ? null : String(all.upTo));

class Cutter {
  readonly #rules: PlanRules;
  readonly #toSend = new Map<string, number>();
  /** Since they were taken away. */
  readonly refused: TooLarge[] = [];
  #meter: Meter | null = null;
  #first: ToSend | null = null;
  #elements: SentElement[] = [];
  #batches = 0;

  constructor(rules: PlanRules) {
    this.#rules = rules;
  }

  /** The batch before, where the element does not fit into it. */
  add(row: ToSend): PlannedBatch[] {
    const element = sentElement(row);
    const alone = this.#rules.meter(row.context);
    const bytes = alone.bytes + alone.bytesOf(element);
    if (bytes > this.#rules.batchBytes) {
      this.refused.push({ element, bytes });
      return [];
    }
    const full = this.#fits(row, element) ? [] : this.end();
    this.#meter ??= alone;
    this.#first ??= row;
    this.#meter.add(element);
    this.#elements.push(element);
    countOne(this.#toSend, row.kpi);
    return full;
  }

  #fits(row: ToSend, element: SentElement): boolean {
    const [meter, first] = [this.#meter, this.#first];
    if (meter === null || first === null) return true;
    if (row.context !== first.context || row.fate !== first.fate) return false;
    if (row.fate === 'repeat' && row.delivery !== first.delivery) return false;
    const { batchElements, batchBytes } = this.#rules;
    return meter.elements < batchElements && meter.bytes + meter.bytesOf(element) <= batchBytes;
  }

  /** What is left. */
  end(): PlannedBatch[] {
    const [meter, first, elements] = [this.#meter, this.#first, this.#elements];
    if (meter === null || first === null) return [];
    this.#meter = null;
    this.#first = null;
    this.#elements = [];
    this.#batches += 1;
    const repeats = first.fate === 'repeat' ? first.delivery : null;
    return [{ context: first.context, repeats, why: whyOf(first), bytes: meter.bytes, elements }];
  }

  planned(): Planned {
    const elements = [...this.#toSend.values()].reduce((sum, count) => sum + count, 0);
    return { toSend: this.#toSend, elements, batches: this.#batches };
  }
}

function countOne(counts: Map<string, number>, kpi: string): void {
  counts.set(kpi, (counts.get(kpi) ?? 0) + 1);
}

function whyOf({ fate, delivery }: ToSend): string {
  if (fate === 'repeat') return `sent again, because what became of delivery ${delivery} is unknown`;
  return fate === 'again' ? 'sent again, because everything was to be' : 'new, changed, or not accepted before';
}

function sentElement({ context: _context, fate: _fate, delivery: _delivery, ...element }: ToSend): SentElement {
  return element;
}
