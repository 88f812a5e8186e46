import { Command } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions } from './shared.ts';

export interface ResyncOptions extends CommonOptions {
  stream?: string[];
  reason?: string;
  dryRun?: boolean;
  watch?: boolean;
}

const help = `
Everything is read again from page 1, or from the oldest result that NeoDay still has, and written,
changed or not. A run that is under way begins again with the streams named, once however often it is
told; where none is, a run is started. Without --watch it needs servers that are up, and returns at once.

Examples:
  incentive-sync resync portfolio --dry-run                what it would take: pages or files, and seconds
  incentive-sync resync portfolio --watch                  everything, with a live bar per stream
  incentive-sync resync portfolio --stream credits --reason "restored from a backup"`;

export function resyncCommand(): Command {
  return withCommonOptions(new Command('resync'))
    .description('read everything of a connection again and write it, changed or not')
    .argument('<connection>', 'its name in the configuration')
    .option('--stream <name...>', 'only these streams')
    .option('--reason <text>', 'why; it is shown in the receipt')
    .option('--dry-run', 'only tell what it would take, by what it took the last time')
    .option('--watch', 'show one live bar per stream, then the counted result')
    .addHelpText('after', help)
    .action(async (connection: string, options: ResyncOptions) => {
      const { resync } = await import('./resync-action.ts');
      await resync(connection, options, openScreen());
    });
}
