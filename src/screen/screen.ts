import { styleText } from 'node:util';
import { fitted } from './format.ts';

/** How much is told: `quiet` only what was asked for, `verbose` also what is done on the way. */
export type Loudness = 'quiet' | 'normal' | 'verbose';

/**
 * Where text for people goes: always stderr, because stdout belongs to `--json` (and to `--help` and `--version`).
 * `terminal` says whether lines may be redrawn; `colour` whether they may be coloured.
 */
export interface Screen {
  readonly stream: NodeJS.WriteStream;
  readonly terminal: boolean;
  readonly colour: boolean;
  readonly loudness: Loudness;
  /** What the command was asked for, and what a person must know. */
  line(text?: string): void;
  /** What happens on the way there: nothing with `quiet`. */
  note(text?: string): void;
}

export interface ScreenOptions {
  noColor: boolean;
  /** Colours also where no terminal is, or none although one is; what the stream is decides where undefined. */
  forceColor?: boolean | undefined;
  /** Continuous integration looks like a terminal here and there, and keeps every redrawn frame. */
  ci: boolean;
  /** A terminal that knows no control sequences. */
  dumb?: boolean;
  loudness?: Loudness;
}

export function createScreen(stream: NodeJS.WriteStream, options: ScreenOptions): Screen {
  const { noColor, forceColor, ci, dumb = false, loudness = 'normal' } = options;
  const terminal = stream.isTTY === true && !ci && !dumb;
  const line = (text = '') => void stream.write(`${fitted(text, widthOf({ terminal, stream }))}\n`);
  return {
    stream,
    terminal,
    colour: forceColor ?? (terminal && !noColor),
    loudness,
    line,
    note: loudness === 'quiet' ? () => {} : line,
  };
}

/** Characters that fit a line: unlimited in files and pipes. Some terminals say of themselves that they have none. */
export function widthOf({ terminal, stream }: Pick<Screen, 'terminal' | 'stream'>): number {
  return terminal ? Math.max(40, stream.columns || 80) - 1 : Number.POSITIVE_INFINITY;
}

export type Colour = 'green' | 'red' | 'yellow' | 'cyan' | 'dim' | 'bold';

export function paint(screen: Screen, colour: Colour, text: string): string {
  return screen.colour ? styleText(colour, text, { validateStream: false }) : text;
}
