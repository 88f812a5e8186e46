import postgres, { type Sql, type TransactionSql } from 'postgres';
import { ConfigurationError, SyncError } from '../../errors.ts';
import { clientOptions } from '../connect.ts';
import { databaseError, sqlState } from '../errors.ts';
import { GuardedSockets } from '../sockets.ts';
import { refusalOfRole } from './reader-role.ts';

/** A row of a query by column, every value as PostgreSQL prints it. */
export type QueriedRow = Readonly<Record<string, string | null>>;

/** A query of the configuration, and how much it may take. */
export interface KpiQuery {
  /** One SELECT. */
  readonly sql: string;
  readonly timeoutMs: number;
  readonly maxRows: number;
}

const rowsAtOnce = 1_000;

/** Types that postgres.js would make numbers, dates or objects of, whose digits and zones would be lost. */
const asPrinted = {
  to: 25,
  from: [16, 17, 20, 21, 23, 26, 114, 700, 701, 1082, 1114, 1184, 1700, 3802],
  serialize: String,
  parse: (text: string) => text,
};

export interface ReaderLogin {
  readonly url: string;
  /** Instead of the URL's. */
  readonly username?: string;
  readonly password?: string;
}

/** A client for one query. */
export function openReader({ url, ...login }: ReaderLogin): Sql {
  const sockets = new GuardedSockets();
  const options = { ...clientOptions(url, 'incentive-sync query', sockets), ...login, max: 1 };
  return sockets.watch(postgres(url, { ...options, types: { asPrinted } }));
}

/**
 * Runs a query and hands its rows on, a thousand at a time. It can do nothing but read: its role may not write, its
 * transaction is READ ONLY, and a cursor of the extended protocol takes one SELECT and nothing else.
 *
 * @throws ConfigurationError with a sentence for the query's owner.
 * @throws DatabaseError when PostgreSQL is unreachable.
 */
export async function runQuery(
  reader: Sql,
  query: KpiQuery,
  take: (rows: readonly QueriedRow[]) => Promise<void>,
): Promise<void> {
  const until = performance.now() + query.timeoutMs;
  const taken = new Taken(take);
  try {
    await reader.begin('READ ONLY', async (transaction) => {
      await prepare(transaction, query);
      await open(transaction, query.sql);
      await fetchAll(transaction, query, until, taken);
    });
  } catch (error) {
    taken.rethrow();
    throw inWords(error, query);
  }
}

/** What the receiver of the rows throws is no failure of the query. */
class Taken {
  readonly #take: (rows: readonly QueriedRow[]) => Promise<void>;
  #failure: { error: unknown } | null = null;
  rows = 0;

  constructor(take: (rows: readonly QueriedRow[]) => Promise<void>) {
    this.#take = take;
  }

  async add(rows: readonly QueriedRow[]): Promise<void> {
    this.rows += rows.length;
    try {
      await this.#take(rows);
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  rethrow(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}

async function prepare(transaction: TransactionSql, { timeoutMs }: KpiQuery): Promise<void> {
  await transaction.unsafe(`
    SET LOCAL statement_timeout = ${timeoutMs}; SET LOCAL idle_in_transaction_session_timeout = ${timeoutMs + 60_000};
    SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL extra_float_digits = 1;
    SET LOCAL cursor_tuple_fraction = 1`);
  const refusal = await refusalOfRole(transaction);
  if (refusal === null) return;
  throw new ConfigurationError(
    `no query is run, because ${refusal}: set DATABASE_QUERY_URL to a role that may only SELECT`,
  );
}

/** The extended protocol takes one statement only, and DECLARE takes only a SELECT that changes nothing. */
async function open(transaction: TransactionSql, sql: string): Promise<void> {
  await transaction.unsafe(`DECLARE kpi_query NO SCROLL CURSOR FOR ${sql}`, [], {
    simple: false,
    prepare: false,
  } as object);
}

async function fetchAll(
  transaction: TransactionSql,
  { maxRows }: KpiQuery,
  until: number,
  taken: Taken,
): Promise<void> {
  for (let first = true; ; first = false) {
    const left = Math.max(1, Math.ceil(until - performance.now()));
    await transaction.unsafe(`SET LOCAL statement_timeout = ${left}`);
    const rows = await transaction.unsafe<QueriedRow[]>(`FETCH ${rowsAtOnce} FROM kpi_query`);
    if (first) refuseColumns(rows.columns.map(({ name }) => name));
    if (taken.rows + rows.length > maxRows) throw tooMany(maxRows);
    await taken.add(rows);
    if (rows.length < rowsAtOnce) return;
  }
}

function tooMany(maxRows: number): ConfigurationError {
  return new ConfigurationError(
    `gives more than maxRows (${maxRows}) rows, so none was taken: let it give fewer, such as the last days only, or raise maxRows`,
  );
}

const needed = ['value', 'timestamp'];
const known = [...needed, 'user_id', 'location_id', 'units', 'date_from', 'date_to'];

function refuseColumns(names: readonly string[]): void {
  const missing = needed.filter((name) => !names.includes(name));
  if (!names.includes('user_id') && !names.includes('location_id')) missing.push('user_id or location_id');
  const unknown = names.filter((name) => !known.includes(name));
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  const wrong = [
    ...(missing.length === 0 ? [] : [`has no column ${missing.join(', ')}`]),
    ...(unknown.length === 0 ? [] : [`has a column ${unknown.join(', ')} that means nothing here`]),
    ...(twice.length === 0 ? [] : [`has the column ${twice.join(', ')} twice`]),
  ];
  if (wrong.length === 0) return;
  throw new ConfigurationError(`${wrong.join(' and ')}: give columns the names ${known.join(', ')} with AS`);
}

/** Sentences that go on after the query's name. PostgreSQL's own words only where they can quote nothing but the query. */
function inWords(error: unknown, { timeoutMs }: KpiQuery): SyncError {
  if (error instanceof SyncError) return error;
  const code = sqlState(error) ?? '';
  if (isOfServer(code)) return databaseError('run a query of a KPI', error);
  return new ConfigurationError(sentenceFor(code, error instanceof Error ? error.message : '', timeoutMs));
}

/** Anything but an answer to the query: connections, logins, conflicts, lack of resources, shutting down. */
const isOfServer = (code: string): boolean =>
  code !== '57014' && (!/^[0-9A-Z]{5}$/.test(code) || /^(08|25P|28|3D|40|53|55|57|58)/.test(code));

function sentenceFor(code: string, said: string, timeoutMs: number): string {
  if (code === '57014') {
    return `took longer than queryTimeout (${timeoutMs / 1000} s): make it faster, or raise queryTimeout`;
  }
  if (code.startsWith('25')) return 'tries to write, and a query may only read: leave a SELECT';
  if (code === '42501')
    return `asks for what its role may not read or do (${said}): it may SELECT from our schemas only`;
  if (code === '42601' || code === '0A000')
    return `is not one SELECT that PostgreSQL understands (${said}): correct it`;
  if (code.startsWith('42')) return `is refused by PostgreSQL (${said}): correct it`;
  return `failed over what it read (SQLSTATE ${code}): try it with psql, and correct it`;
}
