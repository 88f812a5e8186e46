import { expect, it } from 'vitest';
import { type Document, ownLines } from './lines.ts';
import { type Typed, type } from './shell.ts';

/** What a line is to bring about, by what it is without its options. */
export type Case = readonly [pattern: RegExp, bringsAbout: (line: string) => Promise<void>];

/** Every line of a document, each with its case; `told` are tried by other tests. */
export function tryLines(document: Document, cases: readonly Case[], told: RegExp): void {
  const caseOf = (line: string) => cases.find(([pattern]) => pattern.test(line));
  const tried = ownLines(document).filter((line) => !told.test(line));

  it('is there for every case, and the other way round', () => {
    expect(tried.filter((line) => caseOf(line) === undefined)).toEqual([]);
    expect(new Set(tried.map(caseOf))).toEqual(new Set(cases));
  });

  it.each(tried)('%s', (line) => caseOf(line)?.[1](line));
}

/** Types a line and waits for its end, with this exit code. */
export async function typed(line: string, code = 0, env: Record<string, string> = {}): Promise<Typed> {
  const running = type(line, env);
  expect(await running.ended, running.stderr()).toBe(code);
  return running;
}

/** Runs a line that stays, until it says so; ends it as Ctrl-C does. */
export async function staysUp(
  line: string,
  sentence: string,
  whileUp: (running: Typed) => Promise<void> = async () => {},
): Promise<void> {
  const running = type(line);
  await running.says(sentence);
  await whileUp(running);
  running.signalGroup('SIGINT');
  await running.ended;
}

/** A table of all connections, and after a while another one. */
export function drawsTwice(line: string): Promise<void> {
  return staysUp(line, 'portfolio   incentify', async ({ stderr }) => {
    const drawn = () => stderr().match(/^portfolio {3}incentify/gm)?.length;
    await expect.poll(drawn, { timeout: 30_000, interval: 200 }).toBeGreaterThan(1);
  });
}
