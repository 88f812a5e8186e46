import { describe, expect, it } from 'vitest';
import { commitPages, type Fence } from '../../src/store/commit.ts';
import { countPass, noteMissing, sweep } from '../../src/store/settle.ts';
import { calm, readPage, Stream, sql, table, upTo } from './passes.ts';

describe.each([40_000, 100_000])('a stream of %d rows, half of which vanish', (count) => {
  /** Straight into the tables: storing them through commits is not what is measured. */
  async function fill(): Promise<Stream> {
    const tested = new Stream();
    const { connection } = tested.key;
    await sql`INSERT INTO incentify.projects (connection, id, raw, content_hash, run_id)
      SELECT ${connection}, id, '{}', md5(id::text)::uuid, 'r' FROM generate_series(1, ${count}::int) AS id`;
    return tested;
  }

  async function show(tested: Stream, run: number, pass: number): Promise<Fence> {
    await sql`INSERT INTO sync.pages (run_id, stream, pass, page, connection, query, ids, total)
      SELECT ${tested.runId(run)}, ${tested.key.stream}, ${pass}::int, page, ${tested.key.connection}, '',
        (SELECT array_agg(id) FROM generate_series(page * 50 + 1, page * 50 + 50) AS id), ${count / 2}::bigint
      FROM generate_series(0, ${count / 100 - 1}::int) AS page`;
    return tested.claim(run, pass);
  }

  it.each(['never analyzed', 'analyzed'])('is settled and swept in seconds, tables %s', async (how) => {
    const tested = await fill();
    const timed: Record<string, number> = {};
    const time = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
      const from = performance.now();
      const result = await work();
      timed[what] = Math.round(performance.now() - from);
      return result;
    };
    const pass = (number: number) => ({ ...tested.key, runId: tested.runId(1), pass: number });
    await show(tested, 1, 1);
    if (how === 'analyzed') await sql`ANALYZE`;
    const findings = await time('count', () => countPass(sql, pass(1)));
    expect(findings).toMatchObject({ distinct: count / 2, shown: count / 2, shrank: false });
    expect(await time('note', () => noteMissing(sql, table, pass(1), true))).toMatchObject({ missing: count / 2 });
    const fence = await show(tested, 1, 2);
    if (how === 'analyzed') await sql`ANALYZE`;
    const found = await time('confirm', () => noteMissing(sql, table, pass(2), true));
    expect(found).toMatchObject({ live: count, confirmed: count / 2 });
    const page = readPage(calm(1, 2, upTo(10_000), 10_000), 0);
    const done = { nextQuery: '', nextPage: 2, done: true, lastPage: null, linked: false, sourceTotal: 0, requests: 1 };
    const late = { ...page, page: count };
    await time('commit', () => commitPages(sql, table, { ...fence, pass: 1 }, [late], done));
    await time('forget', () => noteMissing(sql, table, pass(2), false));
    expect(await time('sweep', () => sweep(sql, table, fence, found.digest))).toBe(count / 2);
    // Comparing each row with each would take minutes.
    for (const [what, milliseconds] of Object.entries(timed)) expect(milliseconds, what).toBeLessThan(20_000);
  });
});
