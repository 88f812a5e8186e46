import { Command } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions } from './shared.ts';

export interface ApproveDeletesOptions extends CommonOptions {
  yes?: boolean;
  digest?: string;
}

const help = `
Shows the rows that are missing from the source, at most 50 of them, and marks them as deleted once you
agree: exactly these. Where the list has become another one, nothing is approved and the exit code is 3.
Rows are never removed; they get a deleted_at, and lose it when the source has them again.
Of exports with mode: snapshot: shows the newest files that have far fewer rows than before. Once you agree,
the current views show only what these files show; in the tables every row stays.

Examples:
  incentive-sync approve-deletes portfolio                     show, then ask
  incentive-sync approve-deletes portfolio --yes --digest 1f…  only the list with this digest, unasked
  incentive-sync cancel portfolio                              keep the rows`;

export function approveDeletesCommand(): Command {
  return withCommonOptions(new Command('approve-deletes'))
    .description('let a run mark many rows as deleted that are missing from the source')
    .argument('<connection>', 'its name in the configuration')
    .option('--yes', 'approve the list that is shown without being asked')
    .option('--digest <digest>', 'approve only the list that this digest names')
    .addHelpText('after', help)
    .action(async (connection: string, options: ApproveDeletesOptions) => {
      const { approveDeletes } = await import('./approve-deletes-action.ts');
      await approveDeletes(connection, options, openScreen());
    });
}
