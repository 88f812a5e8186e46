import { DatabaseError } from '../errors.ts';

interface PostgresFailure {
  code: string;
  message: string;
}

function asPostgresFailure(error: unknown): PostgresFailure | null {
  if (!(error instanceof Error)) return null;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return { code, message: error.message };
  // A refused connection to a name with several addresses arrives as one error about all of them.
  if (error instanceof AggregateError) return asPostgresFailure(error.errors[0]);
  return error.cause === undefined ? null : asPostgresFailure(error.cause);
}

/** SQLSTATE of PostgreSQL's answer, or the socket's error code; null for anything that is not the database's. */
export function sqlState(error: unknown): string | null {
  return asPostgresFailure(error)?.code ?? null;
}

/**
 * True when PostgreSQL could not take a value (class 22: data exceptions; 54001: nested too deep; 54000: too large).
 * Such a statement fails again however often it is tried.
 */
export function refusesValue(error: unknown): boolean {
  const code = sqlState(error);
  return code !== null && (/^22...$/.test(code) || code === '54001' || code === '54000');
}

const words: Record<string, string> = {
  ECONNREFUSED: 'nothing listens at its address; start it, or correct DATABASE_URL',
  ENOTFOUND: 'its host name is not known; correct DATABASE_URL',
  EAI_AGAIN: 'its host name could not be looked up',
  ETIMEDOUT: 'it did not answer in time',
  CONNECT_TIMEOUT: 'it did not answer in time',
  CONNECTION_CLOSED: 'the connection was closed in the middle of a statement',
  CONNECTION_ENDED: 'the connection was ended',
  CONNECTION_DESTROYED: 'the connection was ended',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  '28P01': 'it refused the password in DATABASE_URL; correct it',
  '28000': 'it refused the user in DATABASE_URL; correct it, or allow the user in pg_hba.conf',
  '3D000': 'the database named in DATABASE_URL does not exist; create it, or correct the name',
  '42501': 'the user lacks a right that is needed; grant it, or use the owner of the database',
  '53100': 'its disk is full',
  '53300': 'it has no connection slot free',
  '55P03': 'a lock was not free in time',
  '57014': 'a statement took longer than its limit',
  '57P01': 'an administrator ended the connection',
  '57P03': 'it is starting or stopping',
  '25P03': 'a transaction stood idle for too long and was ended',
  '25006': 'it only takes reads; DATABASE_URL must name the primary and a user who may write',
};

/**
 * A `DatabaseError` in words. PostgreSQL's own message is left out on purpose: it can quote a row's values, and these
 * sentences reach Temporal's history.
 */
export function databaseError(doing: string, error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const code = sqlState(error);
  const why = code === null ? 'unexpected failure' : (words[code] ?? `SQLSTATE ${code}`);
  return new DatabaseError(`PostgreSQL could not ${doing}: ${why}.`, { cause: error });
}
