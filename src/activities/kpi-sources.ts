import type { ReadSources } from '../store/atobi/gather.ts';
import type { Staging } from '../store/atobi/staging.ts';
import { readKpiRow } from './kpi-row.ts';

/** A KPI as the configuration names it. */
export interface ConfiguredKpi {
  readonly kpi: string;
  readonly context: string;
  readonly units?: string | undefined;
  readonly query?: string | undefined;
}

/** A row of a query: the columns that it has, every value as PostgreSQL prints it. */
export interface QueriedRow {
  readonly user_id?: string | null;
  readonly location_id?: string | null;
  readonly value: string | null;
  readonly timestamp: string | null;
  readonly units?: string | null;
  readonly date_from?: string | null;
  readonly date_to?: string | null;
}

/** Runs a query of the configuration. @throws ConfigurationError with a sentence where it cannot be run or used. */
export type RunQuery = (kpi: ConfiguredKpi & { query: string }) => AsyncIterable<readonly QueriedRow[]>;

export interface SourcesOptions {
  readonly connection: string;
  readonly kpis: readonly ConfiguredKpi[];
  /** Only these KPIs; all where undefined. */
  readonly streams?: readonly string[] | undefined;
  readonly query: RunQuery;
  /** What a query failed with, in words; throws what is no fault of the query's. */
  readonly failure: (error: unknown) => string;
  readonly signal: AbortSignal;
}

/** Reads `atobi.kpi_values` and every query, row by row through the checks, into the staging table. */
export function kpiSources(options: SourcesOptions): ReadSources {
  return async (staging) => {
    await readValues(staging, options);
    const unread = new Map<string, string>();
    for (const kpi of asked(options)) {
      if (!hasQuery(kpi)) continue;
      options.signal.throwIfAborted();
      const failure = await readQuery(staging, kpi, options);
      if (failure !== null) unread.set(kpi.kpi, failure);
    }
    return unread;
  };
}

const hasQuery = (kpi: ConfiguredKpi): kpi is ConfiguredKpi & { query: string } => kpi.query !== undefined;

function asked({ kpis, streams }: SourcesOptions): readonly ConfiguredKpi[] {
  return streams === undefined ? kpis : kpis.filter(({ kpi }) => streams.includes(kpi));
}

async function readValues(staging: Staging, { connection, kpis, streams, signal }: SourcesOptions): Promise<void> {
  const configured = new Map(kpis.map((kpi) => [kpi.kpi, kpi]));
  const without = kpis.filter(hasQuery).map(({ kpi }) => kpi);
  for await (const rows of staging.values({ connection, streams, without })) {
    signal.throwIfAborted();
    const shown = rows.map((row) => {
      const known = configured.get(row.kpi);
      return readKpiRow(
        { ...row, context: known?.context ?? row.context, units: row.units || known?.units || null },
        'values',
      );
    });
    await staging.add(shown);
  }
}

/** Why the query failed; null where it did not. */
async function readQuery(
  staging: Staging,
  kpi: ConfiguredKpi & { query: string },
  { query, failure, signal }: SourcesOptions,
): Promise<string | null> {
  const rows = query(kpi)[Symbol.asyncIterator]();
  for (;;) {
    signal.throwIfAborted();
    // Only what the query itself throws is its failure; what the staging table throws is the database's.
    const next = await rows.next().catch((error: unknown) => ({ failed: failure(error) }));
    if ('failed' in next) {
      await staging.forget(kpi.kpi);
      return next.failed;
    }
    if (next.done === true) return null;
    await staging.add(next.value.map((row) => readKpiRow(writtenRow(row, kpi), 'query')));
  }
}

function writtenRow(row: QueriedRow, { kpi, context, units }: ConfiguredKpi) {
  return {
    ...{ kpi, context, user_id: row.user_id ?? null, location_id: row.location_id ?? null, value: row.value },
    ...{ units: row.units || units || null, timestamp: row.timestamp },
    ...{ date_from: row.date_from ?? null, date_to: row.date_to ?? null },
  };
}
