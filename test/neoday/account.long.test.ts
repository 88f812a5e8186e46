import { afterEach, describe, expect, it } from 'vitest';
import { progressQuery, resumeSignal } from '../../src/workflows/messages.ts';
import { downloadsOf, ledgerOf, rowDifferences } from '../support/exports.ts';
import { until } from '../support/waiting.ts';
import { World, type WorldOptions } from '../support/world.ts';

const win = 'win-info';
const coupons = 'all-coupons';
const day = (number: number): string => new Date(Date.UTC(2025, 0, number, 2)).toISOString();

describe('an account that', { timeout: 60_000 }, () => {
  let world: World;
  afterEach(() => world.close());

  const open = async (neoday: WorldOptions['neoday'], more: Omit<WorldOptions, 'system' | 'neoday'> = {}) => {
    world = await World.create({ system: 'neoday', ...(neoday ? { neoday } : {}), ...more });
    await world.worker(undefined, { contractTries: 2, longestDelayMs: 250 });
  };
  const asked = (step: string) => world.sandbox.journal({ system: 'neoday' }).filter((entry) => entry.step === step);

  it('refuses the secret parks the run, which says what to do', async () => {
    await open({ rows: 20, clientSecret: 'another-secret' });
    const receipt = await world.sync();
    expect(receipt.status).toBe('parked');
    expect(receipt.reasons.join()).toMatch(/it does not accept `clientId` and `clientSecret`\..*GAMES_SECRET/s);
    expect(asked('token').map(({ key, status }) => [key, status])).toEqual([['wrong', 401]]);
    expect(asked('exports')).toEqual([]);
  });

  it('refuses the client in the middle parks the run where it is, and goes on after `resume`', async () => {
    await open({ only: [win], exports: { [win]: { rows: 100, results: 3 } } });
    world.sandbox.setFaults([{ kind: 'status', status: 403, steps: ['fetch'], skip: 1 }]);
    const run = await world.start();
    const parked = await world.receipt(run);
    expect(parked.status).toBe('parked');
    expect(parked.reasons.join()).toContain('permission `automated-exports-view`');
    expect((await ledgerOf(world, win)).map(({ state }) => state)).toEqual(['loaded', 'pending', 'pending']);
    world.sandbox.clearFaults();
    await run.handle.signal(resumeSignal);
    await until('the run to go on', async () => (await run.handle.query(progressQuery)).status !== 'parked');
    expect(await world.receipt(run)).toMatchObject({
      status: 'completed',
      reasons: [],
      streams: { [win]: { pages: 3 } },
    });
    expect(downloadsOf(world)).toHaveLength(3);
  });

  it('wants a locale is not taken for one that refuses the secret', async () => {
    await open({ rows: 20 });
    world.sandbox.setFaults([{ kind: 'missing-locale' }]);
    const receipt = await world.sync();
    expect(receipt.status).toBe('failed');
    expect(receipt.reasons.join()).toMatch(/Missing Locale: set `locale:` of the connection .* like en_GB/);
    expect(asked('exports').every(({ key }) => key === 'accepted')).toBe(true);
  });

  it('gets the locale that the configuration names', async () => {
    await open({ only: [win], exports: { [win]: { rows: 20, results: 1 } } }, { connection: { locale: 'nl_NL' } });
    world.sandbox.setFaults([{ kind: 'missing-locale' }]);
    expect(await world.sync()).toMatchObject({ status: 'completed', reasons: [] });
  });

  it('has no exports has nothing to load, and is told so', async () => {
    await open({ only: [] });
    expect(await world.sync()).toMatchObject({
      status: 'completed',
      streams: {},
      reasons: ['The account of `games` has no automated exports, so there was nothing to load. NeoDay sets them up.'],
    });
  });

  it('never ran an export, or has not the one that is configured: each in a sentence', async () => {
    const exports = { [win]: { results: 0 }, [coupons]: { rows: 50, results: 1 } };
    await open({ only: [win, coupons], exports }, { connection: { exports: [win, coupons, 'wins'] } });
    const receipt = await world.sync();
    expect(receipt.status).toBe('partial');
    expect(receipt.reasons).toEqual([
      'wins: the account has no such export. Correct `exports:` in the configuration; `incentive-sync check` lists those that there are.',
      `${win}: NeoDay has not run this export yet, so there was nothing to load.`,
    ]);
    expect(receipt.streams).toMatchObject({ [coupons]: { fetched: 50, results: { loaded: 1 } } });
  });

  it('gives out tokens for 5 s, lists a result twice and in any order: each is loaded once, oldest first', async () => {
    const results = 8;
    await open({
      only: [win],
      exports: { [win]: { rows: 50, results } },
      order: 'shuffled',
      listedTwice: true,
      tokenSeconds: 5,
      latencyMs: 400,
    });
    const receipt = await world.sync();
    expect(receipt).toMatchObject({
      status: 'completed',
      reasons: [],
      streams: { [win]: { pages: results, requests: results } },
    });
    const ids = world.sandbox.neoday.results(win).map(({ id }) => id);
    expect(downloadsOf(world).map(({ result }) => result)).toEqual(ids);
    expect(asked('token').length).toBeGreaterThan(1);
    expect(world.sandbox.journal().every(({ key, step }) => key === 'accepted' || step === 'download')).toBe(true);
    expect(await rowDifferences(world, win)).toMatchObject({ missing: 0, extra: 0 });
  });

  it('made results before `since` are passed over', async () => {
    const since = day(3).slice(0, 10);
    await open({ only: [win], exports: { [win]: { rows: 50, results: 0 } } }, { connection: { since } });
    for (const number of [1, 2, 3, 4]) world.sandbox.neoday.addResult(win, { createdAt: day(number) });
    const receipt = await world.sync();
    expect(receipt).toMatchObject({ status: 'completed', reasons: [] });
    expect(receipt.streams[win]).toMatchObject({ pages: 2, results: { found: 4, loaded: 2, skipped: 2, left: 0 } });
    expect((await ledgerOf(world, win)).map(({ state }) => state)).toEqual(['skipped', 'skipped', 'loaded', 'loaded']);
  });

  it('is about to lose a result that is not loaded: the run says which export, and until when', async () => {
    await open({ only: [win], exports: { [win]: { rows: 50, results: 0 } } });
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    world.sandbox.neoday.addResult(win, { createdAt: day(1), expiresAt: soon });
    world.sandbox.setFaults([{ kind: 'store', empty: 'file' }]);
    const receipt = await world.sync();
    expect(receipt.status).toBe('partial');
    expect(receipt.reasons.at(-1)).toBe(
      `${win}: 1 result that is not loaded ends soon at NeoDay, the first at ${soon.slice(0, 16).replace('T', ' ')} UTC. Load it before then, or its rows are lost.`,
    );
    world.sandbox.clearFaults();
    expect(await world.sync()).toMatchObject({ status: 'completed', reasons: [] });
  });

  it('loads exports side by side: two files come at the same time, never three', async () => {
    const only = [win, coupons, 'challenges-user-id'];
    await open({ only, exports: Object.fromEntries(only.map((one) => [one, { rows: 3000, results: 2 }])) });
    world.sandbox.setFaults([{ kind: 'trickle', steps: ['download'], bytes: 64_000, everyMs: 60 }]);
    expect(await world.sync()).toMatchObject({ status: 'completed', reasons: [] });
    const spans = downloadsOf(world).map(({ receivedAt, answeredAt, stream }) => ({
      stream,
      from: receivedAt,
      to: answeredAt!,
    }));
    const atOnce = spans.map(({ from }) =>
      spans.filter((other) => other.from <= from && from < other.to).map(({ stream }) => stream),
    );
    expect(Math.max(...atOnce.map((streams) => streams.length))).toBe(2);
    // Never two files of one export.
    for (const streams of atOnce) expect(new Set(streams).size).toBe(streams.length);
  });
});
