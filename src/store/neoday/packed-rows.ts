import { copyLine, readCopyLine } from '../copy.ts';

/** A row of a file on its way into its table. Values are PostgreSQL's text form, null for NULL. */
export interface StagedRow {
  /** Number in the file, from 1. */
  row: number;
  /** Signed 64-bit number over the row's content, in decimal digits. */
  hash: string;
  /** In the order of `RowTable.columns`. */
  values: readonly (string | null)[];
  /** The row's JSON text where the values do not give it back. */
  raw: string | null;
}

/** Rows as lines of COPY's text format: result, row, hash, values, raw. */
export interface PackedRows {
  readonly chunks: readonly Buffer[];
  readonly count: number;
}

const blockBytes = 128 * 1024;
/** Texts this short fit a block also where each character takes three bytes. */
const textCharacters = 16 * 1024;

/**
 * Blocks that rows are packed into, used again and again: left to the garbage collector they would pile up by the tens of
 * megabytes between two of its rounds. As many are kept as two files at a time need, each with a batch that is written
 * and one that is filled.
 */
const mostSpare = 160;
const spare = new Set<ArrayBuffer>();

/** Gives the memory of packed rows back; nothing reads them any more. */
export function releaseRows({ chunks }: PackedRows): void {
  for (const { buffer } of chunks) {
    const isBlock = buffer instanceof ArrayBuffer && buffer.byteLength === blockBytes;
    if (isBlock && spare.size < mostSpare) spare.add(buffer);
  }
}

function takeBlock(): Buffer {
  const [block] = spare;
  if (block === undefined) return Buffer.allocUnsafeSlow(blockBytes);
  spare.delete(block);
  return Buffer.from(block);
}

/**
 * Packs rows as they come. Packed they lie outside of the JavaScript heap, where rows by the ten thousand, each of some
 * texts and kept until its commit, would make it grow to several times their size.
 */
export class RowPacker {
  readonly #result: string;
  #chunks: Buffer[] = [];
  #block: Buffer | null = null;
  #used = 0;
  #text = '';
  #count = 0;

  /** `sequence`: the result's, as in `neoday.results`. */
  constructor(sequence: number) {
    this.#result = String(sequence);
  }

  get count(): number {
    return this.#count;
  }

  add({ row, hash, values, raw }: StagedRow): void {
    this.#text += copyLine([this.#result, String(row), hash, ...values, raw]);
    this.#count++;
    if (this.#text.length >= textCharacters) this.#flush();
  }

  /** What was packed since the last time. */
  take(): PackedRows {
    this.#flush();
    this.#closeBlock();
    const packed = { chunks: this.#chunks, count: this.#count };
    this.#chunks = [];
    this.#count = 0;
    return packed;
  }

  #flush(): void {
    const text = this.#text;
    if (text === '') return;
    this.#text = '';
    const mostBytes = text.length * 3;
    if (mostBytes > blockBytes - this.#used) this.#closeBlock();
    if (mostBytes > blockBytes) {
      this.#chunks.push(Buffer.from(text));
      return;
    }
    this.#block ??= takeBlock();
    this.#used += this.#block.write(text, this.#used);
  }

  #closeBlock(): void {
    if (this.#block !== null) this.#chunks.push(this.#block.subarray(0, this.#used));
    this.#block = null;
    this.#used = 0;
  }
}

export function packRows(sequence: number, rows: Iterable<StagedRow>): PackedRows {
  const packer = new RowPacker(sequence);
  for (const row of rows) packer.add(row);
  return packer.take();
}

/** The rows without the one in a line, counted from 1, and which it was; null where there is no such line. */
export function withoutLine(packed: PackedRows, line: number): { left: PackedRows; removed: StagedRow } | null {
  const lines = Buffer.concat(packed.chunks).toString().split('\n').slice(0, -1);
  const [removed] = lines.splice(line - 1, 1);
  if (removed === undefined) return null;
  const [, row, hash, ...values] = readCopyLine(removed);
  const raw = values.pop() ?? null;
  const chunks = lines.length === 0 ? [] : [Buffer.from(`${lines.join('\n')}\n`)];
  return { left: { chunks, count: lines.length }, removed: { row: Number(row), hash: hash ?? '', values, raw } };
}
