import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres, { type Sql, type TransactionSql } from 'postgres';
import { z } from 'zod';
import { ConfigurationError } from '../errors.ts';
import { applyComments } from './comments.ts';
import { clientOptions } from './connect.ts';
import { databaseError } from './errors.ts';

const migrationsFolder = fileURLToPath(new URL('../../drizzle', import.meta.url));

/** Any number will do, as long as every version of incentive-sync takes the same one. */
const migrationLock = 1_229_738_563;

export interface Migrated {
  /** How many migrations this call applied. */
  applied: number;
  /** Their names, like `0000_initial`. */
  names: string[];
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
      if (pending.length > 0) await applyMigrations(drizzle(worker), { migrationsFolder });
      await applyComments(lock);
      return { applied: pending.length, names: pending, installationId: await installationId(lock) };
    });
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw databaseError('bring its schema up to date', error);
  } finally {
    await Promise.all([holder.end({ timeout: 2 }), worker.end({ timeout: 2 })]);
  }
}

/**
 * Names of the migrations that `migrate` would apply, in their order. Changes nothing.
 *
 * @throws ConfigurationError when the database is newer than this version, or its history is not ours.
 * @throws DatabaseError when PostgreSQL is unreachable or refuses.
 */
export async function planMigrations(sql: Sql): Promise<string[]> {
  try {
    return await pendingMigrations(sql);
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw databaseError('look at its schema', error);
  }
}

async function pendingMigrations(sql: TransactionSql | Sql): Promise<string[]> {
  const known = readMigrationFiles({ migrationsFolder }).map((migration) => migration.hash);
  const applied = await appliedHashes(sql);
  const problem = historyProblem(known, applied);
  if (problem !== null) throw new ConfigurationError(problem);
  return namesOfMigrations().slice(applied.length);
}

const journalSchema = z.object({ entries: z.array(z.object({ tag: z.string() })) });

/** Drizzle's reader gives what each holds, not what it is called. */
function namesOfMigrations(): string[] {
  const journal = readFileSync(join(migrationsFolder, 'meta/_journal.json'), 'utf8');
  return journalSchema.parse(JSON.parse(journal)).entries.map(({ tag }) => tag);
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
