import { join } from 'node:path';
import { ConfigurationError, DatabaseError } from '../../errors.ts';
import { duration, megabytes } from '../../screen/format.ts';
import {
  type LackingRights,
  lackingRights,
  type ServerFacts,
  serverFacts,
  standingTransactions,
} from '../../store/health.ts';
import { planMigrations } from '../../store/migrate.ts';
import { readInstallation } from '../../store/overview.ts';
import { quote } from '../../store/tables.ts';
import { failed, type Line, ok, warning } from './finding.ts';
import type { Site } from './site.ts';

export async function checkDatabase(site: Site): Promise<Line[]> {
  const begun = performance.now();
  try {
    await site.reachDatabase();
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    // What is to be done about it is the remedy's to say.
    const [why = error.message] = error.message.split(';');
    return [failed('database', `${placeOf(site)}: ${why.replace(/\.$/, '')}`, remedyOf(site))];
  }
  return [ok('database', `${placeOf(site)} answers, in ${Math.round(performance.now() - begun)} ms`)];
}

function remedyOf({ running, dataDirectory }: Site): string {
  if (running === null) return 'Start it, or correct DATABASE_URL; without it `incentive-sync start` brings its own.';
  return `incentive-sync starts it again by itself; if it stays away, ${join(dataDirectory, 'logs', 'postgres.log')} says why.`;
}

function placeOf({ running, own }: Site): string {
  const url = new URL(running?.databaseUrl ?? own.databaseUrl ?? 'postgres://');
  return `${url.host}${url.pathname}`;
}

/** `NULLS NOT DISTINCT` came with 15. */
const oldestMajor = 15;
const triedMajor = 18;

export async function checkServer({ database }: Site): Promise<Line[]> {
  const facts = await serverFacts(await database());
  return [versionLine(facts), ...writableLine(facts), clockLine(facts)];
}

function versionLine({ version, major, bytes, database }: ServerFacts): Line {
  const sentence = `PostgreSQL ${version}; ${database} takes ${megabytes(bytes)} MB`;
  if (major < oldestMajor) {
    return failed('version', `${sentence}; ${oldestMajor} or newer is needed`, `Move to PostgreSQL ${triedMajor}.`);
  }
  return ok('version', major === triedMajor ? sentence : `${sentence}; our tests run on ${triedMajor}`);
}

function writableLine({ readOnly }: ServerFacts): Line[] {
  if (!readOnly) return [];
  const remedy = 'Let DATABASE_URL name the primary, and a user whose default_transaction_read_only is off.';
  return [failed('writes', 'are refused: it only takes reads', remedy)];
}

const noticeableMs = 5_000;
const worstMs = 60_000;

function clockLine({ aheadMs }: ServerFacts): Line {
  const apart = Math.abs(aheadMs);
  if (apart < noticeableMs) return ok('clock', 'agrees with the database’s');
  const sentence = `is ${duration(apart / 1000)} ${aheadMs > 0 ? 'behind' : 'ahead of'} the database’s`;
  const remedy = 'Set the clocks of both machines by a time server (NTP): ages and waits are told wrongly.';
  return apart > worstMs ? failed('clock', sentence, remedy) : warning('clock', sentence, remedy);
}

export async function checkRights({ database }: Site): Promise<Line[]> {
  const sql = await database();
  const [lacking, { database: name, user }] = await Promise.all([lackingRights(sql), serverFacts(sql)]);
  const lines = [...databaseRights(lacking, name, user), ...tableRights(lacking, user)];
  const all = [...(lines.length === 0 ? [ok('rights', `${user} may do what is needed`)] : lines)];
  if (!lacking.terminate) return all;
  const remedy = `Let an administrator type: \`GRANT EXECUTE ON FUNCTION pg_terminate_backend TO ${quote(user)}\``;
  return [
    ...all,
    warning('rights', `${user} may not end a transaction that stands in the way; it ends by itself, later`, remedy),
  ];
}

function databaseRights({ database }: LackingRights, name: string, user: string): Line[] {
  if (database.length === 0) return [];
  const remedy = `Let its owner type: \`GRANT ${database.join(', ')} ON DATABASE ${quote(name)} TO ${quote(user)}\``;
  return [failed('rights', `${user} lacks ${database.join(' and ')} on the database ${name}`, remedy)];
}

function tableRights({ tables, owners }: LackingRights, user: string): Line[] {
  if (tables.length === 0) return [];
  const sentence = `${tables.length} of our tables belong to ${owners.join(', ')}, so ${user} cannot change them`;
  const grants = owners.map((owner) => `GRANT ${quote(owner)} TO ${quote(user)}`).join('; ');
  return [failed('rights', sentence, `Use that user in DATABASE_URL, or let an administrator type: \`${grants}\``)];
}

export async function checkMigrations({ database, command }: Site): Promise<Line[]> {
  const sql = await database();
  try {
    const pending = await planMigrations(sql);
    if (pending.length === 0) return [ok('tables', 'are of this version')];
    const empty = (await readInstallation(sql)) === null;
    const sentence = empty ? 'nothing has run on this database yet' : `are not of this version: ${pending.join(', ')}`;
    return [failed('tables', sentence, `Type \`${command('apply')}\`.`)];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const [sentence = '', ...remedy] = error.message.split(/(?<=\.) /);
    return [failed('tables', sentence, remedy.join(' '))];
  }
}

/** Transactions of ours take seconds; what stands still longer holds locks that others wait for. */
const longestSeconds = 60;

export async function checkTransactions({ database }: Site): Promise<Line[]> {
  const standing = await standingTransactions(await database(), longestSeconds);
  if (standing.length === 0) return [ok('transactions', 'none of ours stands still')];
  return standing.map(({ pid, application, seconds }) =>
    warning(
      'transactions',
      `one of «${application}» stands still for ${duration(seconds)}, and may hold others up`,
      `Look at that process; to end it, type in psql: \`SELECT pg_terminate_backend(${pid})\``,
    ),
  );
}
