import { sampleMessage } from '../alerts/message.ts';
import { type Sent, send } from '../alerts/send.ts';
import type { AlertSettings, Channel } from '../config/alerts/settings.ts';
import { readEnvironment } from '../config/environment.ts';
import type { Config } from '../config/load.ts';
import { didYouMean } from '../config/suggest.ts';
import { ConfigurationError } from '../errors.ts';
import { count, printable } from '../screen/format.ts';
import { paint, type Screen } from '../screen/screen.ts';
import { type ListedAlert, listAlerts } from '../store/alerts/list.ts';
import { alertLines } from './alert-lines.ts';
import type { ListOptions, TestOptions } from './alerts.ts';
import { readConfig } from './configuration.ts';
import { reachableConfig } from './demo-config.ts';
import { findServers, openDatabase } from './reach.ts';
import { exitCodes, leave, printJson } from './shared.ts';

/** Sends a sample from here, without any server of ours but the demo's sandbox, where its channel is. */
export async function testAlerts(options: TestOptions, screen: Screen): Promise<void> {
  const config = await reachableConfig(options);
  const channels = chosen(alertsOf(config), options.channel);
  const { httpProxy, httpsProxy, noProxy } = readEnvironment();
  const results = await Promise.all(
    channels.map(async (channel) => {
      const sent = await send(channel, sampleMessage(new Date()), { httpProxy, httpsProxy, noProxy });
      return { channel: channel.name, type: channel.type, ...told(sent, config.redact) };
    }),
  );
  for (const { channel, type, ok, message } of results) {
    const mark = paint(screen, ok ? 'green' : 'red', ok ? 'sent' : 'not sent');
    screen.line(
      `${paint(screen, 'bold', channel)} (${type}): ${mark}${message === null ? '' : `: ${printable(message)}`}`,
    );
  }
  if (options.json) await printJson(JSON.stringify({ channels: results }));
  await leave(results.every(({ ok }) => ok) ? exitCodes.ok : exitCodes.failed);
}

function told(sent: Sent, redact: Config['redact']): { ok: boolean; message: string | null } {
  const message = sent.ok ? sent.note : sent.why;
  return { ok: sent.ok, message: message === null ? null : redact(message) };
}

function alertsOf({ alerts, file }: Config): AlertSettings {
  if (alerts !== undefined) return alerts;
  throw new ConfigurationError(
    `${file} has no \`alerts:\`, so nobody is told anything. Add it with at least one channel; docs/configuration.md shows how.`,
  );
}

function chosen({ channels }: AlertSettings, names: readonly string[] | undefined): readonly Channel[] {
  if (names === undefined) return channels;
  const known = channels.map(({ name }) => name);
  for (const name of names.filter((one) => !known.includes(one))) {
    throw new ConfigurationError(
      `There is no channel \`${name}\`${didYouMean(name, known)}; there are: ${known.join(', ')}.`,
    );
  }
  return channels.filter(({ name }) => names.includes(name));
}

export async function listOpen(options: ListOptions, screen: Screen): Promise<void> {
  const config = readConfig(options);
  const { store } = await openDatabase(await findServers(config));
  const alerts = await listAlerts(store.sql, options.all === true, options.limit).finally(() => store.close());
  const now = new Date();
  for (const line of alerts.flatMap((alert) => alertLines(screen, alert, now))) screen.line(line);
  screen.line(summary(alerts, options.all === true));
  if (config.alerts === undefined) screen.line(`${config.file} has no \`alerts:\`, so nothing is looked after.`);
  if (options.json) await printJson(JSON.stringify({ alerts }));
  await leave(exitCodes.ok);
}

function summary(alerts: readonly ListedAlert[], all: boolean): string {
  const open = alerts.filter(({ recoveredAt }) => recoveredAt === null).length;
  const words = open === 0 ? 'No alert is open' : `${count(open)} open`;
  return all ? `${words}, ${count(alerts.length - open)} recovered shown.` : `${words}.`;
}
