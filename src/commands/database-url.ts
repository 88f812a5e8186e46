import { Command } from 'commander';
import { type CommonOptions, withCommonOptions } from './shared.ts';

const help = `
It holds the password, so it is printed only here, to be handed to another program.

Examples:
  psql "$(incentive-sync database-url)"
  psql "$(incentive-sync database-url)" -c 'select count(*) from incentify.credits'`;

export function databaseUrlCommand(): Command {
  return withCommonOptions(new Command('database-url'))
    .description('print the address of the database that runs now, for psql and other tools')
    .addHelpText('after', help)
    .action(async (options: CommonOptions) => {
      const { printDatabaseUrl } = await import('./database-url-action.ts');
      await printDatabaseUrl(options);
    });
}
