import type { Sql } from 'postgres';
import type { Connection } from '../config/schema.ts';
import type { NeodayConnection } from '../config/systems/neoday.ts';
import { readRowSource } from '../store/neoday/exports.ts';
import { type StoredRow, storeRow } from '../store/neoday/replay.ts';
import { rowTableOf } from '../store/neoday/tables.ts';
import type { KeptEntry } from '../store/quarantine-entries.ts';
import { typeOfExport } from '../vendors/neoday/fields.ts';
import { createRowMapper } from '../vendors/neoday/rows.ts';
import { connectionOf } from './connection-of.ts';
import { privacyOf, privacyOfMapping } from './source.ts';

/** `connection` is null where the configuration does not have it any more; `byItself` where a run does it unasked. */
export interface Replaying {
  connection: Connection | null;
  byItself?: boolean;
}

/** `otherRules`: the row was put aside under other rules for personal data. A path and a reason: it still does not fit. */
export type ReplayedRow = StoredRow | 'otherRules' | { path: string; reason: string };

/**
 * Tries a row of a file once more: mapped as a load maps it, and stored as a row of its result. What was kept of it went
 * through the cleaner of its load, and must not go through again, or hashed values would be hashed.
 *
 * @throws ConfigurationError where the configuration gave the connection's name to another system.
 */
export async function replayRow(
  sql: Sql,
  entry: KeptEntry,
  bytes: Buffer,
  { connection, byItself = false }: Replaying,
): Promise<ReplayedRow> {
  const own = connection && connectionOf('neoday', connection);
  const source = await readRowSource(sql, entry);
  if (source === null) return 'unloaded';
  if (own !== null && !underRules(own, source)) return 'otherRules';
  const table = rowTableOf(source.table);
  const type = table.shared ? null : typeOfExport(entry.stream);
  const mapped = createRowMapper(type, { timeZone: own?.timeZone ?? source.timeZone })(bytes);
  if ('reason' in mapped) return { path: mapped.path, reason: mapped.reason };
  return storeRow(sql, table, entry, mapped, byItself);
}

/** Only the newest load of the result says under which rules it was: it must have met the row. */
function underRules(
  connection: NeodayConnection,
  { mapping, metByLoad }: { mapping: string | null; metByLoad: boolean },
) {
  return metByLoad && mapping !== null && privacyOfMapping(mapping) === privacyOf(connection);
}
