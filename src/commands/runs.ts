import { Command, InvalidArgumentError, Option } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions } from './shared.ts';

export interface RunsOptions extends CommonOptions {
  limit: number;
  status?: string;
  since?: string;
}

const help = `
Newest first, the run under way among them. Times are of this machine's zone. A run's id is shortened as far as
it stays the only one; \`run\` and \`explain\` take it so.

Examples:
  incentive-sync runs portfolio
  incentive-sync runs portfolio --status failed --since 7d
  incentive-sync runs portfolio --limit 100 --json | jq '.runs[] | [.startedAt, .status]'`;

const statuses = ['running', 'paused', 'parked', 'completed', 'partial', 'failed', 'cancelled'];

export function runsCommand(): Command {
  return withCommonOptions(new Command('runs'))
    .description('list the runs of a connection: when, why, how they ended, what they did')
    .argument('<connection>', 'its name in the configuration or in the database')
    .option('--limit <number>', 'so many at most', toLimit, 20)
    .addOption(new Option('--status <status>', 'only those').choices(statuses))
    .option('--since <time>', 'begun since: 30m, 12h, 7d, or a date like 2026-01-31')
    .addHelpText('after', help)
    .action(async (name: string, options: RunsOptions) => {
      const { listRuns } = await import('./runs-action.ts');
      await listRuns(name, options, openScreen());
    });
}

function toLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 10_000) return limit;
  throw new InvalidArgumentError('It must be a whole number from 1 to 10000.');
}
