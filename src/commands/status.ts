import { Command, InvalidArgumentError, Option } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions } from './shared.ts';

export interface StatusOptions extends CommonOptions {
  /** Seconds between two looks; true where the command line names none; a text where a name stands in its place. */
  watch?: number | string | true;
}

const help = `
Shows the connections of the configuration, and those that only the database knows: a table, then what is wrong and what
to type. Of one connection it tells more. Needs no worker. Rows are too old (!) where the alert \`stale\` says so; where there
is no such alert, after twice the time between two runs of a portfolio or of pools.
While Temporal does not answer it shows what the database knows, and the exit code is 1.

Examples:
  incentive-sync status
  incentive-sync status portfolio                          one connection, with everything that is known
  incentive-sync status --watch                            drawn anew every 2 s, with live bars, until Ctrl-C
  incentive-sync status portfolio --watch 10
  incentive-sync status --json | jq '.connections[] | select(.state == "parked")'`;

export function statusCommand(): Command {
  return withCommonOptions(new Command('status'))
    .description('how everything is: state, last run, how old the rows are, next run, what to type')
    .argument('[connection]', 'only this one; all when left out')
    .addOption(
      new Option('-w, --watch [seconds]', 'draw it anew every so many seconds (2), until Ctrl-C')
        .argParser(secondsOrName)
        .conflicts('json'),
    )
    .addHelpText('after', help)
    .action(async (connection: string | undefined, options: StatusOptions) => {
      const screen = openScreen();
      // Before anything is loaded: a person sees at once that it began.
      const asking = 'Asking the database and Temporal …';
      if (screen.terminal && screen.loudness === 'normal') screen.stream.write(asking);
      else screen.note(asking);
      const { status } = await import('./status-action.ts');
      const name = typeof options.watch === 'string' ? options.watch : connection;
      await status(name ?? null, options, secondsOf(options.watch), screen);
    });
}

const longest = 3600;

/** `status --watch portfolio` means the connection. */
function secondsOrName(text: string): number | string {
  if (!/^[\d.,-]+$/.test(text)) return text;
  const seconds = Number(text);
  if (seconds >= 0.5 && seconds <= longest) return seconds;
  throw new InvalidArgumentError(`Give seconds from 0.5 to ${longest}.`);
}

/** Null where it is shown once. */
function secondsOf(watch: StatusOptions['watch']): number | null {
  if (watch === undefined) return null;
  return typeof watch === 'number' ? watch : 2;
}
