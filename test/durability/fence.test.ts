import { createHash } from 'node:crypto';
import type { Sql } from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LeaseLostError } from '../../src/errors.ts';
import { type Claimant, type Cursor, claimCursor } from '../../src/store/claim.ts';
import { commitPages, type Fence, type NextPosition, type ReadPage, type ReadRecord } from '../../src/store/commit.ts';
import { openStore, type Store } from '../../src/store/connect.ts';
import { recordTables } from '../../src/store/tables.ts';
import { copyTemplate } from '../support/world.ts';

const table = recordTables.incentify.projects;
const key = { connection: 'portfolio', stream: 'projects' };
let store: Store;
let sql: Sql;

beforeAll(async () => {
  const { databaseUrl } = await copyTemplate();
  store = openStore({ url: databaseUrl });
  sql = store.sql;
});
afterAll(() => store.close());
beforeEach(() => sql.unsafe('TRUNCATE sync.cursors, sync.pages, sync.quarantine, incentify.projects'));

/** Run `number`, its activity `lease`, the try `attempt` of it. */
const claimant = (number: number, lease = 1, attempt = 1, pass = 1): Claimant => ({
  ...{ runId: `run-${number}`, runSequence: number },
  ...{ lease, attempt, pass },
});

const claim = (who: Claimant): Promise<Cursor> => claimCursor(sql, key, who);

const fenceOf = (who: Claimant, { epoch }: Cursor): Fence => ({ ...key, runId: who.runId, pass: who.pass, epoch });

interface Content {
  title?: string | null;
  status?: string | null;
  /** Version of the mapping, which is part of the hash. */
  mapping?: number;
}

/** A project as the reader makes it: only `title` and `status` have typed columns here. */
function project(id: number, { title = 'a title', status = null, mapping = 1 }: Content = {}): ReadRecord {
  const raw = JSON.stringify({ id, title, status: 'Active' });
  const hash = createHash('md5').update(`${mapping} ${raw}`).digest('hex');
  const typed: Record<string, string | null> = { title, status };
  const values = table.columns.map((column) => typed[column] ?? null);
  return { id: String(id), hash, map: () => ({ id: String(id), hash, values, raw }) };
}

function page(number: number, records: ReadRecord[], anonymous: ReadPage['anonymous'] = []): ReadPage {
  return { page: number, query: `page=${number}`, records, anonymous, total: null, totalBefore: null, bytes: 100 };
}

const nameless = (hash: string) => ({
  ...{ recordId: null, hash, path: 'id', reason: 'It has no id.' },
  ...{ rawText: '{}', rawBase64: null },
});

function after(number: number, total = 1000): NextPosition {
  return {
    ...{ nextQuery: `page=${number + 1}`, nextPage: number + 1, done: false },
    ...{ lastPage: 20, linked: false, sourceTotal: total, requests: 1 },
  };
}

const commit = (fence: Fence, pages: ReadPage[]) =>
  commitPages(sql, table, fence, pages, after(pages.at(-1)?.page ?? 0));

async function stored(): Promise<Record<string, { title: string; status: string | null; run_id: string }>> {
  const rows = await sql<{ id: string; title: string; status: string | null; run_id: string }[]>`
    SELECT id::text, title, status, run_id FROM incentify.projects ORDER BY id`;
  return Object.fromEntries(rows.map(({ id, ...row }) => [id, row]));
}

