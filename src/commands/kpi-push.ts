import { Command } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions } from './shared.ts';

export interface PushOptions extends CommonOptions {
  all?: boolean;
  dryRun?: boolean;
  kpi?: string[];
  yes?: boolean;
  watch?: boolean;
}

const help = `
Sends what differs from what Atobi accepted last. A push that is much larger than usual, whose journal is behind,
or that was refused from the first delivery on waits for a person: then type the same with --yes.

Examples:
  incentive-sync kpi push staff-kpis --dry-run   the exact bodies, how many requests, how long the budget takes
  incentive-sync kpi push staff-kpis --watch     one push, with a live bar per KPI
  incentive-sync kpi push staff-kpis --all       everything again, changed or not
  incentive-sync kpi push staff-kpis --yes       let the push go that waits for a person`;

export function kpiPushCommand(): Command {
  return withCommonOptions(new Command('push'))
    .description('send KPIs to Atobi now, or join the push that is under way')
    .argument('<connection>', 'its name in the configuration')
    .option('--all', 'send everything again, changed or not')
    .option('--kpi <name...>', 'only these KPIs')
    .option('--dry-run', 'print what would be sent, and send nothing')
    .option('--yes', 'a large push may go; one that waits for a person goes on')
    .option('--watch', 'show one live bar per KPI; Ctrl-C leaves a run elsewhere going on')
    .addHelpText('after', help)
    .action(async (connection: string, options: PushOptions) => {
      const { push } = await import('./kpi-push-action.ts');
      await push(connection, options, openScreen());
    });
}
