import { randomUUID } from 'node:crypto';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { ConfigurationError } from '../errors.ts';
import { fitted } from '../screen/format.ts';
import { type Screen, widthOf } from '../screen/screen.ts';
import { closingSignal } from './closing.ts';
import { type InitOptions, systems } from './init.ts';
import { type Choice, fileOf, usualChoice, variablesOf } from './init-file.ts';
import { interview, type Person } from './init-interview.ts';
import { CommandError, exitCodes, leave, printJson } from './shared.ts';
import { ourCommand } from './whereabouts.ts';

const schemaFile = fileURLToPath(new URL('../../incentive-sync.schema.json', import.meta.url));

/** Writes the file whole after the last answer, and says what to do next. */
export async function init(options: InitOptions, screen: Screen): Promise<void> {
  const file = options.config ?? 'incentive-sync.yaml';
  if (!options.force && existsSync(file)) throw isThere(file);
  const choices = await chosen(options, screen);
  write(file, fileOf(choices, schemaAsSeenFrom(file)), options.force === true);
  for (const line of whatNext(file, choices)) screen.line(line);
  const connections = choices.map(({ name, system }) => ({ name, system }));
  if (options.json) await printJson(JSON.stringify({ file, connections, variables: variablesOf(choices) }));
  await leave(exitCodes.ok);
}

async function chosen({ system: wanted, yes }: InitOptions, screen: Screen): Promise<Choice[]> {
  const named = wanted && [...new Set(wanted)];
  const canAsk = process.stdin.isTTY === true && process.stderr.isTTY === true;
  if (yes || (named !== undefined && !canAsk)) return (named ?? systems).map(usualChoice);
  if (!canAsk) {
    throw new ConfigurationError(
      'Nothing was written: there is no terminal to ask on. Name what to connect, like `incentive-sync init --system incentify`, or add --yes for all systems.',
    );
  }
  const { person, close } = personAtTerminal(screen);
  try {
    return await interview(person, named);
  } finally {
    close();
  }
}

/** One reader for all questions: another for each would lose lines that were pasted together. */
function personAtTerminal(screen: Screen): { person: Person; close: () => void } {
  const signal = closingSignal({ withParent: false });
  // Not as a terminal: then Ctrl-C reaches this process as the signal that it listens to.
  const reader = createInterface({ input: process.stdin, terminal: false });
  const lines = reader[Symbol.asyncIterator]();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener(
      'abort',
      () => {
        screen.line('\nNothing was written.');
        reject(signal.reason);
      },
      { once: true },
    );
  });
  const ask = async (question: string): Promise<string> => {
    process.stderr.write(`${fitted(`${question}:`, widthOf(screen))} `);
    const { value, done } = await Promise.race([lines.next(), aborted]);
    if (done === true) throw new CommandError('Nothing was written: the answers ended before the last question.');
    return value.trim();
  };
  return { person: { ask, say: (line) => screen.line(line) }, close: () => reader.close() };
}

function schemaAsSeenFrom(file: string): string {
  const path = relative(dirname(resolve(file)), schemaFile);
  return path.startsWith('.') ? path : `./${path}`;
}

function write(file: string, text: string, force: boolean): void {
  const draft = `${file}.${randomUUID()}`;
  try {
    writeFileSync(force ? draft : file, text, { flag: 'wx' });
    if (force) renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'EEXIST') throw isThere(file);
    throw new CommandError(`\`${file}\` cannot be written (${code}): choose a folder that is there and is yours.`);
  }
}

function isThere(file: string): ConfigurationError {
  return new ConfigurationError(
    `\`${file}\` is there already, so nothing was written: name another with --config, or replace it with --force.`,
  );
}

function whatNext(file: string, choices: readonly Choice[]): string[] {
  const names = choices.map(({ name }) => name).join(', ');
  const flag = file === 'incentive-sync.yaml' ? '' : ` --config ${file}`;
  const start = ourCommand() === 'incentive-sync' ? `incentive-sync start${flag}` : `npm start${flag && ` --${flag}`}`;
  return [
    '',
    `Written: ${file}, with ${names}. What can be set besides stands there as comments.`,
    '',
    'Now set what it names, look whether all is well, and start:',
    ...variablesOf(choices).map((variable) => `  export ${variable}=…`),
    `  ${ourCommand()} doctor${flag}`,
    `  ${start}`,
  ];
}
