import type { Command } from 'commander';
import { prepare } from '../../src/commands/help.ts';
import { buildProgram } from '../../src/commands/program.ts';

/** A command and how it is typed, like `kpi push`. */
export interface Leaf {
  command: Command;
  path: string;
}

/** Every command that does something or has others below it, but for those that are not for people. */
export function allCommands(): Leaf[] {
  return below(buildProgram(), '');
}

function below(command: Command, prefix: string): Leaf[] {
  return command.commands
    .filter((sub) => !sub.name().startsWith('__'))
    .flatMap((sub) => {
      const path = `${prefix}${sub.name()}`;
      return [{ command: sub, path }, ...below(sub, `${path} `)];
    });
}

/** The program as it is run, whose actions only note what they were given. */
export function stubbedProgram(): { program: Command; ran: string[] } {
  const program = buildProgram();
  const ran: string[] = [];
  const stub = (command: Command, prefix: string) => {
    const path = `${prefix}${command.name()}`.replace(/^incentive-sync ?/, '');
    if (command.commands.length === 0) command.action(() => void ran.push(path));
    for (const sub of command.commands) stub(sub, path === '' ? '' : `${path} `);
  };
  prepare(program);
  stub(program, '');
  const silence = (command: Command) => {
    command.configureOutput({ writeErr: () => {}, writeOut: () => {} });
    command.commands.forEach(silence);
  };
  silence(program);
  return { program, ran };
}

/** The help as it is printed. */
export function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (more) => (text += more), getOutHelpWidth: () => 100 });
  command.outputHelp();
  return text;
}

/** Lines of the help that begin with our command, continued lines joined, without what follows `  ` or a pipe. */
export function examplesIn(help: string): string[] {
  const [, examples = ''] = help.split('\nExamples:\n');
  return examples
    .replaceAll(/ \\\n\s*/g, ' ')
    .split('\n')
    .map((line) => /(?:^|[\s|(])(incentive-sync .*)$/.exec(line)?.[1] ?? '')
    .filter((line) => line !== '')
    .map((line) => line.replace(/ {2,}.*$/, '').replace(/ [|>] .*$|\)"?.*$/, ''));
}

/** The words of a line as a shell parts them. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );
}
