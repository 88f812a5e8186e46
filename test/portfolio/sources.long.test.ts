import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { World } from '../support/world.ts';
import { serve } from '../vendors/local-servers.ts';
import { connections, small, syncOf } from './help.ts';

const linkStyles = ['absolute', 'relative', 'other-scheme', 'other-base-path'] as const;
const ends = ['null', 'empty', 'missing'] as const;
/** Where a `links.next` may lead, on which page, and what comes of it. */
const misleading = [
  { to: 'end', pages: 2, status: 'partial', reason: /the source says 260, but 100 different/ },
  { to: 'skip-one', pages: 2, status: 'partial', reason: /the source says 260, but 210 different/ },
  { to: 'previous', pages: 3, status: 'failed', reason: /leads back to a page already read/ },
  { to: 'other-host', pages: 3, status: 'failed', reason: /to another host .* Nothing was sent there/ },
] as const;

/** Each style of links with one end, each end with one style or two. */
const kinds = linkStyles.map((links, index) => {
  const end = ends[index % ends.length]!;
  return { name: `${links}-${end}`, links, end };
});

describe('sources of every kind', () => {
  let world: World;
  const sandboxes: Sandbox[] = [];
  const open = async (options: object) => {
    const sandbox = await startSandbox({ port: 0, incentify: { sizes: small, ...options } });
    sandboxes.push(sandbox);
    return sandbox;
  };
  let many: Sandbox;
  beforeAll(async () => {
    world = await World.create({ sandbox: { sizes: small } });
    many = await open({ perPage: 5, latencyMs: 10 });
    const styled: Record<string, Record<string, unknown>> = {};
    for (const { name, links, end } of kinds) {
      styled[name] = { baseUrl: (await open({ links, end, perPage: 20 })).incentify.baseUrl, streams: ['credits'] };
    }
    const astray: Record<string, Record<string, unknown>> = {};
    for (const { to, pages } of misleading) {
      const sandbox = await open({});
      sandbox.setFaults([{ kind: 'next', to, pages: [pages] }]);
      astray[to] = { baseUrl: sandbox.incentify.baseUrl, streams: ['utilizations'] };
    }
    await connections(world, {
      portfolio: {},
      single: { baseUrl: many.incentify.baseUrl, concurrency: 1 },
      sixteen: { baseUrl: many.incentify.baseUrl, concurrency: 16 },
      slow: { baseUrl: many.incentify.baseUrl, concurrency: 16, requestsPerSecond: 40 },
      subset: { streams: ['credits'] },
      steady: { concurrency: 1 },
      circle: { baseUrl: await serveCircle() },
      ...styled,
      ...astray,
    });
    await world.worker();
  });
  afterAll(async () => {
    await world.close();
    await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
  });

  const creditsOf = async (connection: string) => {
    const [row] = await world.sql<{ count: number; md5: string }[]>`
      SELECT count(*)::int, md5(string_agg(raw::text, ',' ORDER BY id)) FROM incentify.credits WHERE connection = ${connection}`;
    return row!;
  };

  it('write their links and their ends as they like: all are read to the end, and equal', async () => {
    await syncOf(world, 'portfolio');
    const expected = await creditsOf('portfolio');
    expect(expected.count).toBe(120);
    await Promise.all(
      kinds.map(async ({ name }) => {
        const receipt = await syncOf(world, name);
        expect(receipt, name).toMatchObject({ status: 'completed', reasons: [] });
        expect(receipt.streams.credits, name).toMatchObject({ total: 120, created: 120, pages: 6, requests: 6 });
        expect(await creditsOf(name), name).toEqual(expected);
      }),
    );
  });

  it('are asked for one page at a time, or for sixteen, as configured', async () => {
    for (const [name, most] of [
      ['single', 1],
      ['sixteen', 16],
    ] as const) {
      many.resetJournal();
      expect(await syncOf(world, name, ['utilizations'])).toMatchObject({ status: 'completed' });
      const open = mostOpen(many.journal({ stream: 'utilizations' }));
      expect(open, name).toBeLessThanOrEqual(most);
      expect(open, name).toBeGreaterThan(most / 2);
    }
  });

  it('are not asked more often than requestsPerSecond allows', async () => {
    many.resetJournal();
    const receipt = await syncOf(world, 'slow', ['utilizations']);
    expect(receipt).toMatchObject({ status: 'completed' });
    const times = many.journal({ stream: 'utilizations' }).map(({ receivedAt }) => receivedAt);
    expect(times).toHaveLength(52);
    // Spaced by 25 ms; requests may reach the server a little closer than they were sent.
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(51 * 25 - 100);
    for (const [index, time] of times.entries()) expect(time - times[0]!).toBeGreaterThan(index * 25 - 100);
  });

  it('are asked only for the streams that are wanted, in the configuration or by the person', async () => {
    world.sandbox.resetJournal();
    const configured = await syncOf(world, 'subset');
    expect(Object.keys(configured.streams)).toEqual(['credits']);
    const wanted = await syncOf(world, 'portfolio', ['utilizations', 'projects']);
    expect(Object.keys(wanted.streams)).toEqual(['projects', 'utilizations']);
    const asked = world.sandbox.journal().map(({ stream }) => stream);
    expect([...new Set(asked)].toSorted()).toEqual(['credits', 'projects', 'utilizations']);
    expect(asked.filter((stream) => stream === 'credits')).toHaveLength(3);
  });

  it('may compress their answers', async () => {
    world.sandbox.setFaults([{ kind: 'compress', encodings: ['gzip'] }]);
    world.sandbox.resetJournal();
    const receipt = await syncOf(world, 'portfolio');
    world.sandbox.clearFaults();
    expect(receipt).toMatchObject({ status: 'completed', streams: { utilizations: { unchanged: 260 } } });
    const sent = world.sandbox.journal({ stream: 'utilizations' }).reduce((sum, { bytes }) => sum + bytes, 0);
    expect(sent).toBeLessThan(receipt.streams.utilizations!.bytes / 2);
  });

  it.each([
    ['at its end', undefined],
    ['at its beginning, where everything moves on by a page, so that only a second pass shows the new one', 0],
  ] as const)('may grow by a page while they are read: %s', async (_name, at) => {
    const grown = await readWhileGrowing('steady', at);
    expect(grown.receipt).toMatchObject({ status: 'completed', reasons: [] });
    expect(grown.receipt.streams.utilizations!.total).toBe(grown.size);
    expect(grown.seen).toBe(grown.size);
    expect(await syncOf(world, 'steady', ['utilizations'])).toMatchObject({ status: 'completed' });
  });

  it('may grow while several pages are asked for at once: green only where it adds up', async () => {
    for (const at of [undefined, 0]) {
      const { receipt, seen } = await readWhileGrowing('portfolio', at);
      const addsUp = seen === receipt.streams.utilizations!.total;
      expect(receipt.status).toBe(addsUp ? 'completed' : 'partial');
    }
    world.sandbox.reset();
  });

  /** Holds page 4 back until a page of records has come in. `at` is their place, the end where it is left out. */
  async function readWhileGrowing(connection: string, at: number | undefined) {
    world.sandbox.setFaults([{ kind: 'hold', streams: ['utilizations'], pages: [4] }]);
    const running = syncOf(world, connection, ['utilizations']);
    while (world.sandbox.held().length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    for (let count = 0; count < 50; count++) {
      world.sandbox.edit('incentify', 'utilizations', { op: 'insert', text: `{"id":${nextId++}}`, at });
    }
    const size = [...world.sandbox.records('incentify', 'utilizations')].length;
    world.sandbox.clearFaults();
    const receipt = await running;
    const [row] = await world.sql<{ seen: number }[]>`
      SELECT count(DISTINCT id)::int AS seen FROM sync.pages, unnest(ids) AS id
      WHERE run_id = ${receipt.runId} AND stream = 'utilizations'`;
    return { receipt, size, seen: row!.seen };
  }
  let nextId = 5_000_000;

  it('that say something false about their size are never believed', async () => {
    for (const [total, reason] of [
      [7, /the source says 67, but 60 different records were seen/],
      [-7, /the source says 53, but 60 different records were seen/],
    ] as const) {
      world.sandbox.setFaults([{ kind: 'false-totals', streams: ['projects'], total }]);
      const receipt = await syncOf(world, 'portfolio', ['projects']);
      expect(receipt).toMatchObject({ status: 'partial', reasons: [expect.stringMatching(reason)] });
    }
    world.sandbox.setFaults([{ kind: 'false-totals', streams: ['projects', 'credits'], lastPage: 5, currentPage: 3 }]);
    expect(await syncOf(world, 'portfolio', ['projects', 'credits'])).toMatchObject({ status: 'completed' });
    world.sandbox.clearFaults();
  });

  it('whose links end too early, skip a page, lead back, in a circle or to another host, are never green', async () => {
    const circle = {
      to: 'circle',
      status: 'failed',
      reason: /`circle` \/ utilizations lead back to a page already read/,
    };
    await Promise.all(
      [...misleading, circle].map(async ({ to, status, reason }) => {
        const receipt = await syncOf(world, to, ['utilizations']);
        expect(receipt, to).toMatchObject({ status, reasons: [expect.stringMatching(reason)] });
        expect(receipt.streams.utilizations!.pages, to).toBeLessThan(18);
      }),
    );
  });
});

/** Three pages without numbers, of which the last names the second. */
function serveCircle(): Promise<string> {
  const next: Record<string, string> = { 'page=1': 'cursor=a', 'cursor=a': 'cursor=b', 'cursor=b': 'cursor=a' };
  return serve((request, response) => {
    const query = request.url?.split('?')[1] ?? '';
    const data = [{ id: Object.keys(next).indexOf(query) + 1 }];
    const links = { next: `?${next[query]}` };
    response.end(JSON.stringify({ code: 200, success: 1, data, meta: { last_page: 3, total: 3 }, links }));
  });
}

/** The most requests that were open at once. */
function mostOpen(entries: readonly { receivedAt: number; answeredAt: number | null }[]): number {
  const moments = entries.flatMap(({ receivedAt, answeredAt }) => [
    { at: receivedAt, change: 1 },
    { at: answeredAt ?? receivedAt, change: -1 },
  ]);
  // Times are whole milliseconds: of two in the same one, the ending came first.
  moments.sort((one, other) => one.at - other.at || one.change - other.change);
  let [open, most] = [0, 0];
  for (const { change } of moments) {
    open += change;
    most = Math.max(most, open);
  }
  return most;
}
