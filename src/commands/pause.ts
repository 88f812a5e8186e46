import { Command } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions } from './shared.ts';

const help = `
What is being stored is finished; then the run keeps its place until \`resume\`. Schedules go on: while
the run is paused they start no other.

Examples:
  incentive-sync pause portfolio
  incentive-sync resume portfolio`;

export function pauseCommand(): Command {
  return withCommonOptions(new Command('pause'))
    .description('pause the run of a connection that is under way')
    .argument('<connection>', 'its name in the configuration')
    .addHelpText('after', help)
    .action(async (connection: string, options: CommonOptions) => {
      const { pause } = await import('./pause-action.ts');
      await pause(connection, options, openScreen());
    });
}
