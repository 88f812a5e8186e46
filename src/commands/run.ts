import { Command } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions } from './shared.ts';

const help = `
The id may be shortened to any beginning that no other run has; \`incentive-sync runs CONNECTION\` shows it so.

Examples:
  incentive-sync run 019ab3f2
  incentive-sync run 019ab3f2 --json | jq '.run.causes'`;

export function runCommand(): Command {
  return withCommonOptions(new Command('run'))
    .description('show one run: its receipt, what it waited for, its page in the Web UI')
    .argument('<id>', 'the id of the run, or its beginning')
    .addHelpText('after', help)
    .action(async (id: string, options: CommonOptions) => {
      const { showRun } = await import('./run-action.ts');
      await showRun(id, options, openScreen());
    });
}
