import { ConfigurationError } from '../errors.ts';

/** A line of a file without its end, and its number from 1. */
export interface Line {
  readonly line: number;
  readonly text: string;
}

/** A longer line is none of a file of values, and memory has an end. */
const longest = 1_000_000;

/**
 * The lines of a UTF-8 file, those of a chunk at a time. A byte order mark is passed over.
 *
 * @throws ConfigurationError where the bytes are not UTF-8, or a line never ends.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Line[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 0;
  let rest = '';
  for await (const chunk of chunks) {
    const texts = decoded(decoder, chunk, name, line).split('\n');
    texts[0] = `${rest}${texts[0] ?? ''}`;
    rest = texts.pop() ?? '';
    const whole = texts.map((text) => ({ line: ++line, text: withoutReturn(text) }));
    for (const one of [...whole, { line: line + 1, text: rest }]) refuseLong(one, name);
    if (whole.length > 0) yield whole;
  }
  rest += decoded(decoder, null, name, line);
  if (rest !== '') yield [{ line: line + 1, text: withoutReturn(rest) }];
}

const withoutReturn = (text: string): string => (text.endsWith('\r') ? text.slice(0, -1) : text);

/** `line`: so many lines have ended before the chunk. */
function decoded(
  decoder: InstanceType<typeof TextDecoder>,
  chunk: Uint8Array | null,
  name: string,
  line: number,
): string {
  try {
    return chunk === null ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw new ConfigurationError(
      `${name} is not UTF-8 in line ${line + brokenLine(chunk)}: save it as UTF-8 and import it again. Nothing was imported.`,
    );
  }
}

/** Which line of the chunk it is, from 1, that holds what is not UTF-8. */
function brokenLine(chunk: Uint8Array | null): number {
  const [readable = ''] = new TextDecoder().decode(chunk ?? new Uint8Array()).split('\ufffd', 1);
  return readable.split('\n').length;
}

function refuseLong({ line, text }: Line, name: string): void {
  if (text.length <= longest) return;
  throw new ConfigurationError(
    `Line ${line} of ${name} is longer than ${longest} characters, so this is no file of values. Nothing was imported.`,
  );
}
