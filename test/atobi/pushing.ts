import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Receipt } from '../../src/receipt.ts';
import type { SandboxOptions } from '../../src/sandbox/sandbox.ts';
import type { Servers } from '../support/servers.ts';
import { World } from '../support/world.ts';

/** A world whose sandbox takes more than tests send, unless a test is about that. */
export function atobiWorld(
  connection: Record<string, unknown> = {},
  atobi: SandboxOptions['atobi'] = {},
  servers?: Servers,
): Promise<World> {
  return World.create({
    ...(servers ? { servers } : {}),
    system: 'atobi',
    atobi: { requestsPerMinute: 6000, ...atobi },
    connection: { requestsPerMinute: 6000, ...connection },
  });
}

/** Values of one KPI, one a user, of one day: user `u1` has value 1. */
export async function fillValues(world: World, count: number, { kpi = 'sales', plus = 0 } = {}): Promise<void> {
  await world.sql`
    INSERT INTO atobi.kpi_values (connection, kpi, user_id, value, "timestamp", date_from, date_to)
    SELECT ${world.connection.name}, ${kpi}, 'u' || n, n + ${plus}::int, '2026-11-20T00:00:00Z', '2026-11-20T00:00:00Z',
      '2026-11-20T23:59:59Z'
    FROM generate_series(1, ${count}::int) AS n
    ON CONFLICT ON CONSTRAINT kpi_values_element DO UPDATE SET value = excluded.value`;
}

export interface JournalRow {
  delivery: number;
  state: string;
  why: string;
  repeats: number | null;
  elements: number;
  http: number | null;
  status: string | null;
  ids: number[];
}

export async function journalOf(world: World): Promise<JournalRow[]> {
  const rows = await world.sql<(Omit<JournalRow, 'ids'> & { ids: string })[]>`
    SELECT delivery::float8, state, why, repeats::float8, elements, http_status AS http, status,
      array_to_json(element_ids)::text AS ids
    FROM atobi.deliveries ORDER BY delivery`;
  return rows.map((row) => ({ ...row, ids: JSON.parse(row.ids) as number[] }));
}

/** KPI requests as the sandbox has seen them. */
export const kpiRequests = (world: World) =>
  world.sandbox.journal({ system: 'atobi' }).filter(({ step }) => step === 'kpi');

export const countsOf = (receipt: Receipt, kpi = 'sales') => receipt.streams[kpi];

/** Writes the world's configuration anew, for workers that start from now on. */
export async function reconfigure(world: World, keys: Record<string, unknown>): Promise<void> {
  const path = join(world.folder, 'incentive-sync.yaml');
  const { connections } = JSON.parse(await readFile(path, 'utf8')) as { connections: Record<string, object> };
  const { name } = world.connection;
  await writeFile(path, JSON.stringify({ connections: { [name]: { ...connections[name], ...keys } } }));
}

/** Largest number of arrivals in any window of that length; arrivals in milliseconds, in order. */
export function busiestWindow(arrivals: readonly number[], windowMs: number): number {
  let most = 0;
  let from = 0;
  for (const [to, arrival] of arrivals.entries()) {
    while (arrival - (arrivals[from] ?? arrival) >= windowMs) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}
