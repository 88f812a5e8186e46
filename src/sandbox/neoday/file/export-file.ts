/** An export's file: one JSON object with one root key that holds the list of rows, and what can be wrong with it. */
import { bytesOf, joined, type Piece, text, window } from './piece.ts';
import type { Rows } from './rows.ts';

export interface ExportFile {
  rootKey: string;
  rows: Rows;
  /** Raw texts in the place of rows, by row number from 1. */
  replaced?: ReadonlyMap<number, string>;
  /** A row before the first one. */
  prepended?: string;
  /** The file ends in the middle of this row, counted from 1. */
  endsInRow?: number;
  /** Other keys before and after the list. */
  extraKeys?: boolean;
  /** No byte at all, or a list without rows. */
  empty?: 'file' | 'list';
  /** Exactly these bytes in place of everything. */
  exactly?: string;
}

export function bytesOfFile(file: ExportFile): Piece {
  if (file.exactly !== undefined) return text(file.exactly);
  if (file.empty === 'file') return text('');
  const { rootKey, extraKeys = false } = file;
  const before = extraKeys ? `"generated_at":"2025-11-20T02:00:10+00:00","meta":{"rows":[1,{"a":"]"}]},` : '';
  const after = extraKeys ? `,"notes":[["{",null],"}"],"version":2` : '';
  const whole = [text(`{${before}${JSON.stringify(rootKey)}:[`), ...listOf(file), text(`]${after}}`)];
  return endingEarly(file, joined(whole), whole[0]?.length ?? 0);
}

function listOf({ empty, prepended, replaced, rows }: ExportFile): Piece[] {
  if (empty === 'list') return [];
  const first = prepended === undefined ? [] : [text(rows.count === 0 ? prepended : `${prepended},`)];
  return [...first, ...(replaced === undefined ? [rows.bytes] : patched(rows, replaced))];
}

function patched(rows: Rows, replaced: ReadonlyMap<number, string>): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  const within = [...replaced].filter(([row]) => row >= 1 && row <= rows.count);
  for (const [row, replacement] of within.sort(([a], [b]) => a - b)) {
    const { from, to } = rows.place(row - 1);
    pieces.push(window(rows.bytes, at, from), text(replacement));
    at = to;
  }
  return [...pieces, window(rows.bytes, at, rows.bytes.length)];
}

/** Only for files whose other rows are as generated: the place is looked up there. */
function endingEarly({ endsInRow, rows }: ExportFile, whole: Piece, headLength: number): Piece {
  if (endsInRow === undefined || endsInRow > rows.count) return whole;
  const { from, to } = rows.place(endsInRow - 1);
  return window(whole, 0, headLength + from + Math.floor((to - from) / 2));
}

/** The first bytes tell files of different keys and rows apart; the rest follows from them. */
export function fingerprint(file: ExportFile): string {
  const { rows, replaced, ...shape } = file;
  const start = bytesOf(rows.bytes, 0, Math.min(rows.bytes.length, 4096)).toString('base64');
  return JSON.stringify([shape, [...(replaced ?? [])], rows.count, rows.bytes.length, start]);
}
