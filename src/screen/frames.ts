import { moment } from './format.ts';
import { type Screen, widthOf } from './screen.ts';
import { clippedPainted } from './width.ts';

/** Shows the same thing anew again and again: in place on a terminal, one block below the other elsewhere. */
export interface Frames {
  draw(lines: readonly string[]): void;
  /** Leaves the terminal as it was. */
  stop(): void;
}

export function createFrames(screen: Screen, now: () => Date = () => new Date()): Frames {
  return screen.terminal ? inPlace(screen) : inBlocks(screen, now);
}

const codes = {
  enter: '\u001b[?1049h\u001b[?25l',
  leave: '\u001b[?25h\u001b[?1049l',
  // A terminal that knows these shows what stands between them at once.
  begin: '\u001b[?2026h\u001b[H',
  end: '\u001b[J\u001b[?2026l',
  restOfLine: '\u001b[K',
};

function inPlace(screen: Screen): Frames {
  const { stream } = screen;
  let last: readonly string[] = [];
  const draw = () => {
    const height = Math.max(2, stream.rows || 24);
    const shown =
      last.length <= height ? last : [...last.slice(0, height - 1), `… ${last.length - height + 1} lines more`];
    const lines = shown.map((line) => `${clippedPainted(line, widthOf(screen))}${codes.restOfLine}`);
    stream.write(`${codes.begin}${lines.join('\r\n')}${codes.end}`);
  };
  // However the process ends: a terminal without a cursor is of no use to the next command.
  const leave = () => void stream.write(codes.leave);
  process.once('exit', leave);
  stream.on('resize', draw);
  stream.write(codes.enter);
  return {
    draw: (lines) => {
      last = lines;
      draw();
    },
    stop: () => {
      stream.off('resize', draw);
      process.off('exit', leave);
      leave();
    },
  };
}

function inBlocks(screen: Screen, now: () => Date): Frames {
  return {
    draw: (lines) => {
      for (const line of [`-- ${moment(now())} --`, ...lines, '']) screen.line(line);
    },
    stop: () => {},
  };
}
