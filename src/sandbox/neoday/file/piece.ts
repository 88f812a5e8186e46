/** Bytes that are made when they are asked for, from any place on: how a file of gigabytes is served without being held. */
export interface Piece {
  readonly length: number;
  /** The bytes `from` to `to` (exclusive), in parts of moderate size. */
  parts(from: number, to: number): Iterable<Buffer>;
}

export function text(content: string): Piece {
  const bytes = Buffer.from(content);
  return {
    length: bytes.length,
    *parts(from, to) {
      if (from < to) yield bytes.subarray(from, to);
    },
  };
}

/** Bytes `from` to `to` (exclusive) of another piece. */
export function window(piece: Piece, from: number, to: number): Piece {
  return { length: to - from, parts: (start, end) => piece.parts(from + start, from + end) };
}

export function joined(pieces: readonly Piece[]): Piece {
  return {
    length: pieces.reduce((sum, { length }) => sum + length, 0),
    *parts(from, to) {
      let start = 0;
      for (const piece of pieces) {
        const first = Math.max(from, start) - start;
        const last = Math.min(to, start + piece.length) - start;
        if (first < last) yield* piece.parts(first, last);
        start += piece.length;
      }
    },
  };
}

export function bytesOf(piece: Piece, from = 0, to = piece.length): Buffer {
  return Buffer.concat([...piece.parts(from, to)]);
}
