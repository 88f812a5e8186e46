import type { Sql } from 'postgres';
import type { ReadPage, ReadRecord, RecordRow } from './commit.ts';
import { refusesValue, sqlState } from './errors.ts';
import type { QuarantinedRecord } from './quarantine.ts';
import type { RecordTable } from './tables.ts';
import { rowsAsJson } from './update.ts';

/**
 * The pages with every record that PostgreSQL refuses turned into one to be put aside. A value that nobody foresaw would
 * otherwise block its stream for ever, since the same commit fails again however often it is tried. Found by halving,
 * with a statement that converts values and writes nothing.
 */
export async function setRefusedAside(sql: Sql, table: RecordTable, pages: readonly ReadPage[]): Promise<ReadPage[]> {
  const tried = pages.flatMap(({ records }) => records.flatMap(triedRecord));
  const rowsOf = (some: readonly Tried[]) => some.map(({ row }) => row);
  const refused = await refusedOf(tried, (some) => refusal(sql, table, rowsOf(some)));
  const aside = new Map<ReadRecord, QuarantinedRecord>();
  for (const { record, row } of refused) aside.set(record, await putAsideAs(sql, table, row));
  return pages.map((page) => ({ ...page, records: page.records.map((record) => replaced(record, aside)) }));
}

interface Tried {
  record: ReadRecord;
  row: RecordRow;
}

function triedRecord(record: ReadRecord): Tried[] {
  const row = record.map();
  return 'reason' in row ? [] : [{ record, row }];
}

function replaced(record: ReadRecord, aside: ReadonlyMap<ReadRecord, QuarantinedRecord>): ReadRecord {
  const quarantined = aside.get(record);
  return quarantined === undefined ? record : { ...record, map: () => quarantined };
}

/** Those of `items` that are refused: one probe where all is well, two for each halving where not. */
async function refusedOf<T>(
  items: readonly T[],
  probe: (some: readonly T[]) => Promise<string | null>,
): Promise<readonly T[]> {
  if (items.length === 0 || (await probe(items)) === null) return [];
  if (items.length === 1) return items;
  const middle = Math.ceil(items.length / 2);
  const first = await refusedOf(items.slice(0, middle), probe);
  return [...first, ...(await refusedOf(items.slice(middle), probe))];
}

/** SQLSTATE with which PostgreSQL refuses these rows; null where it takes them. */
async function refusal(sql: Sql, table: RecordTable, rows: readonly RecordRow[]): Promise<string | null> {
  try {
    const json = rowsAsJson(table, rows);
    await sql.unsafe(`SELECT count(*) FROM json_populate_recordset(NULL::${table.name}, $1::text::json)`, [json]);
    return null;
  } catch (error) {
    if (refusesValue(error)) return sqlState(error);
    throw error;
  }
}

async function putAsideAs(sql: Sql, table: RecordTable, row: RecordRow): Promise<QuarantinedRecord> {
  const columns = table.columns.map((_, index) => index);
  const [column] = await refusedOf(columns, (some) => refusal(sql, table, [onlyColumns(row, some)]));
  const where = column === undefined ? 'the record' : `the value of column ${table.columns[column]}`;
  const code = await refusal(sql, table, [row]);
  return {
    recordId: row.id,
    hash: row.hash,
    path: '',
    reason: `PostgreSQL cannot hold ${where} (SQLSTATE ${code})`,
    rawText: row.raw,
    rawBase64: null,
  };
}

/** The row with all other columns empty. */
function onlyColumns(row: RecordRow, kept: readonly number[]): RecordRow {
  return { ...row, raw: '{}', values: row.values.map((value, index) => (kept.includes(index) ? value : null)) };
}
