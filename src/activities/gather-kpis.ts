import { Context } from '@temporalio/activity';
import type { AtobiConnection } from '../config/systems/atobi.ts';
import { ConfigurationError } from '../errors.ts';
import type { KpiShown } from '../store/atobi/counts.ts';
import { type GatherOptions, gatherElements, rehearse } from '../store/atobi/gather.ts';
import type { PushApproval } from '../store/atobi/guard.ts';
import type { PlannedBatch } from '../store/atobi/plan.ts';
import type { KpiReader } from '../store/atobi/reader.ts';
import { claimCursor } from '../store/claim.ts';
import type { Store } from '../store/connect.ts';
import { BodyMeter, writeBody } from '../vendors/atobi/body.ts';
import { connectionOf } from './connection-of.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withDatabase } from './failure.ts';
import { note } from './journal.ts';
import { absentKpis, remarksOn } from './kpi-remarks.ts';
import { kpiSources, type RunQuery } from './kpi-sources.ts';
import { stopIfWanted } from './stopping.ts';

export interface GatherKpisInput {
  connection: string;
  runId: string;
  runSequence: number;
  /** Grows with each step of the run. */
  lease: number;
  /** Everything that the sources show is to be sent, accepted or not, if it was not sent since delivery `upTo`. */
  all: { upTo: number } | null;
  /** Rows that have not changed are written as well. */
  rewrite?: boolean | undefined;
  /** Only these KPIs; all where undefined. */
  streams?: string[] | undefined;
}

export interface GatheredKpis {
  streams: KpiShown[];
  /** Elements. */
  toSend: number;
  batches: number;
  approval: PushApproval | null;
  requestsPerMinute: number;
  /** Sentences that a person should know. */
  remarks: string[];
}

/** One cursor for all KPIs of a connection. */
const cursor = 'kpi';

export const createGatherKpis = (dependencies: ActivityDependencies) =>
  /** Reads where the KPIs come from, compares with what Atobi has accepted, and plans what is to be sent. */
  function gatherKpis(input: GatherKpisInput): Promise<GatheredKpis> {
    const { cancellationSignal: signal, info } = Context.current();
    return withDatabase(dependencies.redact, async () => {
      try {
        const connection = connectionOf('atobi', dependencies.connection(input.connection));
        return await gather(dependencies, connection, { ...input, attempt: info.attempt }, signal);
      } catch (error) {
        stopIfWanted(signal);
        throw error;
      }
    });
  };

const emptyPush = 'There was nothing to send: neither atobi.kpi_values nor a query of the configuration shows a value.';

type Attempted = Omit<GatherKpisInput, 'connection'> & { attempt: number };

/** One attempt of `gatherKpis`. */
export async function gather(
  sources: Pick<ActivityDependencies, 'store' | 'reader'>,
  connection: AtobiConnection,
  input: Attempted,
  signal: AbortSignal,
): Promise<GatheredKpis> {
  const { store } = sources;
  const { runId, runSequence, lease, attempt, streams } = input;
  const key = { connection: connection.name, stream: cursor };
  const { epoch } = await claimCursor(store.sql, key, { runId, runSequence, lease, attempt, pass: 1 });
  if (input.all !== null) await note({ store }, { runId, kind: 'resync', all: true });
  const fence = { ...key, runId, pass: 1, epoch };
  const read = sourcesOf(sources, connection, input, signal);
  const { kpis, ...rest } = await gatherElements(store.sql, fence, optionsOf(connection, input), read);
  const { requestsPerMinute } = connection;
  const remarks = await remarksOn(store, connection, kpis);
  const all = [...kpis, ...absentKpis(streams, kpis)];
  const nothing = rest.toSend === 0 && all.every(({ gathered, failure }) => gathered === 0 && failure === null);
  return { streams: all, ...rest, requestsPerMinute, remarks: nothing ? [...remarks, emptyPush] : remarks };
}

function optionsOf(
  connection: AtobiConnection,
  { runId, runSequence, lease, attempt, all, rewrite, streams }: Attempted,
): GatherOptions {
  const { name, type, onUnknown, batchElements, batchBytes, maxElements, timeout, queryTimeout } = connection;
  return {
    ...{ connection: name, runId, runSequence, lease, attempt, all, streams, rewrite: rewrite === true },
    ...{ onUnknown, batchElements, batchBytes, maxElements, timeoutMs: timeout },
    longestWaitMs: queryTimeout + 60_000,
    meter: (context) => new BodyMeter({ type, context }),
  };
}

function sourcesOf(
  { reader }: { reader: KpiReader },
  { name, kpis, queryTimeout: timeoutMs, maxRows }: AtobiConnection,
  { streams }: Pick<GatherKpisInput, 'streams'>,
  signal: AbortSignal,
) {
  const query: RunQuery = async ({ kpi, query: sql }, take) => {
    try {
      await reader.read({ sql, timeoutMs, maxRows }, take);
      return null;
    } catch (error) {
      if (error instanceof ConfigurationError) return `The query of ${kpi} ${error.message}.`;
      throw error;
    }
  };
  return kpiSources({ connection: name, kpis, streams, query, signal });
}

/** What a push would be. */
export interface DryRun {
  streams: readonly KpiShown[];
  requests: number;
  elements: number;
  /** Bytes of all bodies. */
  bytes: number;
  /** How long the budget makes it take, at least; a token request is among it. */
  seconds: number;
  remarks: string[];
}

export interface DryRunOptions {
  store: Store;
  reader: KpiReader;
  connection: AtobiConnection;
  /** Everything again, changed or not. */
  all: boolean;
  streams?: string[] | undefined;
  signal: AbortSignal;
  /** Takes each body in the order in which they would be sent. */
  write(body: string): Promise<void>;
}

/** Gathers and plans like a push, hands the exact bodies on, and undoes everything. */
export async function dryRun({ store, reader, connection, write, ...wanted }: DryRunOptions): Promise<DryRun> {
  const { type, requestsPerMinute } = connection;
  const nobody = { runId: '', runSequence: 0, lease: 0, attempt: 1 };
  // No delivery that is numbered can be newer.
  const all = wanted.all ? { upTo: Number.MAX_SAFE_INTEGER } : null;
  const options = optionsOf(connection, { ...nobody, ...wanted, all });
  let bytes = 0;
  const batch = async ({ context, elements, bytes: size }: PlannedBatch) => {
    bytes += size;
    await write(writeBody({ type, context, elements }));
  };
  const read = sourcesOf({ reader }, connection, wanted, wanted.signal);
  const { kpis, toSend, batches } = await rehearse(store.sql, options, read, batch);
  const seconds = secondsOf(batches, requestsPerMinute);
  const remarks = await remarksOn(store, connection, kpis);
  return {
    streams: [...kpis, ...absentKpis(wanted.streams, kpis)],
    requests: batches,
    elements: toSend,
    bytes,
    seconds,
    remarks,
  };
}

const window = 60;

/** A slot of the budget is free again a window after its answer. */
function secondsOf(requests: number, requestsPerMinute: number): number {
  if (requests === 0) return 0;
  const token = 1;
  return (Math.ceil((requests + token) / requestsPerMinute) - 1) * window;
}
