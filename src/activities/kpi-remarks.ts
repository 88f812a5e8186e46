import type { AtobiConnection } from '../config/systems/atobi.ts';
import type { KpiShown } from '../store/atobi/counts.ts';
import { countValues } from '../store/atobi/values.ts';
import type { Store } from '../store/connect.ts';

/** What a person should know of what the sources showed, in sentences. */
export async function remarksOn(
  { sql }: Store,
  { name, kpis }: AtobiConnection,
  shown: readonly KpiShown[],
): Promise<string[]> {
  const queried = kpis.filter(({ query }) => query !== undefined).map(({ kpi }) => kpi);
  const unused = await countValues(sql, name, queried);
  return [
    ...shown.flatMap(vanished),
    ...shown.flatMap(held),
    ...unused.map(
      ({ kpi, count }) =>
        `${kpi}: ${values(count)} in atobi.kpi_values ${isAre(count)} not sent, since the configuration gives this KPI a query.`,
    ),
  ];
}

/** KPIs that were asked for by name and that no source shows: sending nothing must not look like success. */
export function absentKpis(streams: readonly string[] | undefined, shown: readonly KpiShown[]): KpiShown[] {
  const absent = (streams ?? []).filter((kpi) => !shown.some(({ stream }) => stream === kpi));
  return absent.map((stream) => ({
    ...{ stream, context: null, gathered: 0, unchanged: 0, toSend: 0, held: 0, aside: 0, unfit: 0, vanished: 0 },
    failure: `${stream}: no source shows a value of this KPI. \`incentive-sync kpi status\` lists those that there are.`,
  }));
}

function vanished({ stream, vanished: count }: KpiShown): string[] {
  if (count === 0) return [];
  return [
    `${stream}: ${values(count)} that the source showed before ${isAre(count)} gone from it. Atobi still has what was sent; it knows no delete.`,
  ];
}

function held({ stream, held: count }: KpiShown): string[] {
  if (count === 0) return [];
  return [
    `${stream}: of ${values(count)} it is not known whether Atobi has ${count === 1 ? 'it' : 'them'}; \`incentive-sync kpi resolve\` says how to go on.`,
  ];
}

const values = (count: number): string => (count === 1 ? '1 value' : `${count} values`);
const isAre = (count: number): string => (count === 1 ? 'is' : 'are');
