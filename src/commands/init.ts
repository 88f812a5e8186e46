import { Command, InvalidArgumentError, Option } from 'commander';
import type { System } from '../receipt.ts';
import { openScreen, withLoudness } from './shared.ts';

export const systems = ['incentify', 'neoday', 'atobi', 'vibes'] as const satisfies readonly System[];

export interface InitOptions {
  config?: string;
  system?: System[];
  yes?: boolean;
  force?: boolean;
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
}

const help = `
Secrets are never asked for and never written: the file names the environment variables that hold them. Nothing is
written before the last answer is given, and an existing file is left alone.

Examples:
  incentive-sync init                                      asks, then writes incentive-sync.yaml
  incentive-sync init --system incentify --system vibes    asks about these two alone
  incentive-sync init --system neoday --yes                asks nothing: variables stand wherever something is yours
  incentive-sync init --config sandbox.yaml                another file, to be used with --config sandbox.yaml`;

export function initCommand(): Command {
  return withLoudness(new Command('init'))
    .description('ask what is to be connected, and write a commented incentive-sync.yaml')
    .option('--config <file>', 'file to write (default: incentive-sync.yaml)')
    .addOption(
      new Option('--system <name>', `connect this one (${systems.join(', ')}); may be given several times`).argParser<
        System[]
      >((name, before = []) => [...before, systemNamed(name)]),
    )
    .option('--yes', 'ask nothing; needed where there is no terminal, unless systems are named')
    .option('--force', 'replace the file where there is one already')
    .option('--json', 'print one JSON document on stdout: the file and the variables to set')
    .addHelpText('after', help)
    .action(async (options: InitOptions) => {
      const { init } = await import('./init-action.ts');
      await init(options, openScreen());
    });
}

function systemNamed(name: string): System {
  const system = systems.find((known) => known === name);
  if (system !== undefined) return system;
  throw new InvalidArgumentError(`There are ${systems.join(', ')}.`);
}
