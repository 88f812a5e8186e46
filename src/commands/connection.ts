import { Command } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions, withExamples } from './shared.ts';

export interface ConnectionOptions extends CommonOptions {
  yes?: boolean;
}

const help = `
The first run of a connection notes what it points at; a later run that points elsewhere, or whose key
shows only accounts that no earlier run has seen, is refused before anything is written.

Examples:
  incentive-sync connection list                           every connection, what it points at, its rows
  incentive-sync connection reset portfolio                the same account has moved to another address
  incentive-sync connection rename portfolio credits       the rows keep their place under another name
  incentive-sync connection purge trial --yes              its rows, receipts, schedule and waiting run go`;

const nameHelp = 'its name in the configuration or in the database';

export function connectionCommand(): Command {
  const command = new Command('connection')
    .description('list connections, let one point elsewhere, rename one, or remove everything of one')
    .addHelpText('after', help);
  for (const sub of [listCommand(), resetCommand(), renameCommand(), purgeCommand()]) command.addCommand(sub);
  return command;
}

function listCommand(): Command {
  return withExamples(
    withCommonOptions(new Command('list')),
    'incentive-sync connection list',
    `incentive-sync connection list --json | jq '.connections[].pointsAt'`,
  )
    .description('every connection of the configuration and of the database')
    .action(async (options: CommonOptions) => {
      const { listConnections } = await import('./connection-action.ts');
      await listConnections(options, openScreen());
    });
}

function resetCommand(): Command {
  return withExamples(
    withYes(new Command('reset')),
    'incentive-sync connection reset portfolio',
    'incentive-sync connection reset portfolio --yes     without being asked',
  )
    .description('let a connection point elsewhere; its rows stay, and the next run compares them all')
    .argument('<name>', nameHelp)
    .action(async (name: string, options: ConnectionOptions) => {
      const { resetConnection } = await import('./connection-action.ts');
      await resetConnection(name, options, openScreen());
    });
}

function renameCommand(): Command {
  return withExamples(
    withYes(new Command('rename')),
    'incentive-sync connection rename portfolio credits  then rename it in the configuration too',
  )
    .description('give rows, receipts, quarantine and place of a connection to another name')
    .argument('<old>', nameHelp)
    .argument('<new>', 'a name that the database does not have')
    .action(async (from: string, to: string, options: ConnectionOptions) => {
      const { rename } = await import('./connection-action.ts');
      await rename(from, to, options, openScreen());
    });
}

function purgeCommand(): Command {
  return withExamples(
    withYes(new Command('purge')),
    'incentive-sync connection purge trial               shows what goes, then asks',
    'incentive-sync connection purge trial --yes',
  )
    .description('delete rows, receipts, quarantine, place, schedule and waiting run of a connection')
    .argument('<name>', nameHelp)
    .action(async (name: string, options: ConnectionOptions) => {
      const { purge } = await import('./connection-action.ts');
      await purge(name, options, openScreen());
    });
}

function withYes(command: Command): Command {
  return withCommonOptions(command).option('--yes', 'do it without being asked; needed where there is no terminal');
}
