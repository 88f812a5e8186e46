import { count, duration, folded, moment, printable } from '../screen/format.ts';
import { paint, type Screen, widthOf } from '../screen/screen.ts';
import { isLate, type ListedAlert, type ListedDelivery, type StandingAlerts } from '../store/alerts/list.ts';

/** An alert for people: what it is, since when, what to type and who was told. */
export function alertLines(screen: Screen, alert: ListedAlert, now: Date): string[] {
  const { title, text, commands, since, recoveredAt, recovery, deliveries } = alert;
  const mark = recoveredAt === null ? paint(screen, 'red', '!') : paint(screen, 'green', '✓');
  const rows: (readonly [string, string])[] = [
    ['since', `${moment(new Date(since))}, ${ago(since, now)} ago`],
    ...(recoveredAt === null ? [] : [['recovered', `${moment(new Date(recoveredAt))}: ${recovery ?? ''}`] as const]),
    ...(recoveredAt === null ? commands : []).map((command, index) => [index === 0 ? 'type' : '', command] as const),
    ...deliveries.map((delivery, index) => [index === 0 ? 'told' : '', deliveryInWords(delivery)] as const),
  ];
  return [
    `${mark} ${paint(screen, 'bold', printable(title))}`,
    ...folded(printable(`  ${text}`), widthOf(screen) - 2),
    ...rows.map(([what, words]) => `  ${paint(screen, 'dim', what.padEnd(9))}  ${printable(words)}`),
  ];
}

/** Open alerts, and what has not reached somebody; nothing where all is well. */
export function alertsInStatus(screen: Screen, { open, undelivered }: StandingAlerts, now: Date): string[] {
  const lines = alike(open).map(
    ([first, ...others]) =>
      `  ${paint(screen, 'red', '!')} ${printable(titleOf(first, others.length))}, for ${ago(first.since, now)}`,
  );
  const late = undelivered.flatMap(({ title, deliveries }) =>
    deliveries
      .filter(isLate)
      .map(
        (delivery) =>
          `  ${paint(screen, 'yellow', '!')} ${printable(`not told: ${title}: ${deliveryInWords(delivery)}`)}`,
      ),
  );
  if (lines.length + late.length === 0) return [];
  return [
    '',
    `${paint(screen, 'bold', 'alerts')}: ${open.length} open; \`incentive-sync alerts list\` tells more`,
    ...lines,
    ...late,
  ];
}

/** Those of a kind about one connection, the oldest first: they mostly share a cause. */
function alike(open: readonly ListedAlert[]): [ListedAlert, ...ListedAlert[]][] {
  const groups = new Map<string, [ListedAlert, ...ListedAlert[]]>();
  for (const alert of open.toSorted((a, b) => a.since.localeCompare(b.since))) {
    const key = `${alert.connection} ${alert.rule}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [alert]);
    else group.push(alert);
  }
  return [...groups.values()];
}

const titleOf = ({ title }: ListedAlert, more: number): string =>
  more === 0 ? title : `${title}, and ${count(more)} more like it`;

function deliveryInWords({
  channel,
  kind,
  state,
  attempts,
  lastError,
  deliveredAt,
  nextAttemptAt,
}: ListedDelivery): string {
  const what = kind === 'raised' ? channel : `${channel}, of the recovery`;
  const why = lastError === null ? '' : `: ${lastError}`;
  if (state === 'delivered') return `${what}, at ${moment(new Date(deliveredAt ?? 0))}${why}`;
  const tries = `${attempts} ${attempts === 1 ? 'try' : 'tries'} in vain`;
  if (state === 'given-up') return `${what}: given up after ${tries}${why}`;
  if (attempts === 0) return `${what}: about to be`;
  return `${what}: not yet, ${tries}, the next at ${moment(new Date(nextAttemptAt ?? 0))}${why}`;
}

const ago = (iso: string, now: Date): string => duration(Math.max(0, (now.getTime() - Date.parse(iso)) / 1000));
