import { readEnvironment } from '../config/environment.ts';
import type { Config } from '../config/load.ts';
import type { VibesConnection } from '../config/systems/vibes.ts';
import { ConfigurationError } from '../errors.ts';
import { openStore } from '../store/connect.ts';
import { managedPools } from '../store/vibes/changes.ts';
import { openVendors } from '../vendors/open.ts';
import type { ManagedPool } from '../vendors/vibes/plan.ts';
import type { Pool } from '../vendors/vibes/pool.ts';
import { closingSignal } from './closing.ts';
import { reachableConfig } from './demo-config.ts';
import { findServers } from './reach.ts';
import type { CommonOptions } from './shared.ts';

/** A connection to Vibes and the pools that are there now. */
export interface PoolsSite {
  readonly config: Config;
  readonly connection: VibesConnection;
  readonly pools: Pool[];
  readonly signal: AbortSignal;
}

/** Asks the vendor once. @throws ConfigurationError for a connection to another vendor, and what the vendor's refusals are. */
export async function poolsSite(name: string, options: CommonOptions): Promise<PoolsSite> {
  const config = await reachableConfig(options);
  const connection = config.connection(name);
  if (connection.system !== 'vibes') {
    throw new ConfigurationError(
      `The connection \`${name}\` is one of ${connection.system}: only those of Vibes have incentive pools.`,
    );
  }
  const signal = closingSignal({ withParent: false });
  const vendors = openVendors(readEnvironment());
  try {
    return { config, connection, pools: await vendors.vibes(connection).pools(signal), signal };
  } finally {
    await vendors.close();
  }
}

/** Pools that we changed before, as far as there is a database to ask: by them a renamed pool is noticed. */
export async function knownPools({ config, connection }: PoolsSite): Promise<ManagedPool[]> {
  try {
    const { databaseUrl } = await findServers(config);
    const store = openStore({ url: databaseUrl, applicationName: 'incentive-sync command', maxConnections: 1 });
    return await managedPools(store.sql, connection.name).finally(() => store.close());
  } catch {
    return [];
  }
}

/** @throws ConfigurationError where no pool, or more than one, is meant. */
export function pickPool(pools: readonly Pool[], wanted: string): Pool {
  const byName = pools.filter(({ settings }) => settings.name === wanted);
  const found = byName.length > 0 ? byName : pools.filter(({ id }) => id === wanted);
  const [pool, ...others] = found;
  if (pool === undefined) {
    throw new ConfigurationError(
      `Vibes has no pool with the name or id “${wanted}”; \`incentive-sync pools list\` shows all.`,
    );
  }
  if (others.length === 0) return pool;
  const ids = found.map(({ id }) => id).join(', ');
  throw new ConfigurationError(
    `Vibes has ${found.length} pools called “${wanted}”: say by the id which is meant (${ids}).`,
  );
}
