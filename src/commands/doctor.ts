import { Command } from 'commander';
import { type CommonOptions, withCommonOptions } from './shared.ts';

export interface DoctorOptions extends CommonOptions {
  /** Only this connection's lines, besides those of no connection. */
  connection?: string;
  /** Asks no vendor. */
  offline?: boolean;
}

const help = `
Looks at the machine, the configuration, the servers, the runs and the vendors, and changes nothing. Each
line is ok, warning, failed or skipped (because what it needs is not there), with what to do about it.
It ends within 20 seconds, whatever hangs.
Exit codes: 0 nothing has failed, 1 something has, 2 the configuration cannot be used.

Examples:
  incentive-sync doctor                          everything
  incentive-sync doctor --connection portfolio   of connections only this one
  incentive-sync doctor --offline                without asking the vendors
  incentive-sync doctor --json | jq '.doctor.findings[] | select(.state == "failed")'`;

export function doctorCommand(): Command {
  return withCommonOptions(new Command('doctor'))
    .description('look at everything that has to be well, and say what to do where it is not')
    .option('--connection <name>', 'of connections only this one')
    .option('--offline', 'without asking the vendors')
    .addHelpText('after', help)
    .action(async (options: DoctorOptions) => {
      const { doctor } = await import('./doctor-action.ts');
      await doctor(options);
    });
}
