import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Loads, type Result, timeOf, win } from './loads.ts';

/** What the table should hold: each content of a file as often as it stands there, and who showed it first and last. */
interface ModelRow {
  content: string;
  ordinal: number;
  first: number;
  last: number | null;
}

/** The store in a few lines: no hashes, no SQL. `order` is when the vendor made a result. */
class Model {
  readonly rows = new Map<string, ModelRow>();
  readonly loaded = new Set<number>();

  load(order: number, contents: readonly string[], complete: boolean): void {
    const open = complete && [...this.loaded].every((other) => other <= order);
    const shown = new Set(keysOf(contents));
    for (const key of shown) this.show(key, order, open);
    const before = [...this.loaded].filter((other) => other < order);
    if (open) this.close(shown, order, before.length === 0 ? null : Math.max(...before));
    if (complete) this.loaded.add(order);
  }

  private show(key: string, order: number, open: boolean): void {
    const known = this.rows.get(key);
    if (known === undefined) {
      const [ordinal = '', content = ''] = key.split('|');
      this.rows.set(key, { content, ordinal: Number(ordinal), first: order, last: open ? null : order });
      return;
    }
    known.first = Math.min(known.first, order);
    if (open) known.last = null;
    else if (known.last !== null) known.last = Math.max(known.last, order);
  }

  private close(shown: ReadonlySet<string>, order: number, previous: number | null): void {
    for (const [key, row] of this.rows) {
      if (shown.has(key) || row.last !== null) continue;
      row.last = previous === null || row.first >= order ? row.first : previous;
    }
  }

  /** The newest row of each user. */
  current(snapshot: boolean): Map<string, { last: number; contents: Set<string> }> {
    const newest = Math.max(0, ...this.loaded);
    const best = new Map<string, { last: number; contents: Set<string> }>();
    for (const { content, last } of this.rows.values()) {
      if (snapshot && last !== null) continue;
      const user = JSON.parse(content).userid;
      // An open row comes before one that the same result showed when it was another file.
      const rank = (last ?? newest) + (last === null ? 0.5 : 0);
      const known = best.get(user);
      if (known === undefined || rank > known.last) best.set(user, { last: rank, contents: new Set([content]) });
      else if (rank === known.last) known.contents.add(content);
    }
    return best;
  }
}

function keysOf(contents: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return contents.map((content) => {
    const ordinal = (counts.get(content) ?? 0) + 1;
    counts.set(content, ordinal);
    return `${ordinal}|${content}`;
  });
}

const contentOf = (pick: number): string =>
  [
    win('a', '0'),
    win('a', '1'),
    win('b', '0'),
    win('b', '0', '2024-05-01 10:00:00.000', { extra: [1.5, 'x'] }),
    win('c', '1'),
    win('c', '0'),
    win('d', '0', '2024-05-01 10:00:00.000', { extra: null }),
    win('d', '0', '2024-05-01 10:00:00.000', { extra: {} }),
  ][pick] ?? '';

const step = fc.record({
  order: fc.integer({ min: 1, max: 4 }),
  picks: fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 8 }),
  complete: fc.integer({ min: 1, max: 5 }).map((one) => one > 1),
  rewrite: fc.boolean(),
});

describe('results loaded in any order, again, in part and with colliding hashes', () => {
  let loads: Loads;
  beforeAll(async () => {
    loads = await Loads.open();
  });

  it('leave exactly the rows, the first and last results and the views that a small model has', {
    timeout: 300_000,
  }, async () => {
    let connections = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        fc.boolean(),
        async (steps, snapshot, few) => {
          const connection = `m${++connections}`;
          const model = new Model();
          const mode = snapshot ? 'snapshot' : 'merge';
          // Two bits of a hash for eight contents: nearly every row meets another with its hash.
          const contentHash = (content: string) => String((content.length * 7 + (content.includes('"1"') ? 1 : 0)) % 4);
          const load = { connection, mode, contentHash } as const;
          for (const { order, picks, complete, rewrite } of steps) {
            const result: Result = { id: `${connection}-${order}`, created: order, rows: picks.map(contentOf) };
            await loads.register(load, result);
            await loads.again(result, { ...load, merge: { complete, rewrite, fewRows: few ? 8 : 0 } });
            model.load(order, result.rows, complete);
            await expectStored(connection, model, snapshot);
          }
        },
      ),
      { numRuns: 30, seed: 20240620 },
    );
    const [moved] = await loads.sql`SELECT count(*)::int FROM neoday.win_info WHERE content_hash > 3`;
    expect(moved!.count).toBeGreaterThan(50);
  });

  async function expectStored(connection: string, model: Model, snapshot: boolean): Promise<void> {
    const stored = await loads.sql<{ raw: object; first: string; last: string | null }[]>`
      SELECT coalesce(raw, jsonb_build_object('userid', userid, 'stackid', stackid, 'haswon', CASE WHEN haswon THEN '1' ELSE '0' END,
          'participation_date', to_char(participation_date AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS'))) AS raw,
        first.created_at AS first, last.created_at AS last
      FROM neoday.win_info AS row JOIN neoday.results AS first ON first.sequence = first_result
      LEFT JOIN neoday.results AS last ON last.sequence = last_result WHERE row.connection = ${connection}`;
    const text = ({ raw, first, last }: (typeof stored)[number]) =>
      [canonical(raw), iso(first), last && iso(last)].join(' ');
    const expected = [...model.rows.values()].map(({ content, first, last }) =>
      [canonical(JSON.parse(content)), timeOf(first), last && timeOf(last)].join(' '),
    );
    expect(stored.map(text).toSorted()).toEqual(expected.toSorted());
    const current = await loads.sql<{ userid: string; raw: object }[]>`
      SELECT userid, raw FROM neoday.current_win_info WHERE connection = ${connection} ORDER BY userid`;
    const wanted = model.current(snapshot);
    expect(current.map(({ userid }) => userid)).toEqual([...wanted.keys()].toSorted());
    for (const { userid, raw } of current) {
      expect([...wanted.get(userid)!.contents].map((content) => canonical(JSON.parse(content)))).toContain(
        canonical(raw),
      );
    }
  }
});

const iso = (time: string): string => new Date(time).toISOString();
const canonical = (value: object): string => JSON.stringify(Object.entries(value).toSorted());
