import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/sandbox/sandbox.ts';
import { downloadsOf, ledgerOf, rowDifferences, seamsOf } from '../support/exports.ts';
import { World } from '../support/world.ts';

const name = 'win-info';
const only = [name, 'challenges-user-id', 'player-info-game-type'];
const rows = 10_000;
/** Longer than any row. */
const seam = 400;

describe('a file that does not come in one piece', { timeout: 60_000 }, () => {
  let world: World;
  let results = 0;
  beforeAll(async () => {
    world = await World.create({
      system: 'neoday',
      neoday: { only, exports: Object.fromEntries(only.map((one) => [one, { rows, results: 0 }])) },
    });
    await world.worker();
  });
  beforeEach(() => {
    world.sandbox.clearFaults();
    world.sandbox.resetJournal();
  });
  afterAll(() => world.close());

  const appears = (one = name) => {
    results += 1;
    const result = world.sandbox.neoday.addResult(one, {
      createdAt: new Date(Date.UTC(2025, 0, results)).toISOString(),
    });
    return { id: result.id, size: world.sandbox.neoday.file(result.id).bytes };
  };
  const sync = async (...faults: Fault[]) => {
    world.sandbox.setFaults(faults);
    const receipt = await world.sync([name]);
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    expect(await rowDifferences(world, name)).toMatchObject({ missing: 0, extra: 0 });
    return receipt;
  };
  const stateOf = async (id: string) => (await ledgerOf(world, name)).find((entry) => entry.id === id)?.state;

  it('goes on where the connection was cut, each byte asked for once but for the seam', async () => {
    const { size } = appears();
    const receipt = await sync({ kind: 'cut-file', afterBytes: 200_000 });
    const asked = downloadsOf(world);
    expect(asked.length).toBeGreaterThan(size / 200_000);
    for (const again of seamsOf(asked)) {
      expect(again).toBeGreaterThanOrEqual(0);
      expect(again).toBeLessThan(seam);
    }
    expect(receipt.streams[name]).toMatchObject({ requests: asked.length, fetched: rows, pages: 1 });
  });

  const cutOnce: Fault = { kind: 'cut-file', afterBytes: 1_000_000, first: 1 };

  it('skips what is committed where the server knows no ranges', async () => {
    const { id, size } = appears();
    await sync({ kind: 'store', ranges: false }, cutOnce);
    const asked = downloadsOf(world);
    expect(asked.map(({ status, bytes }) => [status, bytes])).toEqual([
      [200, 1_000_000],
      [200, size],
    ]);
    expect(asked[1]?.rangeStart).toBeGreaterThan(0);
    const [row] = await world.sql`SELECT sum(created)::int AS created FROM neoday.results WHERE result_id = ${id}`;
    expect(row?.created).toBeGreaterThan(0);
  });

  it.each([['none'], ['weak']] as const)('goes on with a range where the ETag is %s', async (etag) => {
    const { size } = appears();
    await sync({ kind: 'store', etag }, cutOnce);
    const asked = downloadsOf(world);
    expect(asked.map(({ status }) => status)).toEqual([200, 206]);
    expect(asked[0]!.bytes + asked[1]!.bytes - size).toBeLessThan(seam);
  });

  it('reads a compressed file again as a whole and skips what is committed', async () => {
    appears();
    await sync({ kind: 'store', gzip: true }, { kind: 'cut', afterBytes: 200_000, first: 1, steps: ['download'] });
    expect(downloadsOf(world).map(({ status, rangeStart }) => [status, rangeStart])).toEqual([
      [200, null],
      [200, null],
    ]);
  });

  it.each([
    ['of the same length', 'challenges-user-id', true],
    ['of another length', 'player-info-game-type', false],
  ] as const)(
    'begins again where the file is another one by then, %s, and doubles no row',
    async (_length, other, sameLength) => {
      const { id } = appears(other);
      world.sandbox.setFaults([cutOnce, { kind: 'changed-file', skip: 1, sameLength }]);
      expect(await world.sync([other])).toMatchObject({ status: 'completed', reasons: [] });
      const asked = downloadsOf(world);
      expect(asked.map(({ status, rangeStart }) => [status, rangeStart === null])).toEqual([
        [200, true],
        [200, false],
      ]);
      // No row of the first file is in the second: what was committed of it must not stay.
      const held = world.sandbox.neoday.file(id).rows;
      const expected = held + (sameLength ? 0 : 1);
      expect(await rowDifferences(world, other)).toEqual({ missing: held, extra: expected, stored: expected });
    },
  );

  it('fetches a new URL where one has expired in the middle, and goes on in the same file', async () => {
    const { size } = appears();
    await sync({ kind: 'cut-file', afterBytes: 500_000, first: 2 }, { kind: 'expired-url', afterUses: 1 });
    const asked = world.sandbox.journal({ stream: name }).filter(({ step }) => step === 'fetch' || step === 'download');
    expect(asked.map(({ step }) => step)).toEqual(['fetch', 'download', 'fetch', 'download', 'fetch', 'download']);
    const bytes = downloadsOf(world).reduce((sum, one) => sum + one.bytes, 0);
    expect(bytes - size).toBeLessThan(2 * seam);
  });

  it('fetches a new URL where the first was refused', async () => {
    appears();
    await sync({ kind: 'expired-url', first: 1 });
    expect(downloadsOf(world).map(({ status }) => status)).toEqual([403, 200]);
  });

  it.each([
    ['the gateway', 'fetch', 404],
    ['the storage', 'download', 410],
  ] as const)('tells which result is gone at %s (%s, %i), once', async (_where, step, status) => {
    const gone = appears();
    const kept = appears();
    world.sandbox.setFaults([{ kind: 'gone', results: [gone.id], steps: [step], status }]);
    const receipt = await world.sync([name]);
    expect(receipt.status).toBe('partial');
    expect(receipt.reasons).toEqual([
      expect.stringMatching(
        new RegExp(`${name}: result ${gone.id}, made .* is gone and can never be loaded\\. .* answered ${status}`),
      ),
    ]);
    expect(await stateOf(gone.id)).toBe('expired');
    expect(await stateOf(kept.id)).toBe('loaded');
    expect(receipt.streams[name]).toMatchObject({ pages: 1, results: { left: 0 } });
    world.sandbox.resetJournal();
    expect(await world.sync([name])).toMatchObject({ status: 'completed', reasons: [] });
    expect(downloadsOf(world)).toEqual([]);
  });

  it('keeps what came of a result that is gone before it was complete', async () => {
    const { id } = appears();
    world.sandbox.setFaults([cutOnce, { kind: 'gone', results: [id], steps: ['download'], skip: 1 }]);
    const receipt = await world.sync([name]);
    expect(receipt.status).toBe('partial');
    expect(receipt.reasons.join()).toContain('What came before is kept');
    const [entry] = (await ledgerOf(world, name)).filter((one) => one.id === id);
    expect(entry).toMatchObject({ state: 'expired' });
    expect(entry!.rows).toBeGreaterThan(1000);
    const [kept] = await world.sql`
      SELECT (created + updated + unchanged)::float8 AS rows, created > 0 AS new FROM neoday.results WHERE result_id = ${id}`;
    expect(kept).toEqual({ rows: entry!.rows, new: true });
    const [staged] = await world.sql`SELECT count(*)::int FROM neoday.staged_win_info`;
    expect(staged).toEqual({ count: 0 });
  });
});
