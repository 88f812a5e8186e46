import { Command } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions } from './shared.ts';

const help = `
Shows the connections of the configuration, and those that only the database knows. Needs no worker.
While Temporal does not answer it shows what the database knows, and the exit code is 1.

Examples:
  incentive-sync status
  incentive-sync status --json | jq '.connections[] | select(.state == "parked")'`;

export function statusCommand(): Command {
  return withCommonOptions(new Command('status'))
    .description('show every connection: state, last run, how fresh its rows are, next run, what to type')
    .addHelpText('after', help)
    .action(async (options: CommonOptions) => {
      const { status } = await import('./status-action.ts');
      await status(options, openScreen());
    });
}
