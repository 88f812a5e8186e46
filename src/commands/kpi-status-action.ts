import { count, duration, moment, printable } from '../screen/format.ts';
import { paint, type Screen } from '../screen/screen.ts';
import { type KpiOverview, type KpisOverview, kpisOverview, type UnknownDelivery } from '../store/atobi/overview.ts';
import { readConfig } from './configuration.ts';
import { atobiConnection } from './kpi-push-action.ts';
import { findServers, openDatabase } from './reach.ts';
import { type CommonOptions, exitCodes, leave, printJson } from './shared.ts';

/** Exit code 3 where a person has to say what became of a delivery. */
export async function kpiStatus(name: string | null, options: CommonOptions, screen: Screen): Promise<void> {
  const config = readConfig(options);
  if (name !== null) atobiConnection(config, name);
  const { store } = await openDatabase(await findServers(config));
  const overview = await kpisOverview(store.sql, name).finally(() => store.close());
  for (const line of linesOf(overview, screen)) screen.line(line);
  if (options.json) await printJson(JSON.stringify(overview));
  await leave(overview.unknown.length > 0 ? waitsForPerson : exitCodes.ok);
}

const waitsForPerson = 3;

function linesOf({ kpis, unknown, budgets }: KpisOverview, screen: Screen): string[] {
  if (kpis.length === 0) {
    return [
      'No KPI has been gathered yet. Fill atobi.kpi_values, or type `incentive-sync kpi import FILE`, then `incentive-sync kpi push NAME`.',
    ];
  }
  return [
    ...kpis.map((kpi) => kpiLine(kpi, screen)),
    ...unknown.flatMap(unknownLines),
    ...budgets.map(({ connection, used, heldUntil, heldBecause }) => {
      const held =
        heldUntil === null ? '' : `; held back until ${moment(new Date(heldUntil))}: ${printable(heldBecause ?? '')}`;
      return `${connection}: ${count(used)} requests in the last minute${held}`;
    }),
  ];
}

function kpiLine(kpi: KpiOverview, screen: Screen): string {
  const { connection, kpi: name, lastAcceptedAt } = kpi;
  const states = (['accepted', 'waiting', 'unknown', 'aside', 'vanished'] as const)
    .filter((state) => state === 'accepted' || kpi[state] > 0)
    .map((state) => `${count(kpi[state])} ${words[state]}`);
  const last = lastAcceptedAt === null ? 'never accepted' : `last ${agoOf(lastAcceptedAt)} ago`;
  return `${paint(screen, 'bold', `${connection} / ${printable(name)}`)}: ${states.join(', ')}; ${last}`;
}

const words = {
  accepted: 'accepted',
  waiting: 'to send',
  unknown: 'unknown',
  aside: 'put aside',
  vanished: 'vanished from the source',
} as const;

const agoOf = (time: string): string => duration(Math.max(0, (Date.now() - Date.parse(time)) / 1000));

function unknownLines({ delivery, connection, elements, sentAt, explanation }: UnknownDelivery): string[] {
  return [
    `Delivery ${delivery} of ${connection} (${count(elements)} elements, ${moment(new Date(sentAt))}) may or may not have arrived: ${printable(explanation ?? '')}`,
    `  incentive-sync kpi resolve ${delivery} --accepted    or    --resend`,
  ];
}
