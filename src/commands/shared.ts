import { type Command, CommanderError, Option } from 'commander';
import { readEnvironment } from '../config/environment.ts';
import { ConfigurationError } from '../errors.ts';
import { AlreadyRunningError } from '../runtime/data-dir.ts';
import { fitted } from '../screen/format.ts';
import { createScreen, type Screen, widthOf } from '../screen/screen.ts';
import { prepare } from './help.ts';
import { detail, loudness, setLoudness } from './loudness.ts';

/** Options that every command which touches data has. */
export interface CommonOptions {
  config?: string;
  dataDir?: string;
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
}

export function withCommonOptions(command: Command): Command {
  return withLoudness(command)
    .option('--config <file>', 'configuration file (default: incentive-sync.yaml, or the demo where there is none)')
    .option('--data-dir <folder>', 'where the embedded servers keep their data (default: .incentive-sync)')
    .option('--json', 'print one JSON document on stdout');
}

/** How much is told on the way; what is asked for is always told. */
export function withLoudness(command: Command): Command {
  return command
    .addOption(new Option('-q, --quiet', 'tell only results and errors').conflicts('verbose'))
    .option('-v, --verbose', 'tell also what is done: servers, requests, how long they took');
}

/** For a command whose help needs nothing else: lines to type, each with blanks and what it does where that is not plain. */
export function withExamples(command: Command, ...examples: readonly string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`);
}

/** The exit codes, as the help names them. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Something that is not a mistake in the configuration, worded for people: printed alone, exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** What was asked to end ended; not an error to be printed. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Parses, runs and reports. The process's exit code says how it went (see `exitCodes`). */
export async function runProgram(program: Command, args: readonly string[]): Promise<void> {
  prepare(program);
  program.hook('preAction', (_, command) => setLoudness(command.opts()));
  // A reader that went away (`| head`) or a closed terminal must not end us before the servers are stopped.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    await leave(await report(error, args.includes('--json')));
  }
}

async function report(error: unknown, json: boolean): Promise<number> {
  if (error instanceof CommanderError) return reportUsage(error, json);
  if (isInterruption(error)) return exitCodes.interrupted;
  const told = describeError(error);
  const width = widthOf({ terminal: process.stderr.isTTY === true, stream: process.stderr });
  process.stderr.write(`${fitted(told.lines.join('\n'), width)}\n`);
  if (json) await printJson(errorDocument(told.kind, told.message, told.mistakes));
  return told.code;
}

/** Node's own functions wrap the reason of a signal. */
function isInterruption(error: unknown): boolean {
  return error instanceof Interrupted || (error instanceof Error && error.cause instanceof Interrupted);
}

async function reportUsage(error: CommanderError, json: boolean): Promise<number> {
  // Commander has printed what there is to say already; --help and --version are no errors.
  if (error.exitCode === 0) return exitCodes.ok;
  const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  if (json) await printJson(errorDocument('Configuration', message, [message]));
  return exitCodes.usage;
}

interface ToldError {
  kind: string;
  message: string;
  mistakes: readonly string[];
  lines: string[];
  code: number;
}

/** Turns any error into what is printed: never a stack, which is no sentence. */
function describeError(error: unknown): ToldError {
  const message = messageOf(error);
  if (error instanceof ConfigurationError) {
    const mistakes = error.mistakes;
    // Some messages hold their mistakes already.
    const further = mistakes.filter((mistake) => !message.includes(mistake)).map((mistake) => `  ${mistake}`);
    // An occupied data folder is a state, not a mistake in what was written.
    const code = error instanceof AlreadyRunningError ? exitCodes.failed : exitCodes.usage;
    return { kind: error.kind, message, mistakes, lines: [message, ...further], code };
  }
  const kind = error instanceof Error && error.name !== 'Error' ? error.name : 'Failure';
  return { kind, message, mistakes: [], lines: [message], code: exitCodes.failed };
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return error.cause instanceof Error ? messageOf(error.cause) : error.name;
}

function errorDocument(kind: string, message: string, mistakes: readonly string[]): string {
  return JSON.stringify({ error: { kind, message, mistakes } });
}

/** Writes a document to stdout and waits until it is out: a process that exits at once would cut it in a pipe. */
export function printJson(document: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(`${document}\n`, (error) => (error ? reject(error) : resolve()));
  });
}

/** Ends the process although idle connections may be open: everything that matters is closed when this is called. */
export async function leave(code: number): Promise<never> {
  detail(`Leaving with exit code ${code}`);
  await new Promise<void>((resolve) => process.stderr.write('', () => resolve()));
  process.exit(code);
}

/** The screen of this process: stderr. */
export function openScreen(): Screen {
  const { noColor, forceColor, ci, dumbTerminal: dumb } = readEnvironment();
  return createScreen(process.stderr, { noColor, forceColor, ci, dumb, loudness: loudness() });
}
