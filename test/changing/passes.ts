import type { Sql } from 'postgres';
import { beforeAll } from 'vitest';
import { claimCursor } from '../../src/store/claim.ts';
import { commitPages, type Fence, type ReadPage } from '../../src/store/commit.ts';
import { migrate } from '../../src/store/migrate.ts';
import { noteMissing, type PassMissing } from '../../src/store/settle.ts';
import { recordTables } from '../../src/store/tables.ts';
import { connect, emptyDatabase } from '../store/database.ts';
import { type ShownPass, tells } from './ledger.ts';

export const table = recordTables.incentify.projects;
const stream = 'projects';

/** A page as the reader makes it; what a row holds does not matter here. */
export function readPage({ pages, anonymous, totals }: ShownPass, index: number): ReadPage {
  const records = pages[index]!.map((number) => {
    const id = String(number);
    const hash = number.toString(16).padStart(32, '0');
    return { id, hash, map: () => ({ id, hash, values: table.columns.map(() => null), raw: `{"id":${id}}` }) };
  });
  const nameless = Array.from({ length: index === 0 ? anonymous : 0 }, (_, place) => ({
    ...{ recordId: null, hash: `f${place}`.padStart(32, '0'), path: 'id', reason: 'It has no id.' },
    ...{ rawText: '{}', rawBase64: null },
  }));
  const total = totals[index]!;
  const totalBefore = index === 0 ? null : totals[index - 1]!;
  return { page: index + 1, query: `page=${index + 1}`, records, anonymous: nameless, total, totalBefore, bytes: 1 };
}

export let sql: Sql;
beforeAll(async () => {
  const url = await emptyDatabase();
  await migrate({ url });
  sql = connect(url);
});

let names = 0;
/** Everything of one connection, which no other test shares. */
export class Stream {
  readonly key = { connection: `c${++names}`, stream };
  #lease = 0;

  runId = (run: number) => `${this.key.connection}-${run}`;

  async claim(run: number, pass: number): Promise<Fence> {
    const claimant = { runId: this.runId(run), runSequence: run + 1, lease: ++this.#lease, attempt: 1, pass };
    const { epoch } = await claimCursor(sql, this.key, claimant);
    return { ...this.key, runId: claimant.runId, pass, epoch };
  }

  /** Stores what a pass shows, a commit for each page, as a slow source makes them. */
  async store(shown: ShownPass): Promise<Fence> {
    const fence = await this.claim(shown.run, shown.pass);
    for (const index of shown.pages.keys()) {
      const page = readPage(shown, index);
      const done = index === shown.pages.length - 1;
      const position = { nextQuery: `page=${index + 2}`, nextPage: index + 2, done, lastPage: null, linked: false };
      await commitPages(sql, table, fence, [page], { ...position, sourceTotal: page.total, requests: 1 });
    }
    return fence;
  }

  passOf({ run, pass }: ShownPass) {
    return { ...this.key, runId: this.runId(run), pass };
  }

  note(shown: ShownPass): Promise<PassMissing> {
    return noteMissing(sql, table, this.passOf(shown), tells(shown));
  }

  async ids(condition: string): Promise<number[]> {
    const rows = await sql.unsafe<{ id: number }[]>(
      `SELECT id::int FROM ${table.name} WHERE connection = $1 AND ${condition} ORDER BY id`,
      [this.key.connection],
    );
    return rows.map(({ id }) => id);
  }
}

export function calm(run: number, pass: number, ids: number[], perPage = 10): ShownPass {
  const pages = Array.from({ length: Math.max(1, Math.ceil(ids.length / perPage)) }, (_, page) =>
    ids.slice(page * perPage, (page + 1) * perPage),
  );
  return { run, pass, pages, anonymous: 0, totals: pages.map(() => ids.length) };
}

export const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
