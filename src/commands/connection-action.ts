import type { Config } from '../config/load.ts';
import { connectionName } from '../config/schema.ts';
import { didYouMean } from '../config/suggest.ts';
import { ConfigurationError } from '../errors.ts';
import { type RunnableConnection, runUnderWay } from '../operations/runs.ts';
import { removeSchedule } from '../operations/schedules.ts';
import type { System } from '../receipt.ts';
import type { Screen } from '../screen/screen.ts';
import { createSteps, type Steps } from '../screen/steps.ts';
import type { Store } from '../store/connect.ts';
import {
  forgetIdentity,
  purgeConnection,
  renameConnection,
  type StoredConnection,
  storedConnections,
} from '../store/connections.ts';
import { closingSignal } from './closing.ts';
import { readConfig } from './configuration.ts';
import { confirm } from './confirm.ts';
import type { ConnectionOptions } from './connection.ts';
import { listConnectionLines, listDocument, touched } from './connection-lines.ts';
import { endWaitingRun, type Owner } from './connection-run.ts';
import { findServers, openDatabase, reachTemporal } from './reach.ts';
import { CommandError, type CommonOptions, exitCodes, leave, printJson } from './shared.ts';

/** What the file names and what the database has, side by side. */
export async function listConnections(options: CommonOptions, screen: Screen): Promise<void> {
  const config = readConfig(options);
  const { store } = await openDatabase(await findServers(config));
  const stored = await storedConnections(store.sql).finally(() => store.close());
  for (const line of listConnectionLines(config, stored, screen)) screen.line(line);
  if (options.json) await printJson(listDocument(config, stored));
  await leave(exitCodes.ok);
}

/** The next run may point anywhere and show any account. */
export async function resetConnection(name: string, options: ConnectionOptions, screen: Screen): Promise<void> {
  await changing(name, options, screen, async ({ store, known, refuseRun, ask, steps }) => {
    await refuseRun(name);
    await ask(
      [
        `${name} has pointed at ${known.pointsAt ?? 'nothing that was noted'}.`,
        whatStays[known.system === 'neoday' ? 'files' : 'records'],
      ],
      'Let it point elsewhere?',
    );
    await steps.run(
      `Resetting ${name}`,
      () => forgetIdentity(store.sql, name, () => refuseRun(name)),
      () => `${name} may point elsewhere: its next run notes where`,
    );
    return { done: 'reset' };
  });
}

const whatStays = {
  records: 'Its rows stay; the next run compares them all.',
  files: 'Its rows stay, and so do the results in its ledger: those that are loaded are not loaded again.',
};

export async function rename(from: string, to: string, options: ConnectionOptions, screen: Screen): Promise<void> {
  if (!connectionName.test(to)) {
    throw new ConfigurationError(
      `\`${to}\` is not a name for a connection: use lower-case letters, digits, \`-\` and \`_\`, at most 63, beginning with a letter or digit.`,
    );
  }
  await changing(from, options, screen, async ({ store, all, owner, refuseRun, ask, steps }) => {
    const allowed = async () => {
      await refuseRun(from);
      await refuseRun(to);
    };
    if (all.some(({ connection }) => connection === to)) throw alreadyThere(to);
    await allowed();
    await ask(
      [`All of it is given to the name ${to}, and the schedule of ${from} is removed.`],
      `Rename ${from} to ${to}?`,
    );
    const schedule = await removeSchedule(owner.client, from, owner.installation);
    await steps.run(
      `Renaming ${from}`,
      () => renameConnection(store.sql, { from, to }, allowed),
      () => `${from} is ${to} now`,
    );
    screen.line(
      `  Rename it in the configuration file too, then restart: under the name ${from} everything would be read anew.`,
    );
    return { done: 'renamed', to, schedule };
  });
}

export async function purge(name: string, options: ConnectionOptions, screen: Screen): Promise<void> {
  await changing(name, options, screen, async ({ store, config, owner, refuseRun, ask, steps, target }) => {
    await ask(
      [
        'All of it is deleted from the database, with its schedule and a run that is parked or paused. This cannot be undone.',
      ],
      `Delete everything of ${name}?`,
    );
    const run = await endWaitingRun(owner, target);
    const schedule = await removeSchedule(owner.client, name, owner.installation);
    await steps.run(
      `Deleting everything of ${name}`,
      () => purgeConnection(store.sql, name, () => refuseRun(name)),
      () => `Nothing of ${name} is left in the database`,
    );
    if (config.connections.some((connection) => connection.name === name)) {
      screen.line(`  ${config.file} still names ${name}: take it out, or the next start reads everything anew.`);
    }
    return { done: 'purged', schedule, run };
  });
}

interface Change {
  config: Config;
  owner: Owner;
  store: Store;
  steps: Steps;
  /** Everything that the database has. */
  all: readonly StoredConnection[];
  known: StoredConnection;
  target: RunnableConnection;
  /** @throws CommandError while a run of that connection is under way. */
  refuseRun(name: string): Promise<void>;
  /** Asks, after what the database has of the connection. */
  ask(lines: readonly string[], question: string): Promise<void>;
}

async function changing(
  name: string,
  options: ConnectionOptions,
  screen: Screen,
  change: (about: Change) => Promise<Record<string, unknown>>,
): Promise<void> {
  const config = readConfig(options);
  const signal = closingSignal({ withParent: false });
  const steps = createSteps(screen);
  const servers = await findServers(config);
  const { store, installation } = await openDatabase(servers);
  try {
    const owner = { client: await reachTemporal(servers, signal), installation };
    const all = await storedConnections(store.sql);
    const known = pick(all, name);
    const lines = touched(known);
    const target = { name, system: systemOf(config, known) };
    const done = await change({
      config,
      owner,
      store,
      steps,
      all,
      known,
      target,
      refuseRun: (connection) => refuseRun(owner, { ...target, name: connection }),
      ask: (further, question) =>
        confirm({ lines: [...lines, ...further], question, yes: options.yes === true, screen, signal }),
    });
    const { rows, quarantined, receipts, results } = known;
    if (options.json)
      await printJson(JSON.stringify({ connection: name, ...done, rows, quarantined, receipts, results }));
  } finally {
    await store.close();
  }
  await leave(exitCodes.ok);
}

/** Rows without a run say nothing of their system: only an interrupted first run leaves none. */
function systemOf({ connections }: Config, { connection, system }: StoredConnection): System {
  return system ?? connections.find(({ name }) => name === connection)?.system ?? 'incentify';
}

function pick(all: readonly StoredConnection[], name: string): StoredConnection {
  const found = all.find(({ connection }) => connection === name);
  if (found !== undefined) return found;
  const names = all.map(({ connection }) => connection);
  const has = names.length === 0 ? 'it has none yet' : `it has: ${names.join(', ')}`;
  throw new ConfigurationError(
    `There is no connection \`${name}\` in the database${didYouMean(name, names)}; ${has}. Nothing was changed.`,
  );
}

async function refuseRun({ client, installation }: Owner, connection: RunnableConnection): Promise<void> {
  if ((await runUnderWay(client, connection, installation)) === null) return;
  throw new CommandError(
    `A run of ${connection.name} is under way, so nothing was changed. Wait for its end, or end it with \`incentive-sync cancel ${connection.name}\`.`,
  );
}

function alreadyThere(name: string): ConfigurationError {
  return new ConfigurationError(
    `There is a connection \`${name}\` in the database already; two cannot become one. Choose another name, or remove it first with \`incentive-sync connection purge ${name}\`.`,
  );
}
