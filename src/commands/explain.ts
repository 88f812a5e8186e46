import { Command } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions } from './shared.ts';

const help = `
Why the last run of a connection (or the run whose id begins so) was slow, late, partial, parked, failed or fine;
what has happened since; and what to type next. Works while Temporal is away, and says so.
What was waited for is counted in sync.causes; slow is more than twice the median of the last ten completed runs
that read the same streams.

Examples:
  incentive-sync explain portfolio
  incentive-sync explain 019ab3f2
  incentive-sync explain portfolio --json | jq -r '.explanation.type[]'`;

export function explainCommand(): Command {
  return withCommonOptions(new Command('explain'))
    .description('say in words why a run was slow, late, partial, parked or failed, and what to type')
    .argument('<connection-or-run>', 'a connection, whose last run is explained; or the beginning of a run’s id')
    .addHelpText('after', help)
    .action(async (what: string, options: CommonOptions) => {
      const { explain } = await import('./explain-action.ts');
      await explain(what, options, openScreen());
    });
}
