import type { System } from '../receipt.ts';
import { rowTables } from './neoday/tables.ts';
import { recordTables } from './tables.ts';

const tables: Partial<Record<System, readonly { readonly name: string }[]>> = {
  incentify: Object.values(recordTables.incentify),
  neoday: rowTables,
  atobi: [{ name: '"atobi"."elements"' }, { name: '"atobi"."deliveries"' }],
  vibes: [...Object.values(recordTables.vibes), { name: '"vibes"."pool_changes"' }],
};

/** The tables that hold rows of a system's connections. */
export function tablesOf(system: System): readonly { readonly name: string }[] {
  return tables[system] ?? [];
}

/** The schemas that hold what belongs to connections, besides `sync`. */
export const schemas = Object.keys(tables);
