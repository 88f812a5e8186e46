import { neodayDocumented } from '../vendors/neoday/documented.ts';
import { privacyWarnings } from './privacy.ts';
import type { Connection } from './schema.ts';
import { incentifyDocumented } from './systems/incentify.ts';

/** Sentences about what a connection's settings allow but probably do not mean. */
export function warningsOf(connection: Connection): string[] {
  if (connection.system === 'incentify') return privacyWarnings(connection, incentifyDocumented, connection);
  if (connection.system === 'atobi') return [];
  const streams = connection.exports ?? Object.keys(neodayDocumented.fields);
  return privacyWarnings(connection, neodayDocumented, { name: connection.name, streams });
}
