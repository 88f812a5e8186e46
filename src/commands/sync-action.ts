import { exitCode, runsDocument } from '../operations/json.ts';
import type { Screen } from '../screen/screen.ts';
import { createSteps } from '../screen/steps.ts';
import { closingSignal } from './closing.ts';
import { readConfig } from './configuration.ts';
import { afterInterruption, findInstance } from './find-instance.ts';
import { leave, printJson } from './shared.ts';
import { checkExportsAt, checkStreams } from './streams.ts';
import type { SyncOptions } from './sync.ts';
import { untilTold } from './until-told.ts';

/** What a resync is besides a run: that it rewrites, and why. */
export interface Rewriting {
  reason?: string | undefined;
}

/** One run of one connection, wherever its servers are; leaves by the receipt's code. */
export async function sync(
  name: string,
  options: SyncOptions,
  screen: Screen,
  rewriting: Rewriting | null = null,
): Promise<void> {
  const config = readConfig(options);
  const connection = config.connection(name);
  const streams = options.stream && checkStreams(connection, options.stream);
  const signal = closingSignal({ withParent: false });
  const steps = createSteps(screen);
  const instance = await findInstance({ options, config, steps, signal });
  const { runAll } = await import('./run-all.ts');
  try {
    await checkExportsAt(instance.databaseUrl, connection, streams);
    const live = options.watch === true;
    const receipts = await runAll({
      instance,
      connections: [connection],
      trigger: 'person',
      streams,
      rewriting,
      approved: options.approved,
      screen,
      live,
      signal,
    });
    await untilTold(instance, signal);
    if (options.json) await printJson(runsDocument(receipts));
    process.exitCode = exitCode(receipts);
  } catch (error) {
    if (signal.aborted) screen.line(afterInterruption(name, instance));
    throw error;
  } finally {
    await instance.stop();
  }
  await leave(Number(process.exitCode));
}
