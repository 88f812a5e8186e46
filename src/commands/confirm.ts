import { createInterface } from 'node:readline/promises';
import { ConfigurationError } from '../errors.ts';
import { fitted } from '../screen/format.ts';
import { type Screen, widthOf } from '../screen/screen.ts';
import { CommandError } from './shared.ts';

export interface Question {
  /** What it will touch, a line each. */
  lines: readonly string[];
  /** Ends with a question mark. */
  question: string;
  yes: boolean;
  screen: Screen;
  signal: AbortSignal;
}

/**
 * Shows what will be touched and returns once a person has agreed.
 *
 * @throws ConfigurationError where there is nobody to ask; CommandError when the answer is no.
 */
export async function confirm({ lines, question, yes, screen, signal }: Question): Promise<void> {
  for (const line of lines) screen.line(line);
  if (yes) return;
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw new ConfigurationError(
      'Nothing was changed: there is no terminal to ask on. Add --yes to do it without being asked.',
    );
  }
  if (!/^\s*y(es)?\s*$/i.test(await ask(`${fitted(`${question} [y/N]`, widthOf(screen))} `, signal))) {
    throw new CommandError('Nothing was changed.');
  }
}

/** The end of the input (Ctrl-D) counts as an empty answer. */
async function ask(prompt: string, signal: AbortSignal): Promise<string> {
  // Not as a terminal: then Ctrl-C reaches this process as the signal that it listens to.
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    return await Promise.race([lines.question(prompt, { signal }), closed]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    lines.close();
  }
}
