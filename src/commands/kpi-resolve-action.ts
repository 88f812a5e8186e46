import { ConfigurationError } from '../errors.ts';
import { count } from '../screen/format.ts';
import type { Screen } from '../screen/screen.ts';
import { type ResolvedDelivery, resolveDelivery } from '../store/atobi/resolve.ts';
import { readConfig } from './configuration.ts';
import type { ResolveOptions } from './kpi-resolve.ts';
import { findServers, openDatabase } from './reach.ts';
import { exitCodes, leave, printJson } from './shared.ts';

export async function resolve(delivery: number, options: ResolveOptions, screen: Screen): Promise<void> {
  const { accepted, resend } = options;
  if (accepted !== true && resend !== true) {
    throw new ConfigurationError(`Say what became of delivery ${delivery}: add --accepted or --resend.`);
  }
  const { store } = await openDatabase(await findServers(readConfig(options)));
  const resolution = accepted === true ? 'accepted' : 'resend';
  const resolved = await resolveDelivery(store.sql, delivery, resolution).finally(() => store.close());
  screen.line(sentence(resolved));
  if (options.json) await printJson(JSON.stringify({ resolved }));
  await leave(exitCodes.ok);
}

function sentence({ delivery, connection, elements, resolution }: ResolvedDelivery): string {
  const what = `Delivery ${delivery} of ${connection} (${count(elements)} elements)`;
  if (resolution === 'accepted') return `${what} counts as accepted.`;
  return `${what} goes again with the next push: incentive-sync kpi push ${connection}`;
}