describe('a claim', () => {
  it.each([
    ['an older run', claimant(2), claimant(1, 9, 9)],
    ['an older lease of the same run', claimant(1, 2), claimant(1, 1, 9)],
    ['an older attempt of the same lease', claimant(1, 1, 2), claimant(1, 1, 1)],
    ['the very same attempt, a second time', claimant(1, 1, 1), claimant(1, 1, 1)],
  ])('never goes to %s', async (_name, holder, late) => {
    const { epoch } = await claim(holder);
    await expect(claim(late)).rejects.toThrow(LeaseLostError);
    const [cursor] = await sql`SELECT epoch::int, run_id, lease::int, attempt FROM sync.cursors`;
    expect(cursor).toEqual({ epoch, run_id: holder.runId, lease: holder.lease, attempt: holder.attempt });
  });

  it.each([
    ['a newer run', claimant(1, 9, 9), claimant(2)],
    ['a newer lease of the same run', claimant(1, 1, 9), claimant(1, 2)],
    ['a newer attempt of the same lease', claimant(1, 1, 1), claimant(1, 1, 2)],
  ])('goes to %s, and shuts the earlier holder out', async (_name, before, next) => {
    const first = await claim(before);
    await commit(fenceOf(before, first), [page(1, [project(1)])]);
    const second = await claim(next);
    expect(second.epoch).toBeGreaterThan(first.epoch);
    await expect(commit(fenceOf(before, first), [page(2, [project(2)])])).rejects.toThrow(LeaseLostError);
    expect(Object.keys(await stored())).toEqual(['1']);
  });

  it('goes on from the committed place within a run, and starts over in another', async () => {
    const first = await claim(claimant(1));
    await commit(fenceOf(claimant(1), first), [page(1, [project(1), project(2)])]);
    expect(await claim(claimant(1, 2))).toMatchObject({
      nextPage: 2,
      nextQuery: 'page=2',
      fetched: 2,
      sourceTotal: 1000,
    });
    expect(await claim(claimant(2))).toMatchObject({ nextPage: 1, nextQuery: '', fetched: 0, sourceTotal: null });
  });

  it('of many at once leaves the cursor to the newest', async () => {
    const attempts = Array.from({ length: 8 }, (_, index) => claimant(1, 1, index + 1));
    await Promise.allSettled(attempts.map(claim));
    const [cursor] = await sql`SELECT attempt FROM sync.cursors`;
    expect(cursor).toEqual({ attempt: 8 });
  });

  it('ends a transaction that stands in its way, but not when it is too old itself', async () => {
    const holder = await claim(claimant(1, 1, 2));
    const frozen = Promise.withResolvers<void>();
    const inTheWay = sql
      .begin(async (transaction) => {
        await transaction`UPDATE sync.cursors SET failures = 0 RETURNING 1`;
        frozen.resolve();
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        await transaction`SELECT 1`;
      })
      .catch((error: unknown) => error);
    await frozen.promise;
    await expect(claim(claimant(1, 1, 1))).rejects.toThrow(LeaseLostError);
    const [still] =
      await sql`SELECT count(*)::int FROM pg_stat_activity WHERE state = 'idle in transaction' AND query LIKE 'UPDATE sync.cursors%' AND datname = current_database()`;
    expect(still).toEqual({ count: 1 });
    const begun = performance.now();
    expect((await claim(claimant(1, 1, 3))).epoch).toBe(holder.epoch + 1);
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(await inTheWay).toBeInstanceOf(Error);
  });
});

