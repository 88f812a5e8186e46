import type { Sql } from 'postgres';
import type { Connection } from '../config/schema.ts';
import type { NeodayConnection } from '../config/systems/neoday.ts';
import { type RowSource, readRowSources } from '../store/neoday/exports.ts';
import { type AsideBatch, type StoredRow, storeRows } from '../store/neoday/replay.ts';
import { rowTableOf } from '../store/neoday/tables.ts';
import type { KeptEntry, Reason } from '../store/quarantine-entries.ts';
import { mappingVersion, typeOfExport } from '../vendors/neoday/fields.ts';
import { createRowMapper, type RowMapper } from '../vendors/neoday/rows.ts';
import { connectionOf } from './connection-of.ts';
import { privacyOf, privacyOfMapping } from './source.ts';

export interface Replaying {
  /** Null where the configuration does not have it any more. */
  connection: Connection | null;
  /** True where a run does it, unasked. */
  byItself?: boolean;
  /** Between two records: what was stored stays. */
  signal?: AbortSignal;
}

/** A row of a file that was put aside, and what was kept of it. */
export interface AsideEntry {
  entry: KeptEntry;
  bytes: Buffer;
}

/** `otherRules`: the row was put aside under other rules for personal data. A path and a reason: it still does not fit. */
export type ReplayedRow = StoredRow | 'otherRules' | Reason;

/**
 * Tries rows of one export's files once more: mapped as a load maps them, and stored as rows of their results. What was
 * kept of them went through the cleaner of its load, and must not go through again, or hashed values would be hashed.
 *
 * @returns by the entries' ids.
 * @throws ConfigurationError where the configuration gave the connection's name to another system.
 */
export async function replayRows(
  sql: Sql,
  asides: readonly AsideEntry[],
  { connection, byItself = false }: Replaying,
): Promise<Map<number, ReplayedRow>> {
  const [first] = asides;
  if (first === undefined) return new Map();
  const own = connection && connectionOf('neoday', connection);
  const key = { connection: first.entry.connection, stream: first.entry.stream };
  const sources = await readRowSources(
    sql,
    key,
    asides.map(({ entry }) => entry.id),
  );
  const [source] = sources.values();
  if (source === undefined) return new Map(asides.map(({ entry }) => [entry.id, 'unloaded']));
  const table = rowTableOf(source.table);
  const map = createRowMapper(table.shared ? null : typeOfExport(key.stream), {
    timeZone: own?.timeZone ?? source.timeZone,
  });
  const { came, rows, unfit } = mapRows(asides, sources, map, own);
  const stored = await storeRows(sql, table, { ...key, rows, unfit, version: mappingVersion, byItself });
  return new Map([...came, ...stored]);
}

interface Mapped {
  came: Map<number, ReplayedRow>;
  rows: AsideBatch['rows'][number][];
  unfit: Reason[];
}

function mapRows(
  asides: readonly AsideEntry[],
  sources: ReadonlyMap<number, RowSource>,
  map: RowMapper,
  own: NeodayConnection | null,
): Mapped {
  const mapped: Mapped = { came: new Map(), rows: [], unfit: [] };
  for (const { entry, bytes } of asides) {
    const came = mapRow(entry, bytes, sources.get(entry.id), map, own);
    if (typeof came === 'string') mapped.came.set(entry.id, came);
    else if ('reason' in came) {
      mapped.came.set(entry.id, came);
      mapped.unfit.push(came);
    } else mapped.rows.push({ entry, row: came });
  }
  return mapped;
}

function mapRow(
  { id }: KeptEntry,
  bytes: Buffer,
  source: RowSource | undefined,
  map: RowMapper,
  own: NeodayConnection | null,
): 'unloaded' | 'otherRules' | Reason | AsideBatch['rows'][number]['row'] {
  if (source === undefined) return 'unloaded';
  if (own !== null && !underRules(own, source)) return 'otherRules';
  const mapped = map(bytes);
  return 'reason' in mapped ? { id, path: mapped.path, reason: mapped.reason } : mapped;
}

/** Only the newest load of the result says under which rules it was: it must have met the row. */
function underRules(connection: NeodayConnection, { mapping, metByLoad }: RowSource): boolean {
  return metByLoad && mapping !== null && privacyOfMapping(mapping) === privacyOf(connection);
}
