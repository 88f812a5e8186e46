import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions } from '@temporalio/client';
import postgres from 'postgres';
import { ConfigurationError, DatabaseError } from '../errors.ts';
import { describeNamespace } from './temporal.ts';
import type { OnStep, Step, TemporalPlace } from './types.ts';

/** How an own server is waited for. `withinMs` is for one that does not answer; one that refuses us is told at once. */
export interface Patience {
  withinMs: number;
  onStep: OnStep;
  signal: AbortSignal;
}

/** Resolves when the user's database takes a statement from us; else rejects with a DatabaseError in words. */
export async function reachDatabase(databaseUrl: string, patience: Patience): Promise<void> {
  const place = placeOf(databaseUrl);
  await keepTrying({
    ...patience,
    part: 'database',
    what: `database at ${place}`,
    tryOnce: () => selectOne(databaseUrl),
    refusal: (code) => {
      const cause = databaseRefusals[code];
      return cause === undefined
        ? null
        : new DatabaseError(`The database at ${place} refuses us: ${cause} Check DATABASE_URL.`);
    },
    givenUp: (code) =>
      new DatabaseError(
        `The database at ${place} does not answer${inBrackets(code)}. Start it, or correct DATABASE_URL; without DATABASE_URL an embedded one is used.`,
      ),
  });
}

/** Resolves when the user's Temporal answers for the namespace; else rejects with a ConfigurationError in words. */
export async function reachTemporal(
  { address, namespace }: TemporalPlace,
  connection: ConnectionOptions | undefined,
  patience: Patience,
): Promise<void> {
  await keepTrying({
    ...patience,
    part: 'temporal',
    what: `Temporal server at ${address}`,
    tryOnce: () => describeNamespace({ connectTimeout: 3_000, ...connection, address }, namespace),
    refusal: (code) => {
      if (code !== grpcPermissionDenied && code !== grpcUnauthenticated) return null;
      return new ConfigurationError(
        `The Temporal server at ${address} refuses us for namespace \`${namespace}\`. Check the API key or certificate.`,
      );
    },
    givenUp: (code) =>
      new ConfigurationError(
        code === grpcNotFound
          ? `The Temporal server at ${address} has no namespace \`${namespace}\`. Make it: temporal operator namespace create --address ${address} --namespace ${namespace}`
          : `The Temporal server at ${address} does not answer. Start it, or correct TEMPORAL_ADDRESS; without TEMPORAL_ADDRESS an embedded one is used.`,
      ),
  });
}

const databaseRefusals: Readonly<Record<string, string>> = {
  '28P01': 'wrong password.',
  '28000': 'this user or this way of connecting is not allowed.',
  '3D000': 'it has no database of that name.',
  '42501': 'the user may not connect to it.',
};

const [grpcNotFound, grpcPermissionDenied, grpcUnauthenticated] = ['5', '7', '16'];

interface Attempts extends Patience {
  part: 'database' | 'temporal';
  what: string;
  tryOnce(): Promise<void>;
  /** The error for an answer that trying again does not change. */
  refusal(code: string): Error | null;
  givenUp(code: string): Error;
}

async function keepTrying(attempts: Attempts): Promise<void> {
  const { part, what, withinMs, onStep } = attempts;
  const begun = performance.now();
  const step = (state: Step['state'], text: string): void =>
    onStep({ part, state, text, ms: performance.now() - begun });
  step('begun', `Connecting to the ${what}`);
  // By the clock, since one attempt may itself hang for seconds.
  const patience = setTimeout(() => {
    // Who waits for hours waits until it is there.
    const forHowLong = withinMs > 3_600_000 ? 'until it does' : `for ${withinMs / 1000} s`;
    step('waiting', `The ${what} does not answer; trying ${forHowLong}`);
  }, tellAfterMs);
  try {
    await untilOneWorks(attempts, begun);
    step('done', `Connected to the ${what}`);
  } finally {
    clearTimeout(patience);
  }
}

const tellAfterMs = 400;

async function untilOneWorks(attempts: Attempts, begun: number): Promise<void> {
  const { withinMs, signal, tryOnce, refusal, givenUp } = attempts;
  for (;;) {
    signal.throwIfAborted();
    try {
      await tryOnce();
      return;
    } catch (error) {
      const code = codeOf(error);
      const refused = refusal(code);
      if (refused !== null) throw refused;
      if (performance.now() - begun > withinMs) throw givenUp(code);
    }
    await sleep(Math.min(500, withinMs / 10), undefined, { signal });
  }
}

async function selectOne(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, {
    max: 1,
    connect_timeout: 5,
    prepare: false,
    fetch_types: false,
    onnotice: () => {},
  });
  try {
    await sql`select 1`;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function placeOf(databaseUrl: string): string {
  try {
    const { host, pathname } = new URL(databaseUrl);
    return `${host}${pathname}`;
  } catch {
    throw new ConfigurationError(
      'DATABASE_URL is not an address of the form postgres://user:password@host:port/database.',
    );
  }
}

// Temporal's client wraps the gRPC error that has the code.
function codeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && (typeof at.code === 'string' || typeof at.code === 'number')) return String(at.code);
  }
  return '';
}

const inBrackets = (code: string): string => (code === '' ? '' : ` (${code})`);
