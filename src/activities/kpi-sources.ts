import type { ReadSources } from '../store/atobi/gather.ts';
import type { QueriedRow } from '../store/atobi/query.ts';
import type { Staging } from '../store/atobi/staging.ts';
import { readKpiRow } from './kpi-row.ts';

/** A KPI as the configuration names it. */
export interface ConfiguredKpi {
  readonly kpi: string;
  readonly context: string;
  readonly units?: string | undefined;
  readonly query?: string | undefined;
}

/**
 * Runs the query of a KPI and hands its rows on. Gives back why it failed, in words; null where it did not. What `take`
 * throws passes through.
 */
export type RunQuery = (
  kpi: ConfiguredKpi & { query: string },
  take: (rows: readonly QueriedRow[]) => Promise<void>,
) => Promise<string | null>;

export interface SourcesOptions {
  readonly connection: string;
  readonly kpis: readonly ConfiguredKpi[];
  /** Only these KPIs; all where undefined. */
  readonly streams?: readonly string[] | undefined;
  readonly query: RunQuery;
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
  { query, signal }: SourcesOptions,
): Promise<string | null> {
  const failure = await query(kpi, async (rows) => {
    signal.throwIfAborted();
    await staging.add(rows.map((row) => readKpiRow(writtenRow(row, kpi), 'query')));
  });
  if (failure !== null) await staging.forget(kpi.kpi);
  return failure;
}

function writtenRow(row: QueriedRow, { kpi, context, units }: ConfiguredKpi) {
  return {
    ...{ kpi, context, user_id: row.user_id ?? null, location_id: row.location_id ?? null },
    ...{ value: row.value ?? null, units: row.units || units || null, timestamp: row.timestamp ?? null },
    ...{ date_from: row.date_from ?? null, date_to: row.date_to ?? null },
  };
}
