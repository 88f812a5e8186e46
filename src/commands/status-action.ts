import type { Config } from '../config/load.ts';
import { didYouMean } from '../config/suggest.ts';
import { ConfigurationError } from '../errors.ts';
import type { ConnectionStatus } from '../operations/status.ts';
import { createBarLines } from '../screen/bars.ts';
import { paint, type Screen } from '../screen/screen.ts';
import type { StandingAlerts } from '../store/alerts/list.ts';
import type { Store } from '../store/connect.ts';
import { alertsInStatus } from './alert-lines.ts';
import { closingSignal } from './closing.ts';
import { readConfig } from './configuration.ts';
import { findServers, openDatabase } from './reach.ts';
import { type CommonOptions, exitCodes, leave, printJson } from './shared.ts';
import { statusLines } from './status-lines.ts';
import { type Look, openSight } from './status-look.ts';
import { overviewLines } from './status-table.ts';
import { type Watching, watchStatus } from './status-watch.ts';

/**
 * Every connection of the configuration and of the database, or one: once, or every so many seconds. Temporal may be away;
 * the database may not.
 */
export async function status(
  name: string | null,
  options: CommonOptions,
  seconds: number | null,
  screen: Screen,
): Promise<void> {
  try {
    const config = readConfig(options);
    const signal = closingSignal({ withParent: false });
    const servers = await findServers(config);
    const { store, installation } = await openDatabase(servers);
    const looking = openSight({ config, servers, store, installation, signal });
    const linesOf = createLines(name, config, screen);
    if (seconds !== null) return await watch({ looking, linesOf, seconds, screen, signal }, store);
    const look = await looking.look().finally(() => store.close());
    await tell(look, chosen(look, name, config), linesOf(look), options.json === true, screen);
  } catch (error) {
    clearFirstLine(screen);
    throw error;
  }
}

async function watch(watching: Watching, store: Store): Promise<void> {
  clearFirstLine(watching.screen);
  await watchStatus(watching).finally(() => store.close());
  await leave(exitCodes.ok);
}

async function tell(
  look: Look,
  shown: readonly ConnectionStatus[],
  lines: readonly string[],
  json: boolean,
  screen: Screen,
): Promise<void> {
  clearFirstLine(screen);
  for (const line of lines) screen.line(line);
  if (json) await printJson(documentOf(shown, look));
  await leave(look.trouble === null ? exitCodes.ok : exitCodes.failed);
}

/** The words that were there before anything was known. */
function clearFirstLine(screen: Screen): void {
  if (screen.terminal && screen.loudness === 'normal') screen.stream.write('\r\u001b[K');
}

/** Keeps what is needed to tell speeds from one look to the next. */
function createLines(name: string | null, config: Config, screen: Screen): (look: Look) => string[] {
  const bars = createBarLines(screen);
  return (look) => {
    const { trouble, alerts, now } = look;
    const shown = chosen(look, name, config);
    const [only] = name === null ? [] : shown;
    return [
      ...(trouble === null ? [] : [paint(screen, 'yellow', inWords(trouble))]),
      ...(look.idleQueue ? [paint(screen, 'yellow', nobodyWorks), ''] : []),
      ...(only === undefined
        ? overviewLines(screen, shown, look, bars)
        : [...statusLines(screen, only, now), ...look.progressOf(only.connection).flatMap(bars)]),
      ...alertsInStatus(screen, alertsOf(alerts, name), now),
    ];
  };
}

/** @throws ConfigurationError for a name that neither the configuration nor the database knows. */
function chosen({ connections }: Look, name: string | null, { file }: Config): readonly ConnectionStatus[] {
  if (name === null) return connections;
  const found = connections.filter(({ connection }) => connection === name);
  if (found.length > 0) return found;
  const known = connections.map(({ connection }) => connection);
  throw new ConfigurationError(
    `There is no connection \`${name}\` in ${file} or in the database${didYouMean(name, known)}; there are: ${known.join(', ')}.`,
  );
}

function alertsOf({ open, undelivered }: StandingAlerts, name: string | null): StandingAlerts {
  const isMeant = ({ connection }: { connection: string }) => name === null || connection === name;
  return { open: open.filter(isMeant), undelivered: undelivered.filter(isMeant) };
}

const nobodyWorks =
  'No worker takes work, so nothing runs and what is due waits: `incentive-sync worker` starts one, `incentive-sync doctor` says more.';

function inWords(trouble: string): string {
  return `${trouble} What follows is what the database knows; states may be out of date.`;
}

function documentOf(connections: readonly ConnectionStatus[], { trouble, idleQueue, alerts }: Look): string {
  const temporal = { reachable: trouble === null, message: trouble ?? (idleQueue ? nobodyWorks : null) };
  const { open, undelivered } = alerts;
  return JSON.stringify({ temporal, connections, alerts: open, undelivered });
}
