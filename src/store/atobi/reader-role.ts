import { createHmac, hash, pbkdf2Sync, randomBytes } from 'node:crypto';
import type { Sql, TransactionSql } from 'postgres';
import { quote } from '../tables.ts';

/** What queries of the configuration may read. */
const readable = ['incentify', 'neoday', 'atobi', 'vibes'] as const;

/** Any number will do, as long as every version of incentive-sync takes the same one. */
const roleLock = 1_229_738_564;

const longestName = 63;
const mostConnections = 10;

/** Roles are shared by all databases of a server, so each database has one of its own. */
export function readerRole(database: string): string {
  const name = `incentive_sync_reader_${database}`;
  if (Buffer.byteLength(name) <= longestName) return name;
  return `incentive_sync_reader_${hash('sha256', database).slice(0, 32)}`;
}

/** Every worker knows it from the password in DATABASE_URL; it is stored nowhere. */
export function readerPassword(databasePassword: string, role: string): string {
  return createHmac('sha256', databasePassword).update(`incentive-sync ${role}`).digest('base64url');
}

const iterations = 4096;

/** What PostgreSQL keeps of a password (RFC 5803): sent instead of it, so that no server log shows the password. */
function scramVerifier(password: string, salt = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const keyed = (word: string) => createHmac('sha256', salted).update(word).digest();
  const stored = hash('sha256', keyed('Client Key'), 'base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${keyed('Server Key').toString('base64')}`;
}

/** Makes the role where it is missing, and lets it read what there is by now. Does nothing where all is well. */
export async function ensureReaderRole(sql: Sql, role: string, password: string): Promise<void> {
  await sql.begin(async (transaction) => {
    await transaction.unsafe(`SET LOCAL idle_in_transaction_session_timeout = '5s'; SET LOCAL lock_timeout = '5s'`);
    if (await isReady(transaction, role)) return;
    await transaction`SELECT pg_advisory_xact_lock(${roleLock})`;
    const [known] = await transaction`SELECT 1 FROM pg_roles WHERE rolname = ${role}`;
    if (known === undefined) {
      await transaction.unsafe(
        `CREATE ROLE ${quote(role)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION
         CONNECTION LIMIT ${mostConnections} PASSWORD '${scramVerifier(password)}'`,
      );
    }
    for (const statement of await grants(transaction, role)) await transaction.unsafe(statement);
  });
}

/** DATABASE_URL has another password than when the role was made. */
export async function renewReaderPassword(sql: Sql, role: string, password: string): Promise<void> {
  await sql.unsafe(`ALTER ROLE ${quote(role)} PASSWORD '${scramVerifier(password)}'`);
}

/** The role is there and may read every table and view of the readable schemas. */
async function isReady(transaction: TransactionSql, role: string): Promise<boolean> {
  const [row] = await transaction<{ ready: boolean }[]>`
    SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = ${role}) AND NOT EXISTS (
      SELECT FROM pg_namespace AS namespace JOIN pg_roles AS reader ON reader.rolname = ${role}
      LEFT JOIN pg_class AS class ON class.relnamespace = namespace.oid AND class.relkind IN ('r', 'p', 'v', 'm', 'f')
      WHERE ${transaction.unsafe(isReadable)} AND (NOT has_schema_privilege(reader.oid, namespace.oid, 'USAGE')
        OR (class.oid IS NOT NULL AND NOT has_table_privilege(reader.oid, class.oid, 'SELECT')))) AS ready`;
  return row?.ready === true;
}

const isReadable = `namespace.nspname IN (${readable.map((schema) => `'${schema}'`).join(', ')})`;

async function grants(transaction: TransactionSql, role: string): Promise<string[]> {
  const [place] = await transaction<{ database: string; owner: string; schemas: string[] }[]>`
    SELECT current_database() AS database, current_user AS owner,
      (SELECT json_agg(nspname ORDER BY nspname) FROM pg_namespace AS namespace
        WHERE ${transaction.unsafe(isReadable)}) AS schemas`;
  return place === undefined ? [] : grantStatements(role, place.database, place.owner, place.schemas ?? []);
}

function grantStatements(role: string, database: string, owner: string, schemas: readonly string[]): string[] {
  const to = `TO ${quote(role)}`;
  const inSchemas = schemas.map(quote).join(', ');
  return [
    `GRANT CONNECT ON DATABASE ${quote(database)} ${to}`,
    `GRANT USAGE ON SCHEMA ${inSchemas} ${to}`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA ${inSchemas} ${to}`,
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${quote(owner)} IN SCHEMA ${inSchemas} GRANT SELECT ON TABLES ${to}`,
  ];
}

/** What somebody who may make roles has to type, and what to set afterwards. */
export async function byHand(sql: Sql): Promise<string> {
  return sql.begin(async (transaction) => {
    const [place] = await transaction<{ database: string }[]>`SELECT current_database() AS database`;
    const database = place?.database ?? '';
    const role = readerRole(database);
    const statements = [
      `CREATE ROLE ${quote(role)} LOGIN NOINHERIT PASSWORD '…'`,
      ...(await grants(transaction, role)),
    ];
    return `Have somebody who may make roles type: ${statements.join('; ')}; then set DATABASE_QUERY_URL=postgres://${role}:PASSWORD@HOST:PORT/${database} for every worker`;
  });
}

/**
 * Why a role must not run queries: it, or one that it may become, may do more than read. Null where it may not. Asked on
 * the connection that is to run them.
 */
export async function refusalOfRole(transaction: TransactionSql): Promise<string | null> {
  const [row] = await transaction<{ role: string; powerful: string | null; writable: string | null }[]>`
    WITH becoming AS (
      SELECT oid, rolname FROM pg_roles WHERE pg_has_role(session_user, oid, 'MEMBER') OR rolname = current_user
    )
    SELECT session_user AS role,
      (SELECT rolname FROM becoming JOIN pg_roles AS role USING (oid, rolname)
        WHERE role.rolsuper OR role.rolcreaterole OR role.rolcreatedb OR role.rolreplication OR role.rolbypassrls
          OR rolname IN ('pg_execute_server_program', 'pg_write_server_files', 'pg_write_all_data')
        ORDER BY rolname <> session_user, rolname LIMIT 1) AS powerful,
      (SELECT format('%I.%I', namespace.nspname, class.relname)
        FROM becoming, pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE (${transaction.unsafe(isReadable)} OR namespace.nspname IN ('sync', 'drizzle'))
          AND class.relkind IN ('r', 'p', 'v', 'm', 'f')
          AND has_table_privilege(becoming.oid, class.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') LIMIT 1) AS writable`;
  if (row === undefined) return 'its role is not known';
  if (row.powerful !== null)
    return `the role ${row.role} is or may become ${row.powerful}, which may do more than read`;
  return row.writable === null ? null : `the role ${row.role} may write to ${row.writable}`;
}
