import type { Client } from '@temporalio/client';
import { howItEnded } from '../operations/ended.ts';
import type { ExplainFacts } from '../operations/explain.ts';
import type { TemporalView } from '../operations/overview.ts';
import { readCauses } from '../store/causes.ts';
import { systemOf } from '../store/overview.ts';
import { type PastRun, readAlike, readLater, readRuns, readTickOf } from '../store/past-runs.ts';
import { readTicks } from '../store/ticks.ts';
import { knownNames, type Looking, requireKnown, runOf, viewOrSay } from './past-run.ts';

export interface Gathered {
  facts: ExplainFacts;
  /** Why Temporal does not answer; null where it does. */
  trouble: string | null;
}

/**
 * What the database and Temporal know of a connection's newest run, or of the run whose id begins so.
 * @throws ConfigurationError where there is neither.
 */
export async function gather(looking: Looking, what: string): Promise<Gathered> {
  const { config, store } = looking;
  const { connection, run } = await chosen(looking, what);
  const configured = config.connections.find(({ name }) => name === connection);
  const system = configured?.system ?? run?.system ?? (await systemOf(store.sql, connection)) ?? 'incentify';
  const view = await viewOrSay(looking, { name: connection, system });
  const trouble = typeof view === 'string' ? view : null;
  const temporal = typeof view === 'string' ? null : await seen(looking, view, run);
  const past = await pastOf(looking, connection, run);
  const facts = { connection, system, configured: configured !== undefined, run, ...past, temporal };
  return { facts: { ...facts, now: new Date().toISOString() }, trouble };
}

/** A connection's newest run, or the run that is named. */
async function chosen(looking: Looking, what: string): Promise<{ connection: string; run: PastRun | null }> {
  const names = await knownNames(looking);
  if (names.includes(what)) {
    const [run] = await readRuns(looking.store.sql, what, { limit: 1 });
    return { connection: what, run: run ?? null };
  }
  // A person who mistypes a name does not think of ids.
  if (!/^[0-9a-f-]{4,}$/i.test(what)) await requireKnown(looking, what);
  const run = await runOf(looking.store.sql, what, names);
  return { connection: run.connection, run };
}

type Past = Pick<ExplainFacts, 'newest' | 'later' | 'causes' | 'alike' | 'tick' | 'ticks'>;

const hour = 3_600_000;
const mostTicks = 1_000;

async function pastOf({ store: { sql } }: Looking, connection: string, run: PastRun | null): Promise<Past> {
  if (run === null) {
    const ticks = await readTicks(sql, connection, { limit: mostTicks });
    return { newest: true, later: null, causes: [], alike: [], tick: null, ticks: ticks.toReversed() };
  }
  const streams = Object.keys(run.receipt?.streams ?? {});
  // A backfill is known by later ticks that were begun before it.
  const since = new Date(Date.parse(run.dueAt ?? run.startedAt) - hour);
  const [later, causes, alike, tick, ticks] = await Promise.all([
    readLater(sql, run),
    readCauses(sql, run.runId),
    readAlike(sql, run, streams),
    readTickOf(sql, run),
    readTicks(sql, connection, { since, limit: mostTicks }),
  ]);
  return { newest: later === null, later, causes, alike, tick, ticks: ticks.toReversed() };
}

async function seen(
  { temporal }: Looking,
  { run: under, schedule }: TemporalView,
  run: PastRun | null,
): Promise<ExplainFacts['temporal']> {
  return {
    under: under && {
      runId: under.id,
      status: under.status,
      waiting: under.waiting,
      answered: under.progress !== null,
    },
    schedule: schedule && { ...schedule, next: schedule.next?.toISOString() ?? null },
    ended: await endedOf(temporal, run),
  };
}

async function endedOf(temporal: Client | string, run: PastRun | null): Promise<string | null> {
  if (typeof temporal === 'string' || run === null || run.receipt !== null) return null;
  return howItEnded(temporal, run);
}
