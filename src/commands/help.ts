import { styleText } from 'node:util';
import { type Argument, type Command, InvalidArgumentError, type Option } from 'commander';
import { nearest } from '../config/suggest.ts';
import { foldedHelp } from '../screen/format.ts';

/** Lines of help at most so long, where the terminal is wider or none is. */
const widest = 120;

/** What every command and subcommand has alike: usage errors as exceptions, suggestions, and help that fits the terminal. */
export function prepare(command: Command): void {
  command.exitOverride().showSuggestionAfterError().showHelpAfterError('(--help shows how it is used)');
  command.configureHelp({
    styleTitle: (title) => styleText('bold', title, { validateStream: false }),
    // That a command has options is known; which ones, its own help tells.
    subcommandTerm: (sub) => [sub.name(), ...sub.registeredArguments.map(termOf)].join(' '),
  });
  command.configureOutput({
    writeOut: (text) => void process.stdout.write(foldedHelp(text, widthOfHelp())),
    getOutHelpWidth: widthOfHelp,
  });
  [...command.options, ...command.registeredArguments].forEach(suggestChoice);
  command.commands.forEach(prepare);
}

function widthOfHelp(): number {
  return process.stdout.isTTY ? Math.min(widest, Math.max(40, process.stdout.columns || 80)) : widest;
}

function termOf(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** Commander names the values that are allowed, and not the one that was meant. */
function suggestChoice(taker: Option | Argument): void {
  const { argChoices: choices, parseArg: parse } = taker;
  if (choices === undefined || parse === undefined) return;
  taker.argParser((value: string, previous: unknown) => {
    const meant = choices.includes(value) ? undefined : nearest(value, choices);
    if (meant === undefined) return parse(value, previous as never);
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}. (Did you mean ${meant}?)`);
  });
}
