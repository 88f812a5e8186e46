import { Command, InvalidArgumentError, Option } from 'commander';
import type { System } from '../receipt.ts';
import { type CommonOptions, openScreen, withCommonOptions, withExamples } from './shared.ts';

export interface EntryOptions extends CommonOptions {
  connection?: string;
  stream?: string;
  /** Only connections to this vendor; not for people to say. */
  system?: System;
}

export interface ListOptions extends EntryOptions {
  all?: boolean;
  limit: number;
}

export const exportFormats = ['ndjson', 'csv', 'json'] as const;

export type ExportFormat = (typeof exportFormats)[number];

export interface ExportOptions extends EntryOptions {
  /** Lines of JSON where nothing is said. */
  format?: ExportFormat;
  output?: string;
  all?: boolean;
  force?: boolean;
}

export interface DropOptions extends EntryOptions {
  yes?: boolean;
}

const help = `
A record that does not fit its columns is put aside with the reason, and the rest of its page or file is stored.
Only \`show\` and \`export\` give what the record holds, which may be personal data.
What a newer version of incentive-sync can read goes in by itself at the next sync.

Examples:
  incentive-sync quarantine list --connection portfolio    what is put aside, and why
  incentive-sync quarantine show 17 | jq .                 one record, as the vendor sent it
  incentive-sync quarantine export --format csv --output aside.csv
                                                           all of them with their records, for whoever mends the source
  incentive-sync quarantine replay 17 18                   try two of them again
  incentive-sync quarantine replay --connection portfolio  try all of a connection again
  incentive-sync quarantine drop 17 --yes                  close an entry without storing the record`;

export function quarantineCommand(): Command {
  const command = new Command('quarantine')
    .description('list, show, export, try again or drop the records and rows that were put aside')
    .addHelpText('after', help);
  for (const sub of [listCommand(), showCommand(), exportCommand(), replayCommand(), dropCommand()]) {
    command.addCommand(sub);
  }
  return command;
}

const kpiHelp = `
An element that Atobi refused alone is put aside with its answer, and is not sent again before its value changes.
A row of a source that cannot become an element is put aside as well; it is read again by every push.

Examples:
  incentive-sync kpi quarantine list                  what is put aside, and why
  incentive-sync kpi quarantine replay 17             send an element again with the next push
  incentive-sync kpi quarantine drop 17 --yes         close an entry; nothing is sent`;

/** The same for elements alone: `kpi quarantine`. */
export function kpiQuarantineCommand(): Command {
  const command = new Command('quarantine')
    .description('list, show, send again or drop the elements that were put aside')
    .addHelpText('after', kpiHelp);
  for (const sub of [listCommand('atobi'), showCommand('atobi'), replayCommand('atobi'), dropCommand('atobi')]) {
    command.addCommand(sub);
  }
  return command;
}

function listCommand(system?: System): Command {
  return withExamples(withFilter(new Command('list')), ...examplesOf('list', system))
    .description('what is put aside, and why')
    .option('--all', 'entries that are closed as well')
    .option('--limit <number>', 'print the first so many', entryId, 1000)
    .action(async (options: ListOptions) => {
      const { listQuarantine } = await import('./quarantine-action.ts');
      await listQuarantine({ ...options, ...(system ? { system } : {}) }, openScreen());
    });
}

function showCommand(system?: System): Command {
  return withExamples(withFilter(new Command('show')), ...examplesOf('show', system))
    .description('one entry; its record goes to stdout')
    .argument('<id>', 'number of the entry', entryId)
    .action(async (id: number, options: EntryOptions) => {
      const { showEntry } = await import('./quarantine-action.ts');
      await showEntry(id, options, openScreen());
    });
}

const exportHelp = `
The file holds the records as the vendor sent them, personal data included where \`exclude\` and \`hash\` do not keep it
out: only its owner can read it (mode 0600), and it is yours to delete. A record's text is in \`rawText\`, or in
\`rawBase64\` where a PostgreSQL text cannot hold it; both are empty where it was not kept.

Examples:
  incentive-sync quarantine export --connection portfolio | jq -r .rawText   the records alone, a line each
  incentive-sync quarantine export --stream credits --output aside.ndjson    into a file
  incentive-sync quarantine export --all --format csv --output aside.csv     closed entries as well, for a spreadsheet`;

function exportCommand(): Command {
  return withFilter(new Command('export'))
    .description('entries with their records, which may hold personal data')
    .addOption(new Option('--format <format>', 'ndjson unless told').choices(exportFormats))
    .option('--output <file>', 'write to a file that only you can read, instead of stdout')
    .option('--all', 'entries that are closed as well')
    .option('--force', 'replace the file where there is one already')
    .addHelpText('after', exportHelp)
    .action(async (options: ExportOptions) => {
      const { exportQuarantine } = await import('./quarantine-export-action.ts');
      await exportQuarantine(options, openScreen());
    });
}

function replayCommand(system?: System): Command {
  return withExamples(withFilter(new Command('replay')), ...examplesOf('replay', system))
    .description('try records again, exactly as a sync does; a newer version of a record is never overwritten')
    .argument('[id...]', 'numbers of the entries', entryIds)
    .action(async (ids: number[] | undefined, options: EntryOptions) => {
      const { replayQuarantine } = await import('./quarantine-replay-action.ts');
      await replayQuarantine(ids ?? [], { ...options, ...(system ? { system } : {}) }, openScreen());
    });
}

function dropCommand(system?: System): Command {
  return withExamples(withFilter(new Command('drop')), ...examplesOf('drop', system))
    .description('close entries without storing their records')
    .argument('[id...]', 'numbers of the entries', entryIds)
    .option('--yes', 'do it without being asked; needed where there is no terminal')
    .action(async (ids: number[] | undefined, options: DropOptions) => {
      const { dropQuarantine } = await import('./quarantine-action.ts');
      await dropQuarantine(ids ?? [], { ...options, ...(system ? { system } : {}) }, openScreen());
    });
}

type Verb = 'list' | 'show' | 'replay' | 'drop';

const examples: Readonly<Record<Verb, readonly string[]>> = {
  list: ['list --connection portfolio', 'list --connection portfolio --stream credits --all'],
  show: ['show 17', 'show 17 --json'],
  replay: ['replay 17 18', 'replay --connection portfolio'],
  drop: ['drop 17', 'drop --connection portfolio --stream credits --yes'],
};

const elementExamples: Readonly<Record<Verb, readonly string[]>> = {
  list: ['list --connection staff', 'list --connection staff --all'],
  show: ['show 17', 'show 17 --json'],
  replay: ['replay 17 18', 'replay --connection staff'],
  drop: ['drop 17', 'drop --connection staff --yes'],
};

function examplesOf(verb: Verb, system: System | undefined): string[] {
  return system === undefined
    ? examples[verb].map((line) => `incentive-sync quarantine ${line}`)
    : elementExamples[verb].map((line) => `incentive-sync kpi quarantine ${line}`);
}

function withFilter(command: Command): Command {
  return withCommonOptions(command)
    .option('--connection <name>', 'only of this connection')
    .option('--stream <name>', 'only of this stream');
}

function entryId(text: string): number {
  const id = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(id)) return id;
  throw new InvalidArgumentError('Give a whole number, as `quarantine list` shows them.');
}

function entryIds(text: string, before: number[] | undefined): number[] {
  return [...(before ?? []), entryId(text)];
}
