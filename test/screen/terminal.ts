import { clearLine, cursorTo, type Direction, moveCursor } from 'node:readline';
import { PassThrough } from 'node:stream';
import { createScreen, type Screen } from '../../src/screen/screen.ts';

export interface Captured {
  screen: Screen;
  /** Everything written so far. */
  text(): string;
  lines(): string[];
}

/** A screen on a stream in memory that says of itself whether it is a terminal. */
export function capture(options: { terminal?: boolean; noColor?: boolean; columns?: number } = {}): Captured {
  const written: string[] = [];
  const pipe = new PassThrough();
  pipe.on('data', (chunk: Buffer) => written.push(chunk.toString()));
  const stream = Object.assign(pipe, {
    isTTY: options.terminal ?? false,
    columns: options.columns ?? 120,
    rows: 40,
    cursorTo: (x: number) => cursorTo(pipe, x),
    moveCursor: (dx: number, dy: number) => moveCursor(pipe, dx, dy),
    clearLine: (direction: Direction) => clearLine(pipe, direction),
  }) as unknown as NodeJS.WriteStream;
  const text = () => written.join('');
  return {
    screen: createScreen(stream, { noColor: options.noColor ?? true, ci: false }),
    text,
    lines: () => text().split('\n').slice(0, -1),
  };
}
