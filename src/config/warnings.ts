import { neodayDocumented } from '../vendors/neoday/documented.ts';
import { vibesDocumented } from '../vendors/vibes/fields.ts';
import { privacyWarnings } from './privacy.ts';
import type { Connection } from './schema.ts';
import { incentifyDocumented } from './systems/incentify.ts';
import { vibesStreams } from './systems/vibes.ts';

/** Sentences about what a connection's settings allow but probably do not mean. */
export function warningsOf(connection: Connection): string[] {
  if (connection.system === 'incentify') return privacyWarnings(connection, incentifyDocumented, connection);
  if (connection.system === 'atobi') return [];
  if (connection.system === 'vibes') {
    return privacyWarnings(connection, vibesDocumented, { name: connection.name, streams: vibesStreams });
  }
  const streams = connection.exports ?? Object.keys(neodayDocumented.fields);
  return privacyWarnings(connection, neodayDocumented, { name: connection.name, streams });
}
