import type { Sql } from 'postgres';
import { claimCursor } from '../../src/store/claim.ts';
import type { Fence } from '../../src/store/commit.ts';
import { migrate } from '../../src/store/migrate.ts';
import { commitRows, type RowBatch } from '../../src/store/neoday/commit.ts';
import { type LoadingFile, openFile } from '../../src/store/neoday/file.ts';
import { registerExports, registerResults } from '../../src/store/neoday/ledger.ts';
import { type MergeCounts, type MergeOptions, mergeResult } from '../../src/store/neoday/merge.ts';
import { packRows, type StagedRow } from '../../src/store/neoday/packed-rows.ts';
import { type RowTable, rowTableOf } from '../../src/store/neoday/tables.ts';
import { typeOfExport } from '../../src/vendors/neoday/fields.ts';
import { createRowMapper, type RowMapping } from '../../src/vendors/neoday/rows.ts';
import { connect, emptyDatabase } from '../store/database.ts';

/** One result of an export: `created` orders results, `rows` are JSON texts. */
export interface Result {
  id: string;
  created: number;
  rows: readonly string[];
}

export interface Load extends RowMapping {
  connection?: string;
  export?: string;
  mode?: 'merge' | 'snapshot';
  /** Rows a commit. */
  commit?: number;
  merge?: Partial<MergeOptions>;
  mapping?: string;
}

let runs = 0;

/** The store as the loading activity uses it, without a vendor. */
export class Loads {
  readonly sql: Sql;
  readonly url: string;

  constructor(sql: Sql, url: string) {
    this.sql = sql;
    this.url = url;
  }

  static async open(): Promise<Loads> {
    const url = await emptyDatabase();
    await migrate({ url });
    return new Loads(connect(url), url);
  }

  /** A claim of its own, as each attempt makes one. */
  async claim(load: Load = {}): Promise<Fence> {
    const key = { connection: load.connection ?? 'c', stream: load.export ?? 'win-info' };
    const runSequence = ++runs;
    const runId = `run-${runSequence}`;
    const { epoch } = await claimCursor(this.sql, key, { runId, runSequence, lease: 1, attempt: 1, pass: 1 });
    return { ...key, runId, pass: 1, epoch };
  }

  table(load: Load = {}): RowTable {
    return rowTableOf(typeOfExport(load.export ?? 'win-info'));
  }

  async register(load: Load, ...results: readonly Result[]): Promise<void> {
    const { connection = 'c', export: systemName = 'win-info', mode = 'merge', timeZone = 'UTC' } = load;
    const type = typeOfExport(systemName);
    await registerExports(this.sql, { connection, mode, timeZone }, [{ systemName, id: 'x', type }]);
    await registerResults(
      this.sql,
      { connection, export: systemName },
      results.map(({ id, created }) => ({ id, createdAt: timeOf(created), expiresAt: null })),
    );
  }

  async begin(load: Load, fence: Fence, result: Result): Promise<LoadingFile> {
    return openFile(this.sql, this.table(load), fence, result.id, load.mapping ?? 'a');
  }

  /** Commits rows that are not committed yet, up to `until`. */
  async stage(load: Load, fence: Fence, file: LoadingFile, result: Result, until = result.rows.length): Promise<void> {
    const { commit = 3 } = load;
    for (let from = file.rowsDone; from < until || from === 0; from += commit) {
      const upTo = Math.min(from + commit, until);
      await commitRows(this.sql, this.table(load), fence, file, batchOf(load, result, file.sequence, from, upTo));
      if (upTo === 0) return;
    }
  }

  /** Loads a result from where it is to its end. */
  async load(result: Result, load: Load = {}): Promise<MergeCounts> {
    await this.register(load, result);
    const fence = await this.claim(load);
    await this.stage(load, fence, await this.begin(load, fence, result), result);
    return mergeResult(this.sql, this.table(load), fence, result.id, { complete: true, ...load.merge });
  }

  /** Makes a loaded result one that is to be loaded again from its beginning. */
  async forget({ id }: Result): Promise<void> {
    await this.sql`
      UPDATE neoday.results SET state = 'pending', bytes_done = 0, rows_done = 0, quarantined = 0 WHERE result_id = ${id}`;
  }

  async again(result: Result, load: Load = {}): Promise<MergeCounts> {
    await this.forget(result);
    return this.load(result, load);
  }
}

export const timeOf = (created: number): string => new Date(Date.UTC(2024, 0, 1) + created * 60_000).toISOString();

/** `sequence`: of the file that is loaded. */
export function batchOf(load: Load, result: Result, sequence: number, from: number, upTo: number): RowBatch {
  const { rows, ...batch } = rowsOf(load, result, from, upTo);
  return { ...batch, rows: packRows(sequence, rows) };
}

export function rowsOf(load: Load, result: Result, from: number, upTo: number) {
  const map = createRowMapper(typeOfExport(load.export ?? 'win-info'), load);
  const rows: StagedRow[] = [];
  const aside: RowBatch['aside'][number][] = [];
  for (const [index, text] of result.rows.slice(from, upTo).entries()) {
    const mapped = map(Buffer.from(text));
    if ('reason' in mapped) aside.push({ row: from + index + 1, ...mapped });
    else rows.push({ row: from + index + 1, ...mapped });
  }
  return { rows, aside, bytesDone: 10 + upTo * 10, rowsDone: upTo, traffic: { requests: 1, bytes: 10 } };
}

/** A row of `win-info`. */
export const win = (user: string, haswon = '0', time = '2024-05-01 10:00:00.000', more: object = {}): string =>
  JSON.stringify({ userid: user, stackid: 's', haswon, participation_date: time, ...more });
