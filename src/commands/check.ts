import { Command } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions } from './shared.ts';

const help = `
Asks for the first page of each stream, once. Neither Temporal nor the database is needed; where the
database is up, it also says whether the connection still points where its rows came from.
Exit codes: 0 all is well, 1 something is wrong, 2 the configuration is, 3 some streams may not be read.

Examples:
  incentive-sync check portfolio                           address, key, clock, each stream
  incentive-sync check portfolio --json | jq .check.ok     for a script`;

export function checkCommand(): Command {
  return withCommonOptions(new Command('check'))
    .description('try a connection: where it points, whether the key is accepted, what it may read')
    .argument('<connection>', 'its name in the configuration')
    .addHelpText('after', help)
    .action(async (connection: string, options: CommonOptions) => {
      const { check } = await import('./check-action.ts');
      await check(connection, options, openScreen());
    });
}
