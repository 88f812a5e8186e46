import { afterEach, describe, expect, it } from 'vitest';
import { ledgerOf, rowDifferences } from '../support/exports.ts';
import { until } from '../support/waiting.ts';
import { World } from '../support/world.ts';

const name = 'win-info';
const rows = 20_000;
const timeout = 90_000;

describe('a worker that stands still in the middle of a file', () => {
  let world: World;
  afterEach(() => world.close());

  it('commits nothing when it wakes up after the other has loaded it', { timeout }, async () => {
    world = await World.create({
      system: 'neoday',
      neoday: { only: [name], exports: { [name]: { rows, results: 1 } } },
    });
    await countCommits();
    // What the frozen worker reads is still being sent when it wakes up; the other's file comes at once.
    world.sandbox.setFaults([{ kind: 'trickle', steps: ['download'], first: 1, bytes: 30_000, everyMs: 100 }]);
    const zombie = await world.workerProcess();
    const run = await world.start();
    await until('a commit', async () => ((await ledgerOf(world, name))[0]?.rows ?? 0) > 0);
    zombie.signal('SIGSTOP');

    const successor = await world.workerProcess();
    const receipt = await world.receipt(run);
    expect(receipt).toMatchObject({
      status: 'completed',
      reasons: [],
      streams: { [name]: { created: rows, pages: 1 } },
    });
    const before = await everything();
    const { tried, done } = await commits();

    zombie.signal('SIGCONT');
    await until('the commit of the zombie', async () => (await commits()).tried > tried);
    await until('the end of its transaction', async () => (await openTransactions()) === 0);
    expect((await commits()).done).toBe(done);
    expect(await everything()).toEqual(before);
    expect(await rowDifferences(world, name)).toEqual({ missing: 0, extra: 0, stored: rows });
    expect([zombie.alive, successor.alive]).toEqual([true, true]);
  });

  it('and in the middle of a merge holds the other up for less than 15 s', { timeout }, async () => {
    world = await World.create({
      system: 'neoday',
      neoday: { only: [name], exports: { [name]: { rows, results: 1 } } },
    });
    const zombie = await world.workerProcess();
    const run = await stopInsideMerge(() => zombie.signal('SIGSTOP'));
    const successor = await world.workerProcess();
    const receipt = await world.receipt(run);
    const tookMs = Date.now() - successor.readyAt;
    console.log(`A worker stopped inside the merge held its successor up for ${tookMs} ms.`);
    expect(tookMs).toBeLessThan(15_000);
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    zombie.signal('SIGCONT');
    expect(await rowDifferences(world, name)).toEqual({ missing: 0, extra: 0, stored: rows });
    expect(zombie.alive).toBe(true);
  });

  /**
   * Sequences keep what a transaction drew although it is rolled back: one counts every statement that would commit for
   * the holder of a cursor, the other each cursor that it found.
   */
  async function countCommits(): Promise<void> {
    await world.sql.unsafe(`
      CREATE SEQUENCE public.tried MINVALUE 0;
      CREATE SEQUENCE public.done MINVALUE 0;
      CREATE FUNCTION public.draw() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF current_query() LIKE '%progressed_at = CASE%' THEN
          PERFORM nextval(CASE TG_LEVEL WHEN 'ROW' THEN 'public.done' ELSE 'public.tried' END);
        END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER tried AFTER UPDATE ON sync.cursors FOR EACH STATEMENT EXECUTE FUNCTION public.draw();
      CREATE TRIGGER done AFTER UPDATE ON sync.cursors FOR EACH ROW EXECUTE FUNCTION public.draw();`);
  }

  async function commits(): Promise<{ tried: number; done: number }> {
    const [row] = await world.sql<{ tried: number; done: number }[]>`
      SELECT (SELECT last_value::int FROM public.tried) AS tried, (SELECT last_value::int FROM public.done) AS done`;
    return row!;
  }

  async function openTransactions(): Promise<number> {
    const [row] = await world.sql<{ count: number }[]>`
      SELECT count(*)::int FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'incentive-sync worker' AND xact_start IS NOT NULL`;
    return row!.count;
  }

  /** All that a commit could change, row versions included. */
  async function everything() {
    const tables = [
      'sync.cursors',
      'sync.receipts',
      'sync.runs',
      'neoday.results',
      'neoday.staged_win_info',
      'neoday.win_info',
    ];
    const found: Record<string, unknown> = {};
    for (const table of tables) {
      const [row] = await world.sql.unsafe(
        `SELECT count(*)::int, md5(string_agg(xmin::text || it::text, '' ORDER BY it::text)) FROM ${table} AS it`,
      );
      found[table] = row;
    }
    return found;
  }

  /** Makes a merge wait for a table lock inside its transaction, stops the worker there, and takes the lock away again. */
  async function stopInsideMerge(stop: () => void) {
    return world.sql.begin(async (transaction) => {
      await transaction`LOCK TABLE neoday.win_info IN SHARE MODE`;
      const run = await world.start();
      await until('a merge that waits for the lock', async () => {
        const [row] = await world.sql<{ count: number }[]>`
          SELECT count(*)::int FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO "neoday"%'`;
        return row!.count === 1;
      });
      stop();
      return run;
    });
  }
});
