import { hash } from 'node:crypto';
import type { NeodayConnection } from '../config/systems/neoday.ts';
import type { StreamKey } from '../store/claim.ts';
import { tableOfExport } from '../store/neoday/account.ts';
import { rowTableOf } from '../store/neoday/tables.ts';
import { mappingVersion, typeOfExport } from '../vendors/neoday/fields.ts';
import { createRowMapper } from '../vendors/neoday/rows.ts';
import { createCleaner } from '../vendors/privacy/cleaner.ts';
import { connectionOf } from './connection-of.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { refuseElsewhere } from './elsewhere.ts';
import type { FileSource } from './load-file.ts';

/** How the files of an export are read, by the configuration as it is now. */
export async function sourceOf(dependencies: ActivityDependencies, key: StreamKey): Promise<FileSource> {
  const connection = connectionOf('neoday', dependencies.connection(key.connection));
  await refuseElsewhere(dependencies, connection);
  const type = typeOfExport(key.stream);
  const name = await tableOfExport(dependencies.store.sql, { connection: key.connection, export: key.stream });
  const table = rowTableOf(name);
  const cleaner = createCleaner(connection, type ?? key.stream);
  const map = createRowMapper(table.shared ? null : type, { timeZone: connection.timeZone, cleaner });
  return { connection, table, rootKey: type, map, mapping: mappingOf(connection) };
}

/** Names the way rows are read, so that rows which wait in the middle of a file are not mixed with others. */
function mappingOf(connection: NeodayConnection): string {
  return `${mappingVersion} ${connection.timeZone} ${privacyOf(connection)}`;
}

/** Names the rules for personal data. */
export function privacyOf({ exclude, hash: hashed, hashKey }: NeodayConnection): string {
  return hash('sha256', JSON.stringify([exclude, hashed, hashKey?.reference ?? null]), 'hex').slice(0, 16);
}

/** The same as a load noted it, `neoday.results.mapping`. */
export const privacyOfMapping = (mapping: string): string => mapping.slice(mapping.lastIndexOf(' ') + 1);
