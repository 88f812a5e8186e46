import { describe, it } from 'vitest';
import { differences, none } from '../support/compare.ts';
import { startProxy, type TcpProxy } from '../support/proxy.ts';
import { until } from '../support/waiting.ts';
import { World } from '../support/world.ts';

const stream = 'utilizations';
const timeout = 90_000;
/** 60 pages: some before a worker stands still, some after. */
const sizes = { projects: 50, credits: 50, utilizations: 3_000 };

/** Both mostly wait for Temporal to give a worker up, so they may do so at the same time. */
describe.concurrent('a worker that stands still while another takes over', () => {
  const nextPage = async ({ sql }: World) => {
    const [cursor] = await sql<{ next_page: number }[]>`
      SELECT next_page FROM sync.cursors WHERE stream = ${stream}`;
    return cursor?.next_page ?? 0;
  };

  it('between fetch and commit writes nothing when it wakes up after the other has finished', { timeout }, async ({
    expect,
    onTestFinished,
  }) => {
    const world = await World.create({ sandbox: { sizes } });
    onTestFinished(() => world.close());
    const { hostname, port } = new URL(world.databaseUrl);
    const proxy = await startProxy({ host: hostname, port: Number(port) });
    onTestFinished(() => proxy.close());
    await countCursorMoves(world);
    const page = 40;
    // Only the first request for it: the successor's is answered at once.
    world.sandbox.setFaults([{ kind: 'hold', streams: [stream], pages: [page], first: 1 }]);
    const zombie = await world.workerProcess({ DATABASE_URL: through(world, proxy) });
    const run = await world.start();
    await until('the held page', () => world.sandbox.held().length === 1);
    await until('the commits before it', async () => (await nextPage(world)) === page);
    proxy.freeze();
    world.sandbox.release();
    await until('the first bytes of its commit', () => proxy.heldBytes > 0);
    zombie.signal('SIGSTOP');

    const successor = await world.workerProcess();
    const receipt = await world.receipt(run);
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    const before = await everything(world);
    const triedBefore = await cursorMoves(world);

    proxy.thaw();
    zombie.signal('SIGCONT');
    await until('the commit of the zombie', async () => (await cursorMoves(world)).tried > triedBefore.tried);
    await until('the end of its transaction', async () => (await openTransactions(world)) === 0);
    expect((await cursorMoves(world)).moved).toBe(triedBefore.moved);
    expect(await everything(world)).toEqual(before);
    expect(await differences(world.sql, world.sandbox, stream)).toEqual(none);
    expect(zombie.alive).toBe(true);
    expect(successor.alive).toBe(true);
  });

  it('inside its transaction holds the other up for less than 15 s', { timeout }, async ({
    expect,
    onTestFinished,
  }) => {
    const world = await World.create({ sandbox: { sizes, latencyMs: 20 } });
    onTestFinished(() => world.close());
    const zombie = await world.workerProcess();
    const run = await world.start();
    await until('some utilizations', async () => (await nextPage(world)) > 20);
    const stood = await stopInsideCommit(world, () => zombie.signal('SIGSTOP'));
    const successor = await world.workerProcess();
    await until('its first commit', async () => (await nextPage(world)) > stood, { withinMs: 45_000 });
    const waitedMs = Date.now() - successor.readyAt;
    console.log(`A worker stopped between BEGIN and COMMIT held its successor up for ${waitedMs} ms.`);
    expect(waitedMs).toBeLessThan(15_000);
    zombie.signal('SIGCONT');
    expect(await world.receipt(run)).toMatchObject({ status: 'completed', reasons: [] });
    expect(await differences(world.sql, world.sandbox, stream)).toEqual(none);
    expect(zombie.alive).toBe(true);
  });

  function through({ databaseUrl }: World, { port }: TcpProxy): string {
    const url = new URL(databaseUrl);
    url.port = String(port);
    return url.href;
  }

  /**
   * Sequences keep what a transaction drew although it is rolled back: one counts every statement that would move a
   * cursor to a next page, the other each cursor that was really moved by one.
   */
  async function countCursorMoves({ sql }: World): Promise<void> {
    await sql.unsafe(`
      CREATE SEQUENCE public.tried MINVALUE 0;
      CREATE SEQUENCE public.moved MINVALUE 0;
      CREATE FUNCTION public.draw() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF current_query() LIKE '%next_query = %' AND TG_LEVEL = 'STATEMENT' THEN PERFORM nextval('public.tried'); END IF;
        IF current_query() LIKE '%next_query = %' AND TG_LEVEL = 'ROW' THEN PERFORM nextval('public.moved'); END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER tried AFTER UPDATE ON sync.cursors FOR EACH STATEMENT EXECUTE FUNCTION public.draw();
      CREATE TRIGGER moved AFTER UPDATE ON sync.cursors FOR EACH ROW EXECUTE FUNCTION public.draw();`);
  }

  async function cursorMoves({ sql }: World): Promise<{ tried: number; moved: number }> {
    const [row] = await sql<{ tried: number; moved: number }[]>`
      SELECT (SELECT last_value::int FROM public.tried) AS tried, (SELECT last_value::int FROM public.moved) AS moved`;
    return row!;
  }

  async function openTransactions({ sql }: World): Promise<number> {
    const [row] = await sql<{ count: number }[]>`
      SELECT count(*)::int FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'incentive-sync worker' AND xact_start IS NOT NULL`;
    return row!.count;
  }

  /** All that a commit could change, row versions included. */
  async function everything({ sql }: World) {
    const tables = ['sync.cursors', 'sync.receipts', 'sync.runs', 'sync.pages', `incentify.${stream}`];
    const found: Record<string, unknown> = {};
    for (const table of tables) {
      const [row] = await sql.unsafe(
        `SELECT count(*)::int, md5(string_agg(xmin::text || it::text, '' ORDER BY it::text)) FROM ${table} AS it`,
      );
      found[table] = row;
    }
    return found;
  }

  /**
   * Makes a commit wait for a table lock inside its transaction, which holds the cursor's row by then, stops the worker
   * there, and takes the lock away again. Returns the page that the cursor stood at.
   */
  async function stopInsideCommit(world: World, stop: () => void): Promise<number> {
    return world.sql.begin(async (transaction) => {
      await transaction`LOCK TABLE incentify.utilizations IN SHARE MODE`;
      await until('a commit that waits for the lock', async () => {
        const [row] = await world.sql<{ count: number }[]>`
          SELECT count(*)::int FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'COPY%'`;
        return row!.count === 1;
      });
      stop();
      return nextPage(world);
    });
  }
});
