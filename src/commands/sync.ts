import { Command } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions } from './shared.ts';

export interface SyncOptions extends CommonOptions {
  stream?: string[];
  watch?: boolean;
  /** A large push may go. */
  approved?: boolean;
}

const help = `
Uses what is running already: the instance of the data folder, or the servers in DATABASE_URL and
TEMPORAL_ADDRESS. Where nothing runs, everything is started for the duration of the run.

Examples:
  incentive-sync sync portfolio                            one run, then its counted result
  incentive-sync sync portfolio --watch                    the same with a live bar per stream
  incentive-sync sync portfolio --stream projects credits  only these streams
  incentive-sync sync portfolio --json                     the result for a script`;

export function syncCommand(): Command {
  return withCommonOptions(new Command('sync'))
    .description('sync one connection now, or join the run that is under way')
    .argument('<connection>', 'its name in the configuration')
    .option('--stream <name...>', 'only these streams')
    .option('--watch', 'show one live bar per stream; Ctrl-C leaves a run elsewhere going on')
    .addHelpText('after', help)
    .action(async (connection: string, options: SyncOptions) => {
      const screen = openScreen();
      screen.note(`Syncing ${connection} …`);
      const { sync } = await import('./sync-action.ts');
      await sync(connection, options, screen);
    });
}
