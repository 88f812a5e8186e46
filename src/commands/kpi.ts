import { Command } from 'commander';
import { kpiImportCommand } from './kpi-import.ts';
import { kpiPushCommand } from './kpi-push.ts';
import { kpiResolveCommand } from './kpi-resolve.ts';
import { kpiStatusCommand } from './kpi-status.ts';
import { kpiQuarantineCommand } from './quarantine.ts';

const help = `
Examples:
  incentive-sync kpi import sales.csv             values from a file into atobi.kpi_values
  incentive-sync kpi push staff-kpis --dry-run    what would be sent
  incentive-sync kpi push staff-kpis              send what differs from what was accepted
  incentive-sync kpi status                       accepted, waiting, unknown, put aside
  incentive-sync kpi resolve 12 --accepted        settle a delivery that may or may not have arrived`;

export function kpiCommand(): Command {
  const command = new Command('kpi')
    .description('send KPIs to Atobi: import, push, status, resolve, quarantine')
    .addHelpText('after', help);
  const subs = [kpiImportCommand(), kpiPushCommand(), kpiStatusCommand(), kpiResolveCommand(), kpiQuarantineCommand()];
  for (const sub of subs) command.addCommand(sub);
  return command;
}
