import fc from 'fast-check';
import type { Sql } from 'postgres';
import { beforeAll, describe, expect, it } from 'vitest';
import { VendorContractError } from '../../src/errors.ts';
import { claimCursor } from '../../src/store/claim.ts';
import { commitPages, type NextPosition, type ReadPage, type RecordRow } from '../../src/store/commit.ts';
import { migrate } from '../../src/store/migrate.ts';
import { recordTables } from '../../src/store/tables.ts';
import { connect, emptyDatabase } from './database.ts';

const table = recordTables.incentify.projects;

/** A row as a mapping would give it that foresaw nothing: any text in any column. */
function row(id: number, columns: Record<string, string> = {}, raw = '{}'): RecordRow {
  const values = table.columns.map((column) => columns[column] ?? null);
  return { id: String(id), hash: id.toString(16).padStart(32, '0'), values, raw };
}

function pageOf(page: number, rows: readonly RecordRow[], query = `page=${page}`): ReadPage {
  const records = rows.map((one) => ({ id: one.id, hash: one.hash, map: () => one }));
  return { page, query, records, anonymous: [], total: null, totalBefore: null, bytes: 100 };
}

const after = (page: number): NextPosition => ({
  nextQuery: `page=${page + 1}`,
  nextPage: page + 1,
  done: false,
  lastPage: 9,
  linked: false,
  sourceTotal: 100,
  requests: 1,
});

describe('a commit', () => {
  let sql: Sql;
  let sequence = 0;
  beforeAll(async () => {
    const url = await emptyDatabase();
    await migrate({ url });
    sql = connect(url);
  });

  /** Commits under a claim of its own, as a new run does. */
  async function commit(pages: readonly ReadPage[], position: Partial<NextPosition> = {}) {
    const key = { connection: 'c', stream: 'projects' };
    const runId = `run-${++sequence}`;
    const { epoch } = await claimCursor(sql, key, { runId, runSequence: sequence, lease: 1, attempt: 1, pass: 1 });
    const last = pages.at(-1)?.page ?? 0;
    return commitPages(sql, table, { ...key, runId, pass: 1, epoch }, pages, { ...after(last), ...position });
  }

  const ids = async () => (await sql`SELECT id::int FROM incentify.projects ORDER BY id`).map(({ id }) => id);

  it('puts aside what PostgreSQL refuses, names the column, and stores the others of every page', async () => {
    const counts = await commit([
      pageOf(1, [row(1), row(2, { date_project_end: '2024-02-30' }), row(3)]),
      pageOf(2, [row(4, {}, '{"a":"\\u0000"}'), row(5, { title: 'ok' })]),
      pageOf(3, [row(6, { account_id: '9223372036854775808' }), row(7, { created_at: '300000-01-01T00:00:00Z' })]),
    ]);
    expect(counts).toMatchObject({ fetched: 7, created: 3, quarantined: 4 });
    expect(await ids()).toEqual([1, 3, 5]);
    const aside = await sql`SELECT record_id::int, reason, page FROM sync.quarantine ORDER BY record_id`;
    expect([...aside]).toEqual([
      { record_id: 2, reason: 'PostgreSQL cannot hold the value of column date_project_end (SQLSTATE 22008)', page: 1 },
      { record_id: 4, reason: 'PostgreSQL cannot hold the record (SQLSTATE 22P05)', page: 2 },
      { record_id: 6, reason: 'PostgreSQL cannot hold the value of column account_id (SQLSTATE 22003)', page: 3 },
      { record_id: 7, reason: 'PostgreSQL cannot hold the value of column created_at (SQLSTATE 22008)', page: 3 },
    ]);
  });

  it('does the same where the row is there already', async () => {
    const changed = { ...row(3, { updated_at: 'yesterday-ish' }), hash: 'f'.repeat(32) };
    expect(await commit([pageOf(1, [row(1), changed])])).toMatchObject({ fetched: 2, unchanged: 1, quarantined: 1 });
    expect(await ids()).toEqual([1, 3, 5]);
  });

  it('that is refused although no record is to blame fails in words, instead of being tried for ever', async () => {
    const error = await commit([pageOf(1, [row(8)], 'page=\0')]).catch((refused: Error) => refused);
    expect(error).toBeInstanceOf(VendorContractError);
    expect((error as Error).message).toMatch(/refuses something about page 1 of `c` \/ projects \(SQLSTATE 22P05\)/);
    expect(await ids()).toEqual([1, 3, 5]);
    const [cursor] = await sql`SELECT next_page FROM sync.cursors`;
    expect(cursor).toEqual({ next_page: 1 });
  });

  it('whose next page was read before is refused where links have no numbers, and only there', async () => {
    const pages = [pageOf(1, [row(9)], 'page=1'), pageOf(2, [row(10)], 'cursor=a')];
    const position = { nextQuery: 'cursor=a', linked: true };
    await expect(commit(pages, position)).rejects.toThrow(/lead back to a page already read/);
    expect(await ids()).toEqual([1, 3, 5]);
    expect(await commit(pages, { nextQuery: 'cursor=b', linked: true })).toMatchObject({ created: 2 });
  });

  it('takes the later of two versions that one source showed', async () => {
    const later = { ...row(11, { title: 'later' }), hash: 'a'.repeat(32) };
    const counts = await commit([pageOf(1, [row(11, { title: 'earlier' })]), pageOf(2, [later])]);
    expect(counts).toMatchObject({ fetched: 2, created: 1, unchanged: 1 });
    expect([...(await sql`SELECT title FROM incentify.projects WHERE id = 11`)]).toEqual([{ title: 'later' }]);
  });

  it('stores any text to the character, whether the row is new or not', async () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        '\\',
        '\\N',
        '\\.',
        '\t',
        '\n',
        '\r',
        '\b',
        '\v',
        '\u001f',
        '"',
        "'",
        ',',
        '{',
        'NULL',
        '\u2028',
        '\ufeff',
      ),
    );
    const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('').replaceAll('\0', ''));
    for (const [round, seed] of [7, 8].entries()) {
      const texts = fc.sample(text, { numRuns: 400, seed });
      const rows = texts.map((title, index) => {
        const made = row(1000 + index, { title }, JSON.stringify({ title }));
        return { ...made, hash: `${round}${made.hash.slice(1)}` };
      });
      await commit([pageOf(1, rows)]);
      const stored = await sql<{ title: string; raw: string }[]>`
        SELECT title, raw ->> 'title' AS raw FROM incentify.projects WHERE id >= 1000 ORDER BY id`;
      expect([...stored]).toEqual(texts.map((title) => ({ title, raw: title })));
    }
  });
});
