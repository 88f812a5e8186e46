import { Command, InvalidArgumentError } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions, withExamples } from './shared.ts';

export interface TestOptions extends CommonOptions {
  channel?: string[];
}

export interface ListOptions extends CommonOptions {
  all?: boolean;
  limit: number;
}

const help = `
Who is told what stands below \`alerts:\` in the configuration; docs/alerts.md describes it.

Examples:
  incentive-sync alerts test                  send a sample to every channel; exit code 1 where one did not take it
  incentive-sync alerts test --channel ops    to one channel
  incentive-sync alerts list                  what is open now, and who was told
  incentive-sync alerts list --all --json     what has recovered as well`;

export function alertsCommand(): Command {
  const command = new Command('alerts')
    .description('try out who is told when something is wrong, and list what is')
    .addHelpText('after', help);
  for (const sub of [testCommand(), listCommand()]) command.addCommand(sub);
  return command;
}

function testCommand(): Command {
  return withExamples(
    withCommonOptions(new Command('test')),
    'incentive-sync alerts test                  to every channel; exit code 1 where one did not take it',
    'incentive-sync alerts test --channel ops    to one channel',
  )
    .description('send a sample; needs no server of ours')
    .option('--channel <name...>', 'only to these channels')
    .action(async (options: TestOptions) => {
      const { testAlerts } = await import('./alerts-action.ts');
      await testAlerts(options, openScreen());
    });
}

function listCommand(): Command {
  return withExamples(
    withCommonOptions(new Command('list')),
    'incentive-sync alerts list                  what is open now, and who was told',
    'incentive-sync alerts list --all --json     what has recovered as well',
  )
    .description('alerts that are open: since when, what to type, and who was told')
    .option('--all', 'those that have recovered as well')
    .option('--limit <number>', 'the newest so many', wholeNumber, 200)
    .action(async (options: ListOptions) => {
      const { listOpen } = await import('./alerts-action.ts');
      await listOpen(options, openScreen());
    });
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a whole number above 0.');
}
