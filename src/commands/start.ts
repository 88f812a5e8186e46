import { Command } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions } from './shared.ts';

export interface StartOptions extends CommonOptions {
  once?: boolean;
}

const help = `
Without a configuration file the demo runs: the vendors' APIs are emulated on this machine.
DATABASE_URL and TEMPORAL_ADDRESS replace the embedded servers by your own.

Examples:
  incentive-sync start                              start, sync every connection, stay up for the schedules
  incentive-sync start --config mine.yaml           the same with your own connections
  incentive-sync start --once                       sync every connection once and stop
  incentive-sync start --once --json | jq .runs     the counted result for a script`;

export function startCommand(): Command {
  return withCommonOptions(new Command('start'))
    .description('start everything, sync every connection now, then stay up for the schedules until Ctrl-C')
    .option('--once', 'stop after every connection was synced once; the exit code says how it went')
    .addHelpText('after', help)
    .action(async (options: StartOptions) => {
      const screen = openScreen();
      // Before anything is loaded: a person sees at once that it began.
      screen.note('incentive-sync is starting …');
      const { start } = await import('./start-action.ts');
      await start(options, screen);
    });
}
