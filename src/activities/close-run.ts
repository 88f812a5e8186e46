import type { Receipt, StreamCounts, System } from '../receipt.ts';
import { emptyCounts } from '../receipt.ts';
import type { Rules } from '../rules.ts';
import { readStanding } from '../store/causes.ts';
import type { Store } from '../store/connect.ts';
import { forgetTexts, resolveGone } from '../store/quarantine.ts';
import { countOrphans, countsOf, readCursor, readLateness, closeRun as storeReceipt } from '../store/runs.ts';
import { recordTables } from '../store/tables.ts';
import { linksOf } from '../vendors/incentify/references.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { accountOf } from './export-account.ts';
import { withDatabase } from './failure.ts';
import { note, noteStanding } from './journal.ts';
import { judge, type StreamVerdict } from './judge.ts';
import { lookAfterAlerts } from './look-after-alerts.ts';
import { accountKpis } from './push-account.ts';
import { tableOf } from './streams.ts';

export interface CloseRunInput {
  connection: string;
  system: System;
  runId: string;
  streams: StreamVerdict[];
  /** `ended`: every stream was read to its end. */
  outcome: 'ended' | 'failed' | 'cancelled';
  /** Sentences that the workflow has gathered. */
  reasons: string[];
  rules: Rules;
}

export const createCloseRun = (dependencies: ActivityDependencies) =>
  /** Counts what the run did and stores its receipt, which is the run's result. */
  function closeRun(input: CloseRunInput): Promise<Receipt> {
    const { store, redact } = dependencies;
    const { connection, system, runId, outcome } = input;
    return withDatabase(redact, async () => {
      const { streams, verdicts } = await accountBy[system](dependencies, input);
      const before = await readStanding(store.sql, runId);
      const { status, reasons } = judge(outcome, verdicts, input.reasons);
      const late = await readLateness(store.sql, runId);
      const receipt: Receipt = { connection, system, runId, status, streams, reasons, ...late };
      await storeReceipt(store.db, receipt);
      if (before !== null) await noteStanding(dependencies, before, { status });
      await noteAside(dependencies, receipt, verdicts);
      await lookAfterAlerts(dependencies);
      return receipt;
    });
  };

interface Account {
  streams: Record<string, StreamCounts>;
  /** `fewer`: a snapshot's newest file has so few rows that a person has to agree. */
  verdicts: (StreamVerdict & { fewer?: boolean })[];
}

/** The count of the whole run, however often it is closed: a resync may come at its end. */
async function noteAside(
  dependencies: ActivityDependencies,
  { runId, streams }: Receipt,
  verdicts: readonly (StreamVerdict & { fewer?: boolean })[],
): Promise<void> {
  for (const [stream, { quarantined }] of Object.entries(streams)) {
    if (quarantined > 0) await note(dependencies, { runId, stream, kind: 'quarantine', times: quarantined, all: true });
  }
  for (const { stream, fewer } of verdicts) {
    if (fewer === true) await note(dependencies, { runId, stream, kind: 'brake', all: true });
  }
}

async function accountExports({ store }: ActivityDependencies, input: CloseRunInput): Promise<Account> {
  const accounted = await Promise.all(input.streams.map((told) => accountOf(store, input, told)));
  return {
    streams: Object.fromEntries(accounted.map(({ counts, verdict }) => [verdict.stream, counts])),
    verdicts: accounted.map(({ verdict, fewer }) => ({ ...verdict, fewer })),
  };
}

/** What a run has counted, by system. */
const accountBy: Record<System, (dependencies: ActivityDependencies, input: CloseRunInput) => Promise<Account>> = {
  incentify: accountRecords,
  neoday: accountExports,
  atobi: ({ store }, input) => accountKpis(store, input),
  vibes: accountRecords,
};

async function accountRecords(dependencies: ActivityDependencies, input: CloseRunInput): Promise<Account> {
  const { store } = dependencies;
  const { connection, runId, outcome } = input;
  const streams: Record<string, StreamCounts> = {};
  for (const verdict of input.streams) streams[verdict.stream] = await countsFor(store, input, verdict);
  const isPrivate = hasPrivateParts(dependencies.connection, connection);
  for (const { stream, complete } of input.streams) {
    if (isPrivate) await forgetTexts(store.sql, { connection, stream }, runId);
    if (complete) await resolveGone(store.sql, { connection, stream }, runId);
  }
  if (outcome !== 'ended') return { streams, verdicts: input.streams };
  return { streams, verdicts: input.streams.map((verdict) => withUnread(verdict, streams)) };
}

async function countsFor(
  store: Store,
  { connection, runId }: CloseRunInput,
  { stream, asOf }: StreamVerdict,
): Promise<StreamCounts> {
  const cursor = await readCursor(store, { connection, stream }, runId);
  if (cursor === null) return { ...emptyCounts };
  const orphans = await countOrphans(store, connection, tableOf(stream), linksOf(stream).map(targetOf));
  return { ...countsOf(cursor, orphans), asOf };
}

/** A stream that was read to its end has pages here, unless another database was written to. */
function withUnread(verdict: StreamVerdict, streams: Record<string, StreamCounts>): StreamVerdict {
  const { stream, shortcomings } = verdict;
  if ((streams[stream]?.pages ?? 0) > 0) return verdict;
  const reason = `${stream}: it was read, but this database has no page of it. Give every worker the same DATABASE_URL.`;
  return { ...verdict, shortcomings: [...shortcomings, reason] };
}

/** A connection that was taken out of the file while its run was under way has no rules any more. */
function hasPrivateParts(find: ActivityDependencies['connection'], name: string): boolean {
  try {
    const connection = find(name);
    return connection.system !== 'atobi' && connection.exclude.length + connection.hash.length > 0;
  } catch {
    return false;
  }
}

function targetOf({ column, stream }: ReturnType<typeof linksOf>[number]) {
  return { column, target: recordTables.incentify[stream] };
}
