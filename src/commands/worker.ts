import { setFlagsFromString } from 'node:v8';
import { Command, Option } from 'commander';
import { type CommonOptions, openScreen, withCommonOptions } from './shared.ts';
import { steadyMemory } from './steady-memory.ts';

export interface WorkerOptions extends CommonOptions {
  temporalAddress?: string;
  temporalNamespace?: string;
  exitWithParent?: boolean;
}

const help = `
Connects to the servers in DATABASE_URL and TEMPORAL_ADDRESS, or to those of the instance that runs on
the data folder, and waits for them where they are not up yet. Several workers share the work.

Examples:
  DATABASE_URL=postgres://… TEMPORAL_ADDRESS=host:7233 incentive-sync worker --config mine.yaml
  incentive-sync worker --data-dir .incentive-sync          one more worker for a running instance`;

export function workerCommand(): Command {
  return withCommonOptions(new Command('worker'))
    .description('run a worker until SIGTERM: it does the work that Temporal hands out')
    .option('--temporal-address <host:port>', 'a Temporal server without TLS, whatever the environment says')
    .option('--temporal-namespace <name>', 'its namespace', 'default')
    .addOption(new Option('--exit-with-parent').hideHelp())
    .addHelpText('after', help)
    .action(async (options: WorkerOptions) => {
      steadyMemory();
      const screen = openScreen();
      screen.note('The worker is starting …');
      // A worker makes short-lived objects by the million. V8 lets the space for them grow to many times its first size,
      // which doubled the memory of a worker and made it no faster.
      setFlagsFromString('--semi-space-growth-factor=1');
      // Buffers count too: without this tens of megabytes of those that nobody needs any more wait to be collected.
      setFlagsFromString('--heap-growing-percent=20');
      const { work } = await import('./worker-action.ts');
      await work(options, screen);
    });
}
