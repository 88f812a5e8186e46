import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeaseLostError } from '../../src/errors.ts';
import { countPass, sweep } from '../../src/store/settle.ts';
import { Ledger, type ShownPass } from './ledger.ts';
import { calm, Stream, sql, table, upTo } from './passes.ts';

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
      { numRuns: 12 },
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
