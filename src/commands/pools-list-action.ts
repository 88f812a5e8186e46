import { count, moment, printable } from '../screen/format.ts';
import { paint, type Screen } from '../screen/screen.ts';
import { openStore } from '../store/connect.ts';
import { type Forecast, readForecasts } from '../store/vibes/forecast.ts';
import type { Pool } from '../vendors/vibes/pool.ts';
import { type PoolsSite, pickPool, poolsSite } from './pools-site.ts';
import { findServers } from './reach.ts';
import { type CommonOptions, exitCodes, leave, printJson } from './shared.ts';

/** Every pool as it is now, and when it runs out as far as the database can tell. */
export async function listAction(name: string, options: CommonOptions, screen: Screen): Promise<void> {
  const site = await poolsSite(name, options);
  const forecasts = await forecastsOf(site);
  const seen = site.pools.map((pool) => withForecast(pool, forecasts));
  for (const one of seen) screen.line(poolLine(one, site.connection.lowWithinDays, screen));
  if (seen.length === 0) screen.line(`${name} has no pools.`);
  if (options.json) await printJson(JSON.stringify({ connection: name, pools: seen }));
  await leave(exitCodes.ok);
}

export async function showAction(name: string, wanted: string, options: CommonOptions, screen: Screen): Promise<void> {
  const site = await poolsSite(name, options);
  const pool = withForecast(pickPool(site.pools, wanted), await forecastsOf(site));
  screen.line(poolLine(pool, site.connection.lowWithinDays, screen));
  for (const [setting, value] of Object.entries(pool.settings)) {
    screen.line(`      ${setting}: ${printable(JSON.stringify(value))}`);
  }
  screen.line(`      created ${pool.createdAt ?? '?'}, changed ${pool.updatedAt ?? '?'}`);
  if (options.json) await printJson(JSON.stringify({ connection: name, pool }));
  await leave(exitCodes.ok);
}

type SeenPool = Pool & { issuedPerDay: number | null; runsOutAt: string | null };

function withForecast(pool: Pool, forecasts: readonly Forecast[]): SeenPool {
  const { issuedPerDay = null, runsOutAt = null } = forecasts.find(({ id }) => id === pool.id) ?? {};
  return { ...pool, issuedPerDay, runsOutAt };
}

/** Without a database there are pools, but nothing to tell of their past. */
async function forecastsOf({ config, connection }: PoolsSite): Promise<Forecast[]> {
  try {
    const { databaseUrl } = await findServers(config);
    const store = openStore({ url: databaseUrl, applicationName: 'incentive-sync command', maxConnections: 1 });
    return await readForecasts(store.sql, connection.name).finally(() => store.close());
  } catch {
    return [];
  }
}

const dayMs = 86_400_000;

function poolLine(pool: SeenPool, lowWithinDays: number, screen: Screen): string {
  const { id, settings, total, remaining, issuedPerDay, runsOutAt } = pool;
  const threshold = settings['incentive_codes.low_threshold'];
  const low = remaining !== null && typeof threshold === 'number' && remaining <= threshold;
  const soon = runsOutAt !== null && Date.parse(runsOutAt) - Date.now() <= lowWithinDays * dayMs;
  const level = remaining === null ? 'level not told' : `${count(remaining)} of ${count(total ?? 0)} codes left`;
  const parts = [
    `${id.padStart(6)}  ${printable(String(settings.name ?? '(no name)'))}`,
    low ? paint(screen, 'red', `${level}, at or under ${threshold}`) : level,
    ...(issuedPerDay === null ? [] : [`${count(issuedPerDay)} a day`]),
    ...(runsOutAt === null || remaining === 0 ? [] : [outLine(runsOutAt, soon, screen)]),
    ...(settings.issuance_allowed === false ? ['issuing is off'] : []),
  ];
  return `  ${parts.join(' · ')}`;
}

function outLine(runsOutAt: string, soon: boolean, screen: Screen): string {
  const text = `runs out ${moment(new Date(runsOutAt))}`;
  return soon ? paint(screen, 'red', text) : text;
}
