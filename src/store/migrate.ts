import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres, { type Sql, type TransactionSql } from 'postgres';
import { ConfigurationError } from '../errors.ts';
import { applyComments } from './comments.ts';
import { clientOptions } from './connect.ts';
import { databaseError } from './errors.ts';

const migrationsFolder = fileURLToPath(new URL('../../drizzle', import.meta.url));

/** Any number will do, as long as every version of incentive-sync takes the same one. */
const migrationLock = 1_229_738_563;

export interface Migrated {
  /** Migrations applied by this call. */
  applied: number;
  /** Identifies this database among the installations that share a Temporal namespace. */
  installationId: string;
}

/**
 * Brings the database to this version's schema. Safe when several start at once: all wait for one lock, the first
 * applies, the others find nothing left to do.
 *
 * @throws ConfigurationError when the database is newer than this version, or its history is not ours.
 * @throws DatabaseError when PostgreSQL is unreachable or refuses.
 */
export async function migrate({ url }: { url: string }): Promise<Migrated> {
  const options = { ...clientOptions(url, 'incentive-sync migrate'), max: 1 };
  const holder = postgres(url, options);
  const worker = postgres(url, options);
  try {
    // The lock lives in a transaction of its own connection, so that it also holds behind a transaction-mode pooler.
    return await holder.begin(async (lock) => {
      await lock`SELECT pg_advisory_xact_lock(${migrationLock})`;
      const pending = await pendingMigrations(lock);
      if (pending > 0) await applyMigrations(drizzle(worker), { migrationsFolder });
      await applyComments(lock);
      return { applied: pending, installationId: await installationId(lock) };
    });
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw databaseError('bring its schema up to date', error);
  } finally {
    await Promise.all([holder.end({ timeout: 2 }), worker.end({ timeout: 2 })]);
  }
}

async function pendingMigrations(sql: TransactionSql): Promise<number> {
  const { pending, problem } = await migrationState(sql);
  if (problem !== null) throw new ConfigurationError(problem);
  return pending;
}

export interface MigrationState {
  applied: number;
  /** To be applied at the next start. */
  pending: number;
  /** Why this version must not touch the database, in words; null where it may. */
  problem: string | null;
}

/** How the database's schema stands against this version's. Changes nothing. */
export async function migrationState(sql: TransactionSql | Sql): Promise<MigrationState> {
  const known = readMigrationFiles({ migrationsFolder }).map((migration) => migration.hash);
  const applied = await appliedHashes(sql);
  const pending = Math.max(0, known.length - applied.length);
  return { applied: applied.length, pending, problem: historyProblem(known, applied) };
}

/**
 * Why a database with these migrations cannot be brought up to date, in words. Drizzle alone would silently skip one that
 * is dated before the newest applied, and would start on a newer database.
 */
export function historyProblem(known: readonly string[], applied: readonly string[]): string | null {
  const strangers = applied.filter((hash) => !known.includes(hash));
  if (strangers.length > 0) {
    return `The database has ${strangers.length} schema change(s) that this version of incentive-sync does not know: it was last used by a newer version. Update incentive-sync, or point DATABASE_URL at another database.`;
  }
  if (applied.some((hash, position) => hash !== known[position])) {
    return 'The database lacks a schema change in the middle of its history. Restore it from a backup, or point DATABASE_URL at another database.';
  }
  return null;
}

async function appliedHashes(sql: TransactionSql | Sql): Promise<string[]> {
  const [table] = await sql<{ found: boolean }[]>`
    SELECT to_regclass('drizzle.__drizzle_migrations') IS NOT NULL AS found`;
  if (table?.found !== true) return [];
  const rows = await sql<{ hash: string }[]>`SELECT hash FROM drizzle.__drizzle_migrations ORDER BY created_at, id`;
  return rows.map((row) => row.hash);
}

async function installationId(sql: TransactionSql): Promise<string> {
  await sql`INSERT INTO sync.installation DEFAULT VALUES ON CONFLICT (singleton) DO NOTHING`;
  const [row] = await sql<{ id: string }[]>`SELECT id FROM sync.installation`;
  if (row === undefined) throw new ConfigurationError('sync.installation is empty although it was just filled.');
  return row.id;
}
