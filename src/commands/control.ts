import type { Config } from '../config/load.ts';
import { type Situation, situationOf } from '../operations/control.ts';
import { attach, type Run, type RunnableConnection } from '../operations/runs.ts';
import type { Screen } from '../screen/screen.ts';
import type { Store } from '../store/connect.ts';
import { systemOf } from '../store/overview.ts';
import { closingSignal } from './closing.ts';
import { readConfig } from './configuration.ts';
import { findServers, openDatabase, reachTemporal } from './reach.ts';
import { CommandError, type CommonOptions, leave, printJson } from './shared.ts';

/** A run that a person wants to do something with. */
export interface Controlled {
  run: Run;
  situation: Situation;
  store: Store;
  signal: AbortSignal;
}

/** What came of it: the exit code, a sentence for people and the document for `--json`. */
export interface Outcome {
  code: number;
  sentence: string;
  document: string;
}

/**
 * Finds the run of a connection that is under way, does something with it, tells what came of it and leaves.
 * @throws CommandError where nothing is under way.
 * @throws ConfigurationError for a name that neither the configuration nor Temporal knows.
 */
export async function controlRun(
  name: string,
  options: CommonOptions,
  screen: Screen,
  act: (controlled: Controlled) => Promise<Outcome>,
): Promise<never> {
  const config = readConfig(options);
  const signal = closingSignal({ withParent: false });
  const servers = await findServers(config);
  const { store, installation } = await openDatabase(servers);
  try {
    const client = await reachTemporal(servers, signal);
    const run = await attach(client, await runnable(config, store, name), installation);
    if (run === null) throw nothingUnderWay(config, name);
    const { code, sentence, document } = await act({ run, situation: await situationOf(run), store, signal });
    screen.line(sentence);
    if (options.json) await printJson(document);
    await client.connection.close();
    return await leave(code);
  } finally {
    await store.close();
  }
}

/** A connection may be gone from the file while its run is still parked. Its id tells a run, whichever system it is of. */
async function runnable({ connections }: Config, { sql }: Store, name: string): Promise<RunnableConnection> {
  const configured = connections.find((connection) => connection.name === name);
  return configured ?? { name, system: (await systemOf(sql, name)) ?? 'incentify' };
}

function nothingUnderWay(config: Config, name: string): CommandError {
  config.connection(name);
  return new CommandError(
    `No run of ${name} is under way. \`incentive-sync sync ${name}\` starts one; what runs by itself, \`incentive-sync schedule pause ${name}\` and \`schedule resume ${name}\` stop and let go on.`,
  );
}

/** The document of a command that has told a run something. */
export function toldDocument(run: Run, status: string | null, message: string): string {
  return JSON.stringify({ connection: run.connection, runId: run.id, status, message });
}

export const noWorker = 'no worker answers, so it takes effect when one does (`incentive-sync worker`)';
