import type { EventEmitter } from 'node:events';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres, { type Sql } from 'postgres';
import * as schema from './schema/index.ts';
import { GuardedSockets } from './sockets.ts';

const connectSeconds = 5;

export type Database = PostgresJsDatabase<typeof schema>;

/**
 * The store's two doors into one PostgreSQL. `db` is Drizzle, for everything that is a plain query. `sql` is a raw
 * client for the few statements that carry rows (COPY, JSON as text): Drizzle changes the JSON and date parsers of the
 * client it is given, so the two never share one.
 */
export interface Store {
  readonly db: Database;
  readonly sql: Sql;
  close(): Promise<void>;
}

export interface StoreOptions {
  url: string;
  /** Shown in `pg_stat_activity`. */
  applicationName?: string;
  maxConnections?: number;
}

/** Opens no connection yet: the first statement does. */
export function openStore({ url, applicationName = 'incentive-sync', maxConnections = 6 }: StoreOptions): Store {
  const sql = openClient(url, applicationName, maxConnections);
  const drizzled = openClient(url, applicationName, 2);
  return {
    sql,
    db: drizzle(drizzled, { schema }),
    close: async () => {
      await Promise.all([sql.end({ timeout: 2 }), drizzled.end({ timeout: 2 })]);
    },
  };
}

function openClient(url: string, applicationName: string, max: number): Sql {
  const sockets = new GuardedSockets();
  return sockets.watch(postgres(url, { ...clientOptions(url, applicationName, sockets), max }));
}

/**
 * Options that every PostgreSQL client of ours shares. Prepared statements are off because a transaction-mode pooler
 * between us and the server would mix them up. Array types are not looked up: no statement of ours returns one, and
 * postgres.js ends the process when a connection is lost during that look-up.
 */
export function clientOptions(url: string, applicationName: string, sockets = new GuardedSockets()) {
  return {
    prepare: false,
    fetch_types: false,
    onnotice: () => undefined,
    connect_timeout: connectSeconds,
    max_lifetime: null,
    idle_timeout: 30,
    connection: { application_name: applicationName },
    ...promptSocket(url, sockets),
  };
}

/**
 * postgres.js leaves Nagle's algorithm on, which makes every COPY wait about 40 ms for the server's delayed
 * acknowledgement. TLS and Unix-socket addresses are left to the library.
 */
function promptSocket(
  url: string,
  sockets: GuardedSockets,
): { socket?: (options: { host: string[]; port: number[] }) => EventEmitter } {
  if (!URL.canParse(url)) return {};
  const { hostname, searchParams } = new URL(url);
  const encrypted = (searchParams.get('sslmode') ?? searchParams.get('ssl') ?? 'disable') !== 'disable';
  if (hostname === '' || hostname.includes(',') || encrypted) return {};
  return { socket: ({ host, port }) => sockets.open(host[0] ?? hostname, port[0] ?? 5432) };
}