describe('a commit', () => {
  it('of two holders at the same instant happens once', async () => {
    const first = await claim(claimant(1, 1, 1));
    const race = commit(fenceOf(claimant(1, 1, 1), first), [page(1, [project(1, { title: 'first' })])]);
    const second = claim(claimant(1, 1, 2)).then((cursor) =>
      cursor.nextPage === 1
        ? commit(fenceOf(claimant(1, 1, 2), cursor), [page(1, [project(1, { title: 'second' })])])
        : null,
    );
    await Promise.allSettled([race, second]);
    const [pages] = await sql`SELECT count(*)::int FROM sync.pages`;
    expect(pages).toEqual({ count: 1 });
    const [cursor] = await sql`SELECT pages::int, fetched::int, next_page FROM sync.cursors`;
    expect(cursor).toEqual({ pages: 1, fetched: 1, next_page: 2 });
  });

  it('that loses its lease writes no row, no page, no quarantine and no count', async () => {
    const lost = await claim(claimant(1, 1, 1));
    await claim(claimant(1, 1, 2));
    const before = await sql`SELECT * FROM sync.cursors`;
    const pages = [page(1, [project(1)], [nameless('0'.repeat(32))])];
    await expect(commit(fenceOf(claimant(1, 1, 1), lost), pages)).rejects.toThrow(LeaseLostError);
    expect(await sql`SELECT * FROM sync.cursors`).toEqual(before);
    for (const name of ['incentify.projects', 'sync.pages', 'sync.quarantine']) {
      expect(await sql.unsafe(`SELECT 1 FROM ${name}`), name).toHaveLength(0);
    }
  });

  it('accounts for everything it was given', async () => {
    const fence = fenceOf(claimant(1), await claim(claimant(1)));
    await commit(fence, [page(1, [project(1), project(2)])]);
    const records = [project(1), project(2, { title: 'another' }), project(3), bad(4)];
    const counts = await commit(fence, [page(2, records, [nameless('1'.repeat(32))])]);
    expect(counts).toEqual({ fetched: 5, created: 1, updated: 1, unchanged: 1, quarantined: 2, bytes: 100 });
    const [cursor] = await sql`
      SELECT fetched::int, created::int, updated::int, unchanged::int, quarantined::int, pages::int FROM sync.cursors`;
    expect(cursor).toEqual({ fetched: 7, created: 3, updated: 1, unchanged: 1, quarantined: 2, pages: 2 });
    const seen = await sql`SELECT page, ids::text, anonymous FROM sync.pages ORDER BY page`;
    expect([...seen]).toEqual([
      { page: 1, ids: '{1,2}', anonymous: 0 },
      { page: 2, ids: '{1,2,3,4}', anonymous: 1 },
    ]);
  });

  it('with one id on two pages stores the later page, and still adds up', async () => {
    const fence = fenceOf(claimant(1), await claim(claimant(1)));
    const pages = [page(1, [project(1, { title: 'old' }), project(2)]), page(2, [project(1, { title: 'new' })])];
    const counts = await commit(fence, pages);
    expect(counts).toMatchObject({ fetched: 3, created: 2 });
    expect(counts.created + counts.updated + counts.unchanged + counts.quarantined).toBe(counts.fetched);
    expect((await stored())['1']).toMatchObject({ title: 'new' });
  });

  it('brings a row back that was marked deleted, which counts as updated', async () => {
    const fence = fenceOf(claimant(1), await claim(claimant(1)));
    await commit(fence, [page(1, [project(1), project(2)])]);
    await sql`UPDATE incentify.projects SET deleted_at = now() WHERE id = 1`;
    const counts = await commit(fence, [page(2, [project(1), project(2)])]);
    expect(counts).toMatchObject({ updated: 1, unchanged: 1, created: 0 });
    const [row] = await sql`SELECT deleted_at FROM incentify.projects WHERE id = 1`;
    expect(row).toEqual({ deleted_at: null });
  });

  it('with a changed mapping fills the new column, and counts only rows that differ', async () => {
    const first = fenceOf(claimant(1), await claim(claimant(1)));
    await commit(first, [page(1, [project(1), project(2)])]);
    const second = fenceOf(claimant(2), await claim(claimant(2)));
    const [filled, same] = [project(1, { status: 'Active', mapping: 2 }), project(2, { mapping: 2 })];
    const counts = await commit(second, [page(1, [filled, same])]);
    expect(counts).toMatchObject({ created: 0, updated: 1, unchanged: 1 });
    expect(await stored()).toMatchObject({
      1: { status: 'Active', run_id: 'run-2' },
      2: { status: null, run_id: 'run-1' },
    });
    // The new hash is kept, so that the next pass compares no more than hashes.
    const [row] = await sql`SELECT replace(content_hash::text, '-', '') AS hash FROM incentify.projects WHERE id = 2`;
    expect(row).toEqual({ hash: same.hash });
  });

  it('is whole or not at all: what PostgreSQL refuses takes the whole page back', async () => {
    const fence = fenceOf(claimant(1), await claim(claimant(1)));
    await sql`ALTER TABLE incentify.projects ADD CONSTRAINT no_two CHECK (id <> 2)`;
    await expect(commit(fence, [page(1, [project(1), project(2)])])).rejects.toThrow('SQLSTATE 23514');
    expect(await stored()).toEqual({});
    const [cursor] = await sql`SELECT next_page, fetched::int FROM sync.cursors`;
    expect(cursor).toEqual({ next_page: 1, fetched: 0 });
    await sql`ALTER TABLE incentify.projects DROP CONSTRAINT no_two`;
    // The connection that was in the middle of a COPY is of use again.
    for (let again = 0; again < 4; again++) await sql`SELECT 1`;
    expect(await commit(fence, [page(1, [project(1), project(2)])])).toMatchObject({ created: 2 });
  });

  it('puts a value aside that only the COPY finds wrong, and stores the rest', async () => {
    const fence = fenceOf(claimant(1), await claim(claimant(1)));
    const refused = { ...project(2), map: () => ({ id: '2', hash: 'f'.repeat(32), values: [], raw: 'no json' }) };
    const counts = await commit(fence, [page(1, [project(1), refused, project(3)])]);
    expect(counts).toMatchObject({ created: 2, quarantined: 1 });
    expect(Object.keys(await stored())).toEqual(['1', '3']);
  });
});

function bad(id: number): ReadRecord {
  const hash = createHash('md5').update(`bad ${id}`).digest('hex');
  const reason = 'title: text where a number belongs.';
  return { id: String(id), hash, map: () => ({ ...nameless(hash), recordId: String(id), path: 'title', reason }) };
}
