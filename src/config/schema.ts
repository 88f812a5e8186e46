import { z } from 'zod';
import type { System } from '../receipt.ts';
import type { Path } from './document.ts';
import { scheduleKeys } from './schedule.ts';
import { didYouMean } from './suggest.ts';
import { type AtobiConnection, atobiSchema, kpiKeys } from './systems/atobi.ts';
import { type IncentifyConnection, incentifySchema } from './systems/incentify.ts';
import { type NeodayConnection, neodaySchema } from './systems/neoday.ts';
import { type VibesConnection, vibesSchema } from './systems/vibes.ts';
import { poolKeysAt } from './systems/vibes-pools.ts';
import type { Values } from './values.ts';

/** One configured account at one vendor, told apart by `system`. */
export type Connection = IncentifyConnection | NeodayConnection | AtobiConnection | VibesConnection;

/** One file in `systems/` per vendor. */
const schemas = {
  incentify: incentifySchema,
  neoday: neodaySchema,
  atobi: atobiSchema,
  vibes: vibesSchema,
} satisfies Record<System, (values: Values) => z.ZodType>;

const supportedSystems = Object.keys(schemas);

/** Every connection starts its Temporal workflow id and its rows with this name. */
export const connectionName = /^[a-z0-9][a-z0-9_-]{0,62}$/;

export function connectionSchema(values: Values) {
  const { incentify, neoday, atobi, vibes } = schemas;
  return z.discriminatedUnion('system', [incentify(values), neoday(values), atobi(values), vibes(values)], {
    error: (issue) => (issue.code === 'invalid_union' ? systemError(issue.input) : notAMapping),
  });
}

/** Keys that may stand at `path` within a connection with these settings, for "did you mean". */
export function keysAt(schema: ReturnType<typeof connectionSchema>, settings: unknown, path: Path): readonly string[] {
  if (path[0] === 'schedule') return scheduleKeys;
  if (path[0] === 'kpis') return kpiKeys;
  if (path[0] === 'pools') return poolKeysAt(path);
  const meant = schema.options.find(({ shape }) => shape.system.safeParse(systemOf(settings)).success);
  return Object.keys(meant?.shape ?? {});
}

const notAMapping = 'must be a mapping with at least `system`, `baseUrl` and the vendor’s keys';

/** Quotes only names it knows: anything else in the place of a system could be a misplaced secret. */
function systemError(connection: unknown): string {
  const supported = `supported: ${supportedSystems.join(', ')}`;
  const named = systemOf(connection);
  if (named === undefined) return `must name the vendor; ${supported}`;
  return `names no system that is known${didYouMean(named, supportedSystems)}; ${supported}`;
}

function systemOf(settings: unknown): string | undefined {
  return z.object({ system: z.string() }).safeParse(settings).data?.system;
}
