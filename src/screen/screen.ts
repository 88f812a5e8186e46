import { styleText } from 'node:util';

/**
 * Where text for people goes: always stderr, because stdout belongs to `--json` (and to `--help` and `--version`).
 * `terminal` says whether lines may be redrawn; `colour` whether they may be coloured.
 */
export interface Screen {
  readonly stream: NodeJS.WriteStream;
  readonly terminal: boolean;
  readonly colour: boolean;
  line(text?: string): void;
}

export interface ScreenOptions {
  noColor: boolean;
  /** Continuous integration looks like a terminal here and there, and keeps every redrawn frame. */
  ci: boolean;
}

export function createScreen(stream: NodeJS.WriteStream, { noColor, ci }: ScreenOptions): Screen {
  const terminal = stream.isTTY === true && !ci;
  return {
    stream,
    terminal,
    colour: terminal && !noColor,
    line: (text = '') => void stream.write(`${text}\n`),
  };
}

/** Characters that fit a line: unlimited in files and pipes. Some terminals say of themselves that they have none. */
export function widthOf({ terminal, stream }: Screen): number {
  return terminal ? Math.max(40, stream.columns || 80) - 1 : Number.POSITIVE_INFINITY;
}

export type Colour = 'green' | 'red' | 'yellow' | 'cyan' | 'dim' | 'bold';

export function paint(screen: Screen, colour: Colour, text: string): string {
  return screen.colour ? styleText(colour, text, { validateStream: false }) : text;
}
