import type { Watch } from '../alerts/watch.ts';
import type { AlertSettings } from '../config/alerts/settings.ts';
import type { Connection } from '../config/schema.ts';
import { namedStreams } from './named-streams.ts';

/** What a configuration has watched; null where it asks for no alerts. */
export function watchOf(config: {
  connections: readonly Connection[];
  alerts: AlertSettings | undefined;
}): Watch | null {
  const { alerts, connections } = config;
  if (alerts === undefined) return null;
  const watched = connections.map((connection) => ({ ...connection, streams: namedStreams(connection) }));
  return { settings: alerts, connections: watched };
}
