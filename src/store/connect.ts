import { connect as connectSocket, type Socket } from 'node:net';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres, { type Sql } from 'postgres';
import * as schema from './schema/index.ts';

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
  const options = clientOptions(url, applicationName);
  const sql = postgres(url, { ...options, max: maxConnections });
  const drizzled = postgres(url, { ...options, max: 2 });
  return {
    sql,
    db: drizzle(drizzled, { schema }),
    close: async () => {
      await Promise.all([sql.end({ timeout: 2 }), drizzled.end({ timeout: 2 })]);
    },
  };
}

/**
 * Options that every PostgreSQL client of ours shares. Prepared statements are off because a transaction-mode pooler
 * between us and the server would mix them up.
 */
export function clientOptions(url: string, applicationName: string) {
  return {
    prepare: false,
    onnotice: () => undefined,
    connect_timeout: connectSeconds,
    max_lifetime: null,
    idle_timeout: 30,
    connection: { application_name: applicationName },
    ...promptSocket(url),
  };
}

/**
 * postgres.js leaves Nagle's algorithm on, which makes every COPY wait about 40 ms for the server's delayed
 * acknowledgement. TLS and Unix-socket addresses are left to the library.
 */
function promptSocket(url: string): { socket?: (options: { host: string[]; port: number[] }) => Promise<Socket> } {
  if (!URL.canParse(url)) return {};
  const { hostname, searchParams } = new URL(url);
  const encrypted = (searchParams.get('sslmode') ?? searchParams.get('ssl') ?? 'disable') !== 'disable';
  if (hostname === '' || hostname.includes(',') || encrypted) return {};
  return {
    socket: ({ host, port }) =>
      new Promise((resolve, reject) => {
        const socket = connectSocket({ host: host[0] ?? hostname, port: port[0] ?? 5432, noDelay: true });
        const tooLate = setTimeout(
          () => socket.destroy(new Error(`no answer in ${connectSeconds} s`)),
          connectSeconds * 1000,
        );
        socket.once('error', reject);
        socket.once('close', () => clearTimeout(tooLate));
        socket.once('connect', () => {
          clearTimeout(tooLate);
          socket.off('error', reject);
          resolve(socket);
        });
      }),
  };
}
