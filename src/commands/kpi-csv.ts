import type { Line } from './kpi-lines.ts';

/** A record of a CSV file: its fields, or why it has none that can be trusted. */
export interface CsvRecord {
  /** Number of its first line. */
  readonly line: number;
  /** As it stands in the file. */
  readonly text: string;
  readonly fields: readonly string[] | { readonly reason: string };
}

/** A field may hold line breaks; one of more lines is a quotation mark that somebody forgot. */
const mostLines = 20;

/**
 * Takes CSV (RFC 4180) apart: a field within quotation marks may hold the delimiter, line breaks, and quotation marks
 * written twice. A record that breaks the rules spoils nothing but itself; where a quotation mark is never closed, the
 * lines after its own are read as records again.
 */
export class CsvRecords {
  readonly #delimiter: string;
  /** Lines of a record that is not complete. */
  #open: Line[] = [];

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
  }

  add(lines: readonly Line[]): CsvRecord[] {
    const records: CsvRecord[] = [];
    for (const line of lines) this.#take(line, records);
    return records;
  }

  /** What is left when the file ends. */
  end(): CsvRecord[] {
    const records: CsvRecord[] = [];
    while (this.#open.length > 0) this.#giveUp(records);
    return records;
  }

  #take(line: Line, records: CsvRecord[]): void {
    if (this.#open.length === 0 && line.text.trim() === '') return;
    this.#open.push(line);
    const text = this.#open.map((one) => one.text).join('\n');
    const fields = fieldsOf(text, this.#delimiter);
    if (fields === 'open' && this.#open.length < mostLines) return;
    // What does not come apart over several lines may be several records after a stray quotation mark.
    if (fields === 'open' || ('reason' in fields && this.#open.length > 1)) {
      this.#giveUp(records);
      return;
    }
    records.push({ line: this.#open[0]?.line ?? line.line, text, fields });
    this.#open = [];
  }

  #giveUp(records: CsvRecord[]): void {
    const [first, ...others] = this.#open;
    this.#open = [];
    if (first === undefined) return;
    records.push({ ...first, fields: { reason: 'It has a quotation mark that is never closed' } });
    for (const line of others) this.#take(line, records);
  }
}

const quote = '"';

/** `open`: a quotation mark is not closed, so the record goes on in the next line. */
export function fieldsOf(text: string, delimiter: string): readonly string[] | { reason: string } | 'open' {
  if (!text.includes(quote)) return text.split(delimiter);
  const fields: string[] = [];
  for (let at = 0; ; ) {
    const end = text[at] === quote ? closingQuote(text, at + 1) : delimiterAfter(text, at, delimiter);
    if (end === -1) return 'open';
    const quoted = text[at] === quote;
    const field = quoted ? text.slice(at + 1, end).replaceAll('""', quote) : text.slice(at, end);
    if (!quoted && field.includes(quote)) {
      return { reason: 'It has a quotation mark within a field: put the field in quotation marks and write it twice' };
    }
    fields.push(field);
    at = quoted ? end + 1 : end;
    if (at >= text.length) return fields;
    if (text[at] !== delimiter)
      return { reason: 'It has something between a closing quotation mark and the next field' };
    at += 1;
  }
}

/** -1 where there is none. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf(quote, from); at !== -1; at = text.indexOf(quote, at + 2)) {
    if (text[at + 1] !== quote) return at;
  }
  return -1;
}

function delimiterAfter(text: string, from: number, delimiter: string): number {
  const at = text.indexOf(delimiter, from);
  return at === -1 ? text.length : at;
}

/** What divides the fields of a header, whose names hold neither: a comma, else a semicolon, else a tabulator. */
export function delimiterOf(header: string): string {
  return [',', ';', '\t'].find((one) => header.includes(one)) ?? ',';
}
