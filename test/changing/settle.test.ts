import fc from 'fast-check';
import type { Sql } from 'postgres';
import { beforeAll, describe, expect, it } from 'vitest';
import { LeaseLostError } from '../../src/errors.ts';
import { claimCursor } from '../../src/store/claim.ts';
import { commitPages, type Fence, type ReadPage } from '../../src/store/commit.ts';
import { migrate } from '../../src/store/migrate.ts';
import { countPass, noteMissing, type PassMissing, sweep } from '../../src/store/settle.ts';
import { recordTables } from '../../src/store/tables.ts';
import { connect, emptyDatabase } from '../store/database.ts';
import { Ledger, type ShownPass, tells } from './ledger.ts';

const table = recordTables.incentify.projects;
const stream = 'projects';

/** A page as the reader makes it; what a row holds does not matter here. */
function readPage({ pages, anonymous, totals }: ShownPass, index: number): ReadPage {
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

let sql: Sql;
beforeAll(async () => {
  const url = await emptyDatabase();
  await migrate({ url });
  sql = connect(url);
});

let names = 0;
/** Everything of one connection, which no other test shares. */
class Stream {
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

function calm(run: number, pass: number, ids: number[], perPage = 10): ShownPass {
  const pages = Array.from({ length: Math.max(1, Math.ceil(ids.length / perPage)) }, (_, page) =>
    ids.slice(page * perPage, (page + 1) * perPage),
  );
  return { run, pass, pages, anonymous: 0, totals: pages.map(() => ids.length) };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('what PostgreSQL finds out about passes', () => {
  interface Step extends Omit<ShownPass, 'run' | 'pass'> {
    newRun: boolean;
    /** Marks the confirmed rows as deleted afterwards. */
    sweeps: boolean;
    /** The pass breaks off: what it showed is stored, but never counted. */
    breaksOff: boolean;
  }
  const step: fc.Arbitrary<Step> = fc
    .record({
      pages: fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 8 }), {
        minLength: 1,
        maxLength: 3,
      }),
      anonymous: fc.constantFrom(0, 0, 0, 2),
      off: fc.constantFrom(0, 0, 0, 1, null),
      grown: fc.constantFrom(0, 0, 0, 0, 2, -2),
      doubles: fc.constantFrom(false, false, true),
      newRun: fc.boolean(),
      sweeps: fc.boolean(),
      breaksOff: fc.constantFrom(false, false, false, true),
    })
    .map(({ off, grown, doubles, ...rest }) => {
      const seen = new Set<number>();
      const once = rest.pages.map((page) => page.filter((id) => !seen.has(id) && seen.add(id)));
      const pages = doubles ? rest.pages : once;
      const last = off === null ? null : new Set(pages.flat()).size + rest.anonymous + off;
      const totals = pages.map((_, index) =>
        last === null ? null : index === 0 && pages.length > 1 ? last + grown : last,
      );
      return { ...rest, pages, totals };
    });

  it('is what a plain list of passes says, however they follow one another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 9 }), async (steps) => {
        const tested = new Stream();
        const ledger = new Ledger();
        let [run, number] = [0, 0];
        for (const { newRun, sweeps, breaksOff, ...shown } of steps) {
          [run, number] = newRun ? [run + 1, 1] : [run, number + 1];
          const pass = { ...shown, run, pass: number };
          const fence = await tested.store(pass);
          if (breaksOff) {
            // What it showed is there, and is not missing any more; nothing else is known.
            ledger.note({ ...pass, totals: [null] });
            continue;
          }
          const { startedAt: _, putAside: __, ...found } = await countPass(sql, tested.passOf(pass));
          const { startedAt: ___, putAside: ____, ...expected } = ledger.findings(pass);
          expect(found).toEqual(expected);

          const { digest: theirs, ...noted } = await tested.note(pass);
          const { digest: ours, ...counts } = ledger.note(pass);
          expect(noted).toEqual(counts);
          expect(theirs === '').toBe(ours === '');
          expect(await tested.note(pass), 'told again').toEqual({ digest: theirs, ...noted });

          if (!sweeps) continue;
          expect(await sweep(sql, table, fence, theirs)).toBe(ledger.sweep().length);
          expect(await tested.ids('deleted_at IS NULL')).toEqual([...ledger.live].sort((a, b) => a - b));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('has one digest for one list, and another as soon as the list is another', async () => {
    const digests = new Set<string>();
    const lists = [[1], [2], [1, 2], [12], [1, 2, 3], [3]];
    for (const gone of [...lists, ...lists]) {
      const tested = new Stream();
      const rest = upTo(20).filter((id) => !gone.includes(id));
      await tested.store(calm(1, 1, upTo(20)));
      for (const pass of [2, 3]) {
        await tested.store(calm(1, pass, rest));
        const { digest, confirmed } = await tested.note(calm(1, pass, rest));
        expect(confirmed).toBe(pass === 2 ? 0 : gone.length);
        if (pass === 3) digests.add(digest);
      }
    }
    expect(digests.size).toBe(lists.length);
  });
});

describe('a sweep', () => {
  /** 20 rows, of which two passes of run 2 did not show the first `gone`. */
  async function confirmed(gone: number) {
    const tested = new Stream();
    await tested.store(calm(1, 1, upTo(20)));
    const rest = upTo(20).slice(gone);
    await tested.store(calm(2, 1, rest));
    await tested.note(calm(2, 1, rest));
    const fence = await tested.store(calm(2, 2, rest));
    return { tested, fence, rest, found: await tested.note(calm(2, 2, rest)) };
  }

  const deletedOf = async ({ connection }: { connection: string }) =>
    (await sql`SELECT deleted::int FROM sync.cursors WHERE connection = ${connection}`)[0]!.deleted;

  it('marks exactly the confirmed rows, and counts them once, also when its answer was lost and it is asked again', async () => {
    const { tested, fence, found } = await confirmed(3);
    expect(found).toMatchObject({ live: 20, unseen: 3, missing: 3, confirmed: 3 });
    expect(await sweep(sql, table, fence, found.digest)).toBe(3);
    const marked = await sql`SELECT id, deleted_at, run_id FROM incentify.projects
      WHERE connection = ${tested.key.connection} AND deleted_at IS NOT NULL ORDER BY id`;
    expect(marked.map(({ id }) => Number(id))).toEqual([1, 2, 3]);
    expect(marked.every(({ run_id }) => run_id === tested.runId(2))).toBe(true);

    const again = await tested.claim(2, 2);
    expect(await sweep(sql, table, again, found.digest)).toBe(0);
    expect(await deletedOf(tested.key)).toBe(3);
    const unchanged = await sql`SELECT id, deleted_at, run_id FROM incentify.projects
      WHERE connection = ${tested.key.connection} AND deleted_at IS NOT NULL ORDER BY id`;
    expect([...unchanged]).toEqual([...marked]);
  });

  it('of a holder that lost the cursor deletes nothing', async () => {
    const { tested, fence, found } = await confirmed(3);
    await tested.claim(2, 2);
    await expect(sweep(sql, table, fence, found.digest)).rejects.toBeInstanceOf(LeaseLostError);
    expect(await tested.ids('deleted_at IS NOT NULL')).toEqual([]);
    expect(await deletedOf(tested.key)).toBe(0);
  });

  it('of another list than the one that was shown deletes nothing', async () => {
    const { tested, fence, found } = await confirmed(3);
    expect(await sweep(sql, table, fence, 'another list')).toBeNull();
    await sql`DELETE FROM sync.missing WHERE connection = ${tested.key.connection} AND id = 2`;
    expect(await sweep(sql, table, fence, found.digest)).toBeNull();
    expect(await tested.ids('deleted_at IS NOT NULL')).toEqual([]);
  });

  it('leaves rows alone that were shown again, by a pass that never came to its end', async () => {
    const { tested, rest } = await confirmed(3);
    const broken: ShownPass = { run: 3, pass: 1, pages: [[1, 2]], anonymous: 0, totals: [20] };
    await tested.store(broken);
    await tested.store(calm(4, 1, rest));
    expect(await tested.note(calm(4, 1, rest))).toMatchObject({ missing: 3, confirmed: 1 });
  });

  it('knows rows of its own connection only', async () => {
    const [one, other] = [await confirmed(3), await confirmed(5)];
    expect(await sweep(sql, table, one.fence, one.found.digest)).toBe(3);
    expect(await other.tested.ids('deleted_at IS NOT NULL')).toEqual([]);
    expect(await sweep(sql, table, other.fence, other.found.digest)).toBe(5);
  });
});

describe('a stream of 100,000 rows, half of which vanish', { timeout: 120_000 }, () => {
  const count = 100_000;

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
      SELECT ${tested.runId(run)}, ${stream}, ${pass}::int, page, ${tested.key.connection}, '',
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
