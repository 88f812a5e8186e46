import type { Connection } from './schema.ts';

/** What the demo's connection points at: its sandbox answers the same on whatever port was free at this start. */
const demoSandbox = 'the sandbox of the demo';

/**
 * Where a connection's records come from, always the same text for the same place: scheme, host, port where it is not the
 * scheme's own, and base path without a slash at its end.
 */
export function pointsAt({ baseUrl }: Pick<Connection, 'baseUrl'>, demo: boolean): string {
  const { protocol, hostname, port, pathname } = new URL(baseUrl);
  if (demo && hostname === '127.0.0.1') return demoSandbox;
  const host = `${hostname.replace(/\.$/, '')}${port === '' ? '' : `:${port}`}`;
  return `${protocol}//${host}${pathname.replace(/\/+$/, '')}`;
}
