import { readKpiRow, type WrittenRow } from '../activities/kpi-row.ts';
import { didYouMean } from '../config/suggest.ts';
import { ConfigurationError } from '../errors.ts';
import type { ImportedRow } from '../store/atobi/import.ts';
import { isObject, numberText, parseVerbatim } from '../vendors/json/exact.ts';
import { type CsvRecord, CsvRecords, delimiterOf, fieldsOf } from './kpi-csv.ts';
import { type Line, linesOf } from './kpi-lines.ts';

export type ImportFormat = 'csv' | 'ndjson';

const needed = ['kpi', 'value', 'timestamp'] as const;
const columns = [...needed, 'user_id', 'location_id', 'context', 'units', 'date_from', 'date_to'] as const;
type Column = (typeof columns)[number];

const nothing: WrittenRow = {
  ...{ kpi: '', context: null, user_id: null, location_id: null, value: null, units: null },
  ...{ timestamp: null, date_from: null, date_to: null },
};

/**
 * The rows of a file, checked one by one, some at a time.
 *
 * @throws ConfigurationError where the file as a whole cannot be read: not UTF-8, without rows, or with wrong columns.
 */
export async function* rowsOf(
  chunks: AsyncIterable<Uint8Array>,
  format: ImportFormat,
  name: string,
): AsyncGenerator<ImportedRow[]> {
  const lines = linesOf(chunks, name);
  let rows = 0;
  for await (const some of format === 'csv' ? csvRows(lines, name) : jsonRows(lines)) {
    rows += some.length;
    yield some;
  }
  if (rows === 0) throw new ConfigurationError(`${name} has no rows, so there is nothing to import.`);
}

async function* jsonRows(lines: AsyncIterable<Line[]>): AsyncGenerator<ImportedRow[]> {
  for await (const some of lines) yield some.filter(({ text }) => text.trim() !== '').map(jsonRow);
}

function jsonRow({ line, text }: Line): ImportedRow {
  const written = readObject(text);
  return typeof written === 'string'
    ? { line, text, row: { path: '', reason: written } }
    : checked(line, text, written);
}

function readObject(text: string): WrittenRow | string {
  let parsed: unknown;
  try {
    parsed = parseVerbatim(text);
  } catch {
    return 'It is not JSON: write one object a line';
  }
  if (!isObject(parsed)) return 'It is no JSON object: write one object a line';
  const written: Partial<Record<Column, string | null>> = {};
  for (const [name, value] of Object.entries(parsed)) {
    if (!isColumn(name)) return `It ${unknownColumns([name])}`;
    const text = value === null ? null : typeof value === 'string' ? value : numberText(value);
    if (text === null && value !== null) return `${name} is neither a text nor a number`;
    written[name] = text;
  }
  return { ...nothing, ...written, kpi: written.kpi ?? '' };
}

async function* csvRows(lines: AsyncIterable<Line[]>, name: string): AsyncGenerator<ImportedRow[]> {
  let reading: { records: CsvRecords; header: readonly Column[] } | null = null;
  for await (const some of lines) {
    const begin = reading === null ? some.findIndex(({ text }) => text.trim() !== '') : -1;
    if (reading === null && begin === -1) continue;
    reading ??= readHeader(some[begin]?.text ?? '', name);
    const { records, header } = reading;
    yield records.add(some.slice(begin + 1)).map((record) => csvRow(record, header));
  }
  if (reading === null) throw new ConfigurationError(`${name} is empty: it needs a header with ${needed.join(', ')}.`);
  const { records, header } = reading;
  yield records.end().map((record) => csvRow(record, header));
}

function readHeader(text: string, name: string): { records: CsvRecords; header: readonly Column[] } {
  const delimiter = delimiterOf(text);
  const fields = fieldsOf(text, delimiter);
  const names = Array.isArray(fields) ? fields.map((field: string) => field.trim()) : [];
  const unknown = names.filter((one) => !isColumn(one));
  const missing: string[] = needed.filter((one) => !names.includes(one));
  if (!names.includes('user_id') && !names.includes('location_id')) missing.push('user_id or location_id');
  const twice = names.filter((one, index) => names.indexOf(one) !== index);
  const wrong = [
    ...(missing.length === 0 ? [] : [`lacks ${missing.join(', ')}`]),
    ...(unknown.length === 0 ? [] : [unknownColumns(unknown)]),
    ...(twice.length === 0 ? [] : [`has ${twice.join(', ')} twice`]),
  ];
  if (wrong.length === 0) return { records: new CsvRecords(delimiter), header: names.filter(isColumn) };
  throw new ConfigurationError(
    `The header of ${name} ${wrong.join(' and ')}. Columns are ${columns.join(', ')}, in any order. Nothing was imported.`,
  );
}

function csvRow({ line, text, fields }: CsvRecord, header: readonly Column[]): ImportedRow {
  if ('reason' in fields) return { line, text, row: { path: '', reason: fields.reason } };
  if (fields.length !== header.length) {
    const reason = `It has ${fields.length} fields, and the header has ${header.length}`;
    return { line, text, row: { path: '', reason } };
  }
  const written = Object.fromEntries(header.map((column, index) => [column, fields[index] ?? '']));
  return checked(line, text, { ...nothing, ...written });
}

const checked = (line: number, text: string, written: WrittenRow): ImportedRow => ({
  ...{ line, text },
  row: readKpiRow(written, 'values'),
});

const isColumn = (name: string): name is Column => columns.some((column) => column === name);

function unknownColumns(names: readonly string[]): string {
  const known = names.map((name) => `${name.slice(0, 60)}${didYouMean(name, columns)}`);
  return `has ${known.join(', ')}, which means nothing here`;
}
