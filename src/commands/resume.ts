import { Command } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions } from './shared.ts';

const help = `
A paused run goes on at its place; a parked one tries again at once, with the key as it is now. A run
that waits for an approval of deletes needs \`approve-deletes\`.

Examples:
  incentive-sync resume portfolio
  incentive-sync resume portfolio --json`;

export function resumeCommand(): Command {
  return withCommonOptions(new Command('resume'))
    .description('let a paused or parked run go on')
    .argument('<connection>', 'its name in the configuration')
    .addHelpText('after', help)
    .action(async (connection: string, options: CommonOptions) => {
      const { resume } = await import('./resume-action.ts');
      await resume(connection, options, openScreen());
    });
}
