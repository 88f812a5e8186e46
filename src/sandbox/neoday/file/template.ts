/**
 * A block of rows, written once and copied for every block of a file: only short codes at known places differ, so that
 * every block has the same length (any offset is found by division) and costs little more than its copy.
 */

/** Runs of these stand where a block's own values go; row texts use the three characters for nothing else. */
export const marks = { user: '~~~~~', block: '^^^^^', day: '##########' } as const;

export type Fill = Readonly<Record<keyof typeof marks, Buffer>>;

interface Gap {
  mark: keyof typeof marks;
  width: number;
  at: Int32Array;
}

export class Template {
  /** Bytes of a block: its rows, each with a comma after it. */
  readonly length: number;
  private readonly bytes: Buffer;
  /** Where each row begins, and where a row after the last would. */
  private readonly starts: Int32Array;
  private readonly gaps: readonly Gap[];

  constructor(texts: readonly string[]) {
    const rows = texts.map((text) => Buffer.from(`${text},`));
    this.bytes = Buffer.concat(rows);
    this.length = this.bytes.length;
    this.starts = startsOf(rows);
    this.gaps = (['user', 'block', 'day'] as const).map((mark) => gapOf(this.bytes, mark));
  }

  /** Offset of a row in the block; for the number of rows the block's length. */
  start(row: number): number {
    return this.starts[row] ?? this.length;
  }

  filled(fill: Fill): Buffer {
    const block = Buffer.allocUnsafeSlow(this.length);
    this.bytes.copy(block);
    for (const { mark, width, at } of this.gaps) {
      const value = fill[mark];
      for (const place of at) {
        for (let index = 0; index < width; index += 1) block[place + index] = value[index] ?? 0;
      }
    }
    return block;
  }
}

function startsOf(rows: readonly Buffer[]): Int32Array {
  const starts = new Int32Array(rows.length + 1);
  let next = 0;
  rows.forEach((row, index) => {
    next += row.length;
    starts[index + 1] = next;
  });
  return starts;
}

function gapOf(bytes: Buffer, mark: keyof typeof marks): Gap {
  const run = marks[mark];
  const at: number[] = [];
  for (let place = bytes.indexOf(run); place >= 0; place = bytes.indexOf(run, place + run.length)) at.push(place);
  return { mark, width: run.length, at: Int32Array.from(at) };
}
