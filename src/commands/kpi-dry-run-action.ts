import { type DryRun, dryRun } from '../activities/gather-kpis.ts';
import { readEnvironment } from '../config/environment.ts';
import type { Config } from '../config/load.ts';
import type { AtobiConnection } from '../config/systems/atobi.ts';
import { count, duration, megabytes } from '../screen/format.ts';
import type { Screen } from '../screen/screen.ts';
import { createKpiReader } from '../store/atobi/reader.ts';
import { closingSignal } from './closing.ts';
import type { PushOptions } from './kpi-push.ts';
import { findServers, openDatabase } from './reach.ts';
import { exitCodes, leave, printJson } from './shared.ts';

/** Prints each body as it would be sent, one a line, then what that would take. Nothing is sent and nothing is kept. */
export async function rehearsePush(
  config: Config,
  connection: AtobiConnection,
  options: PushOptions,
  screen: Screen,
): Promise<void> {
  const signal = closingSignal({ withParent: false });
  const servers = await findServers(config);
  const { store } = await openDatabase(servers);
  const reader = createKpiReader({ ...readEnvironment(), sql: store.sql, databaseUrl: servers.databaseUrl });
  const bodies: string[] = [];
  const write = async (body: string) => {
    if (options.json) bodies.push(body);
    else await printJson(body);
  };
  const all = options.all === true;
  const wanted = { store, reader, connection, all, streams: options.kpi, signal, write };
  const rehearsed = await dryRun(wanted).finally(() => store.close());
  for (const line of linesOf(rehearsed, connection)) screen.line(line);
  // Bodies are JSON already: parsed and written again, ids and values might change.
  if (options.json) await printJson(`{"dryRun":${JSON.stringify(rehearsed)},"bodies":[${bodies.join(',')}]}`);
  await leave(exitCodes.ok);
}

function linesOf(
  { requests, elements, bytes, seconds, streams, remarks }: DryRun,
  { name, requestsPerMinute }: AtobiConnection,
): string[] {
  const takes =
    seconds === 0
      ? 'within the budget of one minute'
      : `at least ${duration(seconds)} at ${requestsPerMinute} requests a minute`;
  const failures = streams.flatMap(({ stream, failure }) => (failure === null ? [] : [`${stream}: ${failure}`]));
  return [
    requests === 0
      ? `${name}: nothing differs from what Atobi has accepted; nothing would be sent.`
      : `${name}: ${many(elements, 'element')} in ${many(requests, 'request')}, ${megabytes(bytes)} MB, ${takes}. Nothing was sent.`,
    ...streams.map(
      ({ stream, gathered, unchanged, toSend, aside }) =>
        `  ${stream}: ${count(gathered)} shown, ${count(toSend)} to send, ${count(unchanged)} unchanged, ${count(aside)} put aside`,
    ),
    ...failures,
    ...remarks,
  ];
}

const many = (amount: number, what: string): string => `${count(amount)} ${what}${amount === 1 ? '' : 's'}`;
