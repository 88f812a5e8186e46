// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import type { Sql } from 'postgres';
import { afterAll } from 'vitest';
import { dryRun, type GatheredKpis, gather } from '../../src/activities/gather-kpis.ts';
import type { AtobiConnection, KpiSource } from '../../src/config/systems/atobi.ts';
import { createKpiReader } from '../../src/store/atobi/reader.ts';
import { openStore, type Store } from '../../src/store/connect.ts';
import { migrate } from '../../src/store/migrate.ts';
import { connect, emptyDatabase } from '../store/database.ts';

const stores: Store[] = [];
afterAll(() => Promise.all(stores.map((store) => store.close())));

/** A row of `atobi.kpi_values`. */
export interface Value {
  kpi?: string;
  context?: string | null;
  user?: string | null;
  location?: string | null;
  value: string;
  units?: string | null;
  timestamp?: string;
  from?: string | null;
  to?: string | null;
}

let runs = 0;

/** A database with the tables of Atobi, and gatherings as the workflow asks for them, without a vendor. */
export class Sources {
  readonly sql: Sql;
  readonly url: string;
  readonly store: Store;
  /** A connection of its own for each test. */
  connection: AtobiConnection;

  private constructor(sql: Sql, url: string, store: Store) {
    this.sql = sql;
    this.url = url;
    this.store = store;
    this.connection = connectionNamed('c0');
  }

  static async open(): Promise<Sources> {
    const url = await emptyDatabase();
    await migrate({ url });
    const store = openStore({ url });
    stores.push(store);
    return new Sources(connect(url), url, store);
  }

  /** Begins with another connection, of which nothing is known. */
  fresh(changed: Partial<AtobiConnection> = {}): void {
    this.connection = { ...connectionNamed(`c${++runs}`), ...changed };
  }

  configure(changed: Partial<AtobiConnection>): void {
    this.connection = { ...this.connection, ...changed };
  }

  reader(more: { databaseUrl?: string; databaseQueryUrl?: string } = {}) {
    return createKpiReader({ sql: this.sql, databaseUrl: this.url, ...more });
  }

  async gather(input: Partial<Parameters<typeof gather>[2]> = {}): Promise<GatheredKpis & { runId: string }> {
    const runSequence = ++runs;
    const full = { runId: `run-${runSequence}`, runSequence, lease: 1, attempt: 1, all: null, ...input };
    const sources = { store: this.store, reader: this.reader() };
    const gathered = await gather(sources, this.connection, full, new AbortController().signal);
    return { ...gathered, runId: full.runId };
  }

  async dryRun(all = false) {
    const bodies: string[] = [];
    const run = await dryRun({
      ...{ store: this.store, reader: this.reader(), connection: this.connection, all },
      signal: new AbortController().signal,
      write: async (body) => void bodies.push(body),
    });
    return { ...run, bodies };
  }

  /** Writes rows as any SQL may, over those that are there. */
  async put(...values: readonly Value[]): Promise<void> {
    for (const {
      kpi = 'sales',
      context = null,
      user = '1',
      location = null,
      value,
      units = null,
      ...times
    } of values) {
      const { timestamp = '2026-03-01 00:00:00+00', from = null, to = null } = times;
      await this.sql`
        INSERT INTO atobi.kpi_values
          (connection, kpi, context, user_id, location_id, value, units, "timestamp", date_from, date_to)
        VALUES (${this.connection.name}, ${kpi}, ${context}, ${user}, ${location}, ${value}, ${units}, ${timestamp}::text::timestamptz,
          ${from}::text::timestamptz, ${to}::text::timestamptz)
        ON CONFLICT ON CONSTRAINT kpi_values_element DO UPDATE SET value = excluded.value, units = excluded.units,
          context = excluded.context, "timestamp" = excluded."timestamp"`;
    }
  }

  async remove(kpi: string, user: string): Promise<void> {
    await this.sql`
      DELETE FROM atobi.kpi_values WHERE connection = ${this.connection.name} AND kpi = ${kpi} AND user_id = ${user}`;
  }

  /** As if the vendor had taken everything that the run planned. */
  async accept(runId: string): Promise<void> {
    await this.sql`
      INSERT INTO atobi.deliveries (connection, run_id, batch, lease, attempt, type, api_version, context, state, why,
        elements, bytes, digest, element_ids, sent_values, sent_units)
      SELECT connection, run_id, batch, 1, 1, 't', 'v1', context, 'accepted', why, elements, 1, '', element_ids, '{}', '{}'
      FROM atobi.batches WHERE run_id = ${runId}`;
    await this.sql`
      UPDATE atobi.elements AS element SET
        state = 'accepted', accepted_value = value, accepted_units = units, delivery = sent.delivery
      FROM atobi.deliveries AS sent
      WHERE sent.run_id = ${runId} AND element.connection = sent.connection AND element.id = ANY (sent.element_ids)`;
    await this.sql`UPDATE atobi.batches SET state = 'done' WHERE run_id = ${runId}`;
  }

  /** The plan of a run, batch by batch: who is in it. */
  async planned(runId: string): Promise<{ context: string; users: string[]; why: string; repeats: string | null }[]> {
    const rows = await this.sql<{ context: string; users: string[]; why: string; repeats: string | null }[]>`
      SELECT context, why, repeats::text, (
        SELECT json_agg(concat_ws('@', user_id, location_id) ORDER BY nth)
        FROM unnest(element_ids) WITH ORDINALITY AS one (id, nth)
        JOIN atobi.elements AS element ON element.connection = batches.connection AND element.id = one.id) AS users
      FROM atobi.batches WHERE run_id = ${runId} AND state = 'open' ORDER BY batch`;
    return [...rows];
  }

  async quarantined() {
    const rows = await this.sql<
      { stream: string; path: string; reason: string; raw_text: string; record_id: string | null }[]
    >`
      SELECT stream, path, reason, raw_text, record_id::text FROM sync.quarantine
      WHERE connection = ${this.connection.name} AND resolved_at IS NULL ORDER BY id`;
    return [...rows];
  }

  async elements() {
    return [
      ...(await this.sql`
        SELECT id::text, kpi, user_id, location_id, value::text, units, state, vanished_at IS NOT NULL AS vanished, run_id,
          context, source, xmin::text
        FROM atobi.elements WHERE connection = ${this.connection.name} ORDER BY kpi, user_id, location_id, date_from`),
    ];
  }
}

const secret = { reference: 'x', resolve: () => 'x' };

const connectionNamed = (name: string): AtobiConnection => ({
  ...{ name, system: 'atobi', baseUrl: 'http://127.0.0.1:9', clientId: secret, clientSecret: secret, type: 'acme' },
  ...{ apiVersion: 'v1', requestsPerMinute: 180, batchElements: 500, batchBytes: 1_000_000, onUnknown: 'resend' },
  ...{ refusedStatuses: ['error'], maxElements: 100_000, maxQuarantinePercent: 1, kpis: [], queryTimeout: 5_000 },
  ...{ maxRows: 100_000, timeout: 10_000, allowInsecureHttp: true },
});

/** An entry of `kpis` in the configuration. */
export const kpi = (name: string, more: Partial<KpiSource> = {}): KpiSource => ({ kpi: name, context: name, ...more });

/** A configuration file with connections of these names; the secret is in the variable SECRET. */
export function atobiFile(...names: readonly string[]): string {
  const keys = { system: 'atobi', baseUrl: 'http://127.0.0.1:9', clientId: 'x', clientSecret: '${SECRET}', type: 't' };
  return JSON.stringify({ connections: Object.fromEntries(names.map((name) => [name, keys])) });
}
