import { Command } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions } from './shared.ts';

export interface ApplyOptions extends CommonOptions {
  dryRun?: boolean;
}

const help = `
Brings the database to this version's schema, registers the search attributes, and makes the Temporal Schedules equal to the
file: creates, updates and removes, only those of this installation. It can be repeated at will, and by several at once.
\`npm start\` does the same. A schedule that was changed by hand is put right; a pause that a person has set stays.

Exit codes: 0 everything is as the file says; 3 with --dry-run something is to be done, without it a schedule of that name
belongs to another installation.

Examples:
  incentive-sync apply --dry-run      what would be done, and nothing else
  incentive-sync apply                do it
  incentive-sync apply --json         the same, as one document for a script`;

export function applyCommand(): Command {
  return withCommonOptions(new Command('apply'))
    .description('make the database and the schedules equal to the configuration')
    .option('--dry-run', 'only show what would be done')
    .addHelpText('after', help)
    .action(async (options: ApplyOptions) => {
      const { apply } = await import('./apply-action.ts');
      await apply(options, openScreen());
    });
}
