import { Command } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions } from './shared.ts';

const help = `
Examples:
  incentive-sync kpi status                every KPI: accepted, waiting, unknown, put aside, vanished
  incentive-sync kpi status staff-kpis     of one connection
  incentive-sync kpi status --json | jq    the same for a script`;

export function kpiStatusCommand(): Command {
  return withCommonOptions(new Command('status'))
    .description('what Atobi has of each KPI, what waits, and what nobody knows')
    .argument('[connection]', 'its name in the configuration; all of Atobi’s when left out')
    .addHelpText('after', help)
    .action(async (connection: string | undefined, options: CommonOptions) => {
      const { kpiStatus } = await import('./kpi-status-action.ts');
      await kpiStatus(connection ?? null, options, openScreen());
    });
}
