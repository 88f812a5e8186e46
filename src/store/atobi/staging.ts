import type { TransactionSql } from 'postgres';
import { copyInto, copyLine } from '../copy.ts';
import { type ElementKey, elementId, type IdOf, keyText } from './identity.ts';

/** Where a KPI's values come from: the table `atobi.kpi_values`, or a query of the configuration. */
export type ElementSource = 'values' | 'query';

/** An element as a source shows it, fit to be sent. */
export interface ShownElement extends ElementKey {
  readonly context: string;
  readonly source: ElementSource;
  /** Digits, with a point where there are decimals. */
  readonly value: string;
  readonly units: string | null;
}

/** A row of a source that cannot be sent as it is. */
export interface UnfitRow {
  readonly kpi: string;
  readonly source: ElementSource;
  /** Which element it would be; null where that cannot be told either. */
  readonly key: ElementKey | null;
  /** The column that is wrong; empty for the row as a whole. */
  readonly path: string;
  /** The rest of a sentence that begins with the column; a whole one where there is none. */
  readonly reason: string;
  /** The row as JSON. */
  readonly raw: string;
}

export type ShownRow = ShownElement | UnfitRow;

/** A row of `atobi.kpi_values`, every value as PostgreSQL prints it. */
export interface ValueRow {
  readonly kpi: string;
  readonly context: string | null;
  readonly user_id: string | null;
  readonly location_id: string | null;
  readonly value: string;
  readonly units: string | null;
  readonly timestamp: string;
  readonly date_from: string | null;
  readonly date_to: string | null;
}

/** Which rows of `atobi.kpi_values` are read. */
export interface ValuesScope {
  readonly connection: string;
  /** Only of these KPIs; of all where undefined. */
  readonly streams?: readonly string[] | undefined;
  /** Not of these, whose values a query gives. */
  readonly without: readonly string[];
}

const rowsAtOnce = 5_000;

/**
 * What the sources show, in a table that only this transaction sees: a worker that dies leaves nothing behind, and memory
 * stays flat however many rows there are.
 */
export class Staging {
  readonly #transaction: TransactionSql;
  readonly #idOf: IdOf;

  private constructor(transaction: TransactionSql, idOf: IdOf) {
    this.#transaction = transaction;
    this.#idOf = idOf;
  }

  static async open(transaction: TransactionSql, idOf: IdOf = elementId): Promise<Staging> {
    await transaction.unsafe(`
      CREATE TEMP TABLE shown (
        id bigint, key text COLLATE "C", kpi text NOT NULL, context text, user_id text, location_id text, value numeric,
        units text, "timestamp" timestamptz, date_from timestamptz, date_to timestamptz, source text NOT NULL,
        path text, reason text, raw text
      ) ON COMMIT DROP`);
    return new Staging(transaction, idOf);
  }

  async add(rows: readonly ShownRow[]): Promise<void> {
    await copyInto(this.#transaction, `pg_temp.shown (${columns})`, rows, (row) => copyLine(lineOf(row, this.#idOf)));
  }

  /** Takes back what a query gave before it failed: half of its rows would look like all of them. */
  async forget(kpi: string): Promise<void> {
    await this.#transaction`DELETE FROM pg_temp.shown WHERE kpi = ${kpi}`;
  }

  /** Rows of `atobi.kpi_values`, some thousand at a time, by a cursor that leaves the transaction free between them. */
  async *values({ connection, streams, without }: ValuesScope): AsyncGenerator<ValueRow[]> {
    await this.#transaction.unsafe(
      `DECLARE kpi_values_shown NO SCROLL CURSOR FOR
       SELECT kpi, context, user_id, location_id, value::text, units, "timestamp"::text, date_from::text, date_to::text
       FROM atobi.kpi_values
       WHERE connection = $1 AND kpi <> ALL (ARRAY(SELECT json_array_elements_text($2::text::json)))
         AND ($3::text IS NULL OR kpi = ANY (ARRAY(SELECT json_array_elements_text($3::text::json))))`,
      [connection, JSON.stringify(without), streams === undefined ? null : JSON.stringify(streams)],
    );
    for (;;) {
      const rows = await this.#transaction.unsafe<ValueRow[]>(`FETCH ${rowsAtOnce} FROM kpi_values_shown`);
      if (rows.length > 0) yield [...rows];
      if (rows.length < rowsAtOnce) break;
    }
    await this.#transaction.unsafe('CLOSE kpi_values_shown');
  }
}

const columns = `id, key, kpi, context, user_id, location_id, value, units, "timestamp", date_from, date_to, source,
  path, reason, raw`;

function lineOf(row: ShownRow, idOf: IdOf): (string | null)[] {
  const element = 'reason' in row ? null : row;
  const key = 'reason' in row ? row.key : row;
  const text = key === null ? null : keyText(key);
  const unfit = 'reason' in row ? row : null;
  return [
    ...[text === null ? null : idOf(text, 0), text, row.kpi, element?.context ?? null],
    ...[key?.userId ?? null, key?.locationId ?? null, element?.value ?? null, element?.units ?? null],
    ...[utc(key?.timestamp ?? null), utc(key?.dateFrom ?? null), utc(key?.dateTo ?? null), row.source],
    ...[unfit?.path ?? null, unfit?.reason ?? null, unfit?.raw ?? null],
  ];
}

/** A time of `ElementKey` as PostgreSQL reads it. */
export const utc = (time: string | null): string | null => (time === null ? null : `${time}+00`);
