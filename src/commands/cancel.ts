import { Command } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions } from './shared.ts';

const help = `
Waits until the run has ended and shows its receipt. What it has stored stays; the next run starts its
own pass.

Examples:
  incentive-sync cancel portfolio
  incentive-sync cancel portfolio --json     its receipt for a script`;

export function cancelCommand(): Command {
  return withCommonOptions(new Command('cancel'))
    .description('end the run of a connection that is under way, parked or paused')
    .argument('<connection>', 'its name in the configuration')
    .addHelpText('after', help)
    .action(async (connection: string, options: CommonOptions) => {
      const { cancel } = await import('./cancel-action.ts');
      await cancel(connection, options, openScreen());
    });
}
