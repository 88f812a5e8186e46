import { Command, Option } from 'commander';
import { ConfigurationError } from '../errors.ts';
import { type CommonOptions, openScreen, withCommonOptions } from './shared.ts';

export interface ResolveOptions extends CommonOptions {
  accepted?: boolean;
  resend?: boolean;
}

const help = `
Where \`onUnknown: hold\` is set, a delivery whose answer was lost is not sent again unasked.

Examples:
  incentive-sync kpi resolve 12 --accepted   Atobi has it: nothing of it is sent again
  incentive-sync kpi resolve 12 --resend     its elements go again, with the same ids`;

export function kpiResolveCommand(): Command {
  return withCommonOptions(new Command('resolve'))
    .description('say what became of a delivery that may or may not have arrived')
    .argument('<delivery>', 'its number, as `kpi status` shows it')
    .addOption(new Option('--accepted', 'Atobi has it').conflicts('resend'))
    .addOption(new Option('--resend', 'send its elements again'))
    .addHelpText('after', help)
    .action(async (delivery: string, options: ResolveOptions) => {
      if (!/^\d{1,15}$/.test(delivery))
        throw new ConfigurationError(`\`${delivery.slice(0, 40)}\` is no number of a delivery.`);
      const { resolve } = await import('./kpi-resolve-action.ts');
      await resolve(Number(delivery), options, openScreen());
    });
}
