import type { Argument, Command, Option } from 'commander';
import { type NamedConnection, type Names, readNames } from '../config/names.ts';

/** What may stand at the cursor; `files` and `folders` are looked up by the shell. */
interface Candidates {
  readonly words: readonly Candidate[];
  readonly paths?: 'files' | 'folders';
}

interface Candidate {
  readonly word: string;
  readonly about: string;
}

/** How far the line is understood before the word at the cursor. */
interface Typed {
  readonly command: Command;
  readonly arguments: readonly string[];
  /** Values of options that have been given, by the option's long name. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  /** The option whose value may come next. */
  readonly open: Option | null;
}

const nothing: Candidates = { words: [] };

/** A line for each candidate: the word, a tab, what it is; `:files` or `:folders` where a path may stand. */
export function completionLines(root: Command, given: readonly string[]): string {
  const words = given.map(withoutQuotes).filter((word, index) => word !== '=' || index === given.length - 1);
  const current = (words.at(-1) ?? '').replace(/^=$/, '');
  const typed = words.slice(0, -1).reduce(read, { command: root, arguments: [], options: new Map(), open: null });
  const { words: candidates, paths } = candidatesAt(typed, current);
  const fitting = candidates.filter(({ word }) => word.startsWith(current));
  const lines = fitting.map(({ word, about }) => `${word}\t${about.replaceAll(/\s+/g, ' ')}`);
  return [...lines, ...(paths === undefined ? [] : [`:${paths}`])].map((line) => `${line}\n`).join('');
}

/** Shells hand a word over as it was typed. */
function withoutQuotes(word: string): string {
  return word.replace(/^(['"])(.*?)\1?$/, '$2').replaceAll(/\\(.)/g, '$1');
}

function read(typed: Typed, word: string): Typed {
  const { command, open } = typed;
  if (word.startsWith('-') && word.length > 1) return readOption(typed, word);
  if (open !== null) return { ...withValue(typed, open, word), open: open.variadic ? open : null };
  const sub = typed.arguments.length === 0 ? command.commands.find((one) => one.name() === word) : undefined;
  if (sub !== undefined) return { ...typed, command: sub };
  return { ...typed, arguments: [...typed.arguments, word] };
}

function readOption(typed: Typed, word: string): Typed {
  const [flag = '', value] = word.split(/=(.*)/s);
  const option = typed.command.options.find(({ long, short }) => long === flag || short === flag);
  if (option === undefined) return { ...typed, open: null };
  const given = withValue(typed, option, value);
  return { ...given, open: value === undefined && takesValue(option) ? option : null };
}

function withValue(typed: Typed, { long }: Option, value: string | undefined): Typed {
  const name = long ?? '';
  const values = [...(typed.options.get(name) ?? []), ...(value === undefined ? [] : [value])];
  return { ...typed, options: new Map([...typed.options, [name, values]]) };
}

const takesValue = ({ required, optional }: Option): boolean => required || optional;

function candidatesAt(typed: Typed, current: string): Candidates {
  const { command, open } = typed;
  const [flag = '', value] = current.startsWith('--') ? current.split(/=(.*)/s) : [];
  if (value !== undefined) return prefixed(optionValues(typed, flag), `${flag}=`);
  if (current.startsWith('-')) return { words: optionsOf(typed) };
  if (open?.required) return takerValues(typed, open.long ?? '', open.argChoices);
  const place = command.registeredArguments.at(typed.arguments.length) ?? command.registeredArguments.at(-1);
  const beyond = typed.arguments.length >= command.registeredArguments.length && place?.variadic !== true;
  const subs = typed.arguments.length === 0 ? subcommandsOf(command) : [];
  const values = place === undefined || beyond ? nothing : argumentValues(typed, place);
  const all = { ...values, words: [...subs, ...values.words] };
  return all.words.length === 0 && all.paths === undefined ? { words: optionsOf(typed) } : all;
}

function prefixed({ words, ...rest }: Candidates, prefix: string): Candidates {
  return { ...rest, words: words.map((one) => ({ ...one, word: `${prefix}${one.word}` })) };
}

function optionValues(typed: Typed, flag: string): Candidates {
  const option = typed.command.options.find(({ long }) => long === flag);
  return option === undefined ? nothing : takerValues(typed, flag, option.argChoices);
}

function argumentValues(typed: Typed, argument: Argument): Candidates {
  return takerValues(typed, argument.name(), argument.argChoices);
}

function subcommandsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((sub) => ({ word: sub.name(), about: sub.description() }));
}

/** Those that have not been given yet, and those that may be given often. */
function optionsOf({ command, options }: Typed): Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long, variadic }) => variadic || !options.has(long ?? ''))
    .map(({ long, short, description }) => ({ word: long ?? short ?? '', about: description }));
}

/** By what an option or an argument is called: everywhere the same name means the same thing. */
function takerValues(typed: Typed, name: string, choices: readonly string[] | undefined): Candidates {
  if (choices !== undefined) return { words: choices.map((word) => ({ word, about: '' })) };
  if (['file', '--config', '--rejects', '--output', '--out'].includes(name)) return { words: [], paths: 'files' };
  if (['folder', '--data-dir'].includes(name)) return { words: [], paths: 'folders' };
  const names = readNames({ file: typed.options.get('--config')?.at(-1), cwd: process.cwd() });
  return { words: namesFor(typed, name, names) };
}

function namesFor(typed: Typed, name: string, { connections, channels }: Names): readonly Candidate[] {
  const fitting = connections.filter(({ system }) => fits(typed.command, system));
  if (name === '--stream' || name === '--kpi') return streams(meant(typed, fitting));
  if (name === '--channel') return channels.map((word) => ({ word, about: 'channel of alerts' }));
  if (name === 'pool')
    return meant(typed, fitting).flatMap(({ pools }) => pools.map((word) => ({ word, about: 'pool' })));
  const isConnection = name === '--connection' || /connection/.test(name) || namesConnection.has(nameOf(typed, name));
  return isConnection ? fitting.map((one) => ({ word: one.name, about: `connection to ${one.system}` })) : [];
}

/** Arguments that name a connection and are called otherwise. */
const namesConnection: ReadonlySet<string> = new Set(['connection name', 'connection old']);

const nameOf = ({ command }: Typed, argument: string): string => `${command.parent?.name()} ${argument}`;

/** Commands below these are about one vendor. */
const ofVendor: Readonly<Record<string, string>> = { kpi: 'atobi', pools: 'vibes' };

function fits(command: Command, system: string): boolean {
  const vendor = ofVendor[command.parent?.name() ?? ''] ?? ofVendor[command.parent?.parent?.name() ?? ''];
  return vendor === undefined || vendor === system;
}

/** The connections that have been typed already; all where none has. */
function meant({ arguments: given, options }: Typed, all: readonly NamedConnection[]): readonly NamedConnection[] {
  const named = [...given, ...(options.get('--connection') ?? [])];
  const found = all.filter(({ name }) => named.includes(name));
  return found.length === 0 ? all : found;
}

function streams(connections: readonly NamedConnection[]): Candidate[] {
  return connections.flatMap(({ name, streams: all }) => all.map((word) => ({ word, about: `of ${name}` })));
}
