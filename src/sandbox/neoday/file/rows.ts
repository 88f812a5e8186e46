/** The rows of a file, whoever wrote them. */
import { bytesOf, type Piece, text } from './piece.ts';
import type { Fill, Template } from './template.ts';

export interface Rows {
  readonly count: number;
  /** The rows with commas between them. */
  readonly bytes: Piece;
  /** Where row `index`, counted from 0, stands in `bytes`; `to` is exclusive. */
  place(index: number): { from: number; to: number };
}

/** Rows given as raw JSON texts, sent to the byte. */
export function givenRows(texts: readonly string[]): Rows {
  const starts = [0];
  for (const row of texts) starts.push((starts.at(-1) ?? 0) + Buffer.byteLength(row) + 1);
  return {
    count: texts.length,
    bytes: text(texts.join(',')),
    place: (index) => ({ from: starts[index] ?? 0, to: (starts[index + 1] ?? 1) - 1 }),
  };
}

export interface Generated {
  /** Called when bytes are asked for: counting rows needs none. */
  template: () => Template;
  /** Rows of a block. */
  perBlock: number;
  fullBlocks: number;
  /** Rows of a last block that is not full. */
  rest: number;
  fill: (block: number) => Fill;
}

/** As many rows as wanted, in the memory of one block. */
export function generatedRows({ template, perBlock, fullBlocks, rest, fill }: Generated): Rows {
  const count = fullBlocks * perBlock + rest;
  const start = (row: number) => Math.floor(row / perBlock) * template().length + template().start(row % perBlock);
  return {
    count,
    place: (index) => ({ from: start(index), to: start(index + 1) - 1 }),
    bytes: {
      get length() {
        return count === 0 ? 0 : start(count) - 1;
      },
      *parts(from, to) {
        const one = template();
        for (let at = from; at < to; ) {
          const block = Math.floor(at / one.length);
          const base = block * one.length;
          const end = Math.min(to, base + one.length);
          yield one.filled(fill(block)).subarray(at - base, end - base);
          at = end;
        }
      },
    },
  };
}

export function rowText(rows: Rows, index: number): string {
  const { from, to } = rows.place(index);
  return bytesOf(rows.bytes, from, to).toString();
}

const rowsAtOnce = 1000;

/** Every row's text in order. */
export function* rowTexts(rows: Rows): Generator<string> {
  for (let first = 0; first < rows.count; first += rowsAtOnce) {
    const last = Math.min(rows.count, first + rowsAtOnce) - 1;
    const base = rows.place(first).from;
    const block = bytesOf(rows.bytes, base, rows.place(last).to);
    for (let index = first; index <= last; index += 1) {
      const { from, to } = rows.place(index);
      yield block.toString('utf8', from - base, to - base);
    }
  }
}
