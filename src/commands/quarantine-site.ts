import type { Config } from '../config/load.ts';
import { ConfigurationError } from '../errors.ts';
import type { Store } from '../store/connect.ts';
import { countEntries, type EntryFilter, keptEntries } from '../store/quarantine-entries.ts';
import { readConfig } from './configuration.ts';
import type { EntryOptions } from './quarantine.ts';
import { findServers, openDatabase } from './reach.ts';
import type { CommonOptions } from './shared.ts';

/** Where a command about the quarantine works. */
export interface Site {
  config: Config;
  store: Store;
}

export async function withStore<T>(options: CommonOptions, work: (site: Site) => Promise<T>): Promise<T> {
  const config = readConfig(options);
  const { store } = await openDatabase(await findServers(config));
  try {
    return await work({ config, store });
  } finally {
    await store.close();
  }
}

/** Everything at once needs to be said: an empty choice is a mistake. */
export function chosen(ids: number[], { connection, stream, system }: EntryOptions, what: string): EntryFilter {
  if (ids.length === 0 && connection === undefined && stream === undefined) {
    throw new ConfigurationError(
      `Say which: \`incentive-sync quarantine ${what} 17 18\`, or --connection NAME, or --stream NAME.`,
    );
  }
  return { ids: ids.length === 0 ? undefined : ids, connection, stream, system };
}

/**
 * The entries that are meant, and how many they are; what comes meanwhile is not. Numbers that are named have to be
 * there; closed ones are told, not left out.
 */
export async function meant({ store }: Site, chosen: EntryFilter): Promise<{ filter: EntryFilter; total: number }> {
  const filter = { ...chosen, all: chosen.ids !== undefined };
  if (filter.ids !== undefined) refuseUnknown(filter.ids, await idsOf(store, filter));
  const { count, last } = await countEntries(store.sql, filter);
  return { filter: { ...filter, through: last }, total: count };
}

async function idsOf(store: Store, filter: EntryFilter): Promise<Set<number>> {
  const found = new Set<number>();
  for await (const entries of keptEntries(store.sql, filter)) for (const { id } of entries) found.add(id);
  return found;
}

function refuseUnknown(ids: readonly number[], found: ReadonlySet<number>): void {
  const missing = ids.filter((id) => !found.has(id));
  if (missing.length === 0) return;
  throw new ConfigurationError(
    `The quarantine has no entry ${missing.join(', ')} of that kind; \`incentive-sync quarantine list --all\` shows what there is. Nothing was changed.`,
  );
}
