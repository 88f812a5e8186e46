import type { Connection } from '../config/schema.ts';

/** The streams that a connection's settings name; undefined where all that the vendor has are meant. */
export function namedStreams(connection: Connection): readonly string[] | undefined {
  if (connection.system === 'atobi') return undefined;
  if (connection.system === 'vibes') return ['pools'];
  return connection.system === 'incentify' ? connection.streams : connection.exports;
}
