import { setTimeout as sleep } from 'node:timers/promises';
import { printable } from '../screen/format.ts';
import { paint, type Screen } from '../screen/screen.ts';
import { type ListedAlert, listAlerts } from '../store/alerts/list.ts';
import { openStore } from '../store/connect.ts';

const lookMs = 2_000;
const newest = 100;

/**
 * Tells on the screen each alert that is raised or recovers from now on, until `signal`. Those that are open already are
 * told at once. A database that is away is looked at again.
 */
export async function tellAlerts(databaseUrl: string, screen: Screen, signal: AbortSignal): Promise<void> {
  const store = openStore({ url: databaseUrl, applicationName: 'incentive-sync alerts', maxConnections: 1 });
  const told = new Set<string>();
  const began = new Date().toISOString();
  try {
    while (!signal.aborted) {
      const alerts = await listAlerts(store.sql, true, newest).catch(() => []);
      for (const alert of alerts) {
        const event = alert.recoveredAt === null ? 'raised' : 'recovered';
        const isNews = event === 'raised' || (alert.recoveredAt ?? '') >= began;
        if (!told.has(`${alert.id} ${event}`) && isNews) screen.line(lineOf(alert, screen));
        told.add(`${alert.id} ${event}`);
      }
      await sleep(lookMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await store.close();
  }
}

function lineOf({ title, text, recoveredAt, recovery, commands }: ListedAlert, screen: Screen): string {
  if (recoveredAt !== null) {
    return `${paint(screen, 'green', 'Recovered')}  ${printable(title)}${recovery === null ? '' : `: ${printable(recovery)}`}`;
  }
  const [first] = commands;
  const next = first === undefined || text.includes(first) ? '' : `\n  type  ${printable(first)}`;
  return `${paint(screen, 'yellow', 'Alert')}  ${printable(title)}: ${printable(text)}${next}`;
}
