import { describe, expect, it } from 'vitest';
import { emptyCounts, type Receipt } from '../../src/receipt.ts';
import { receiptLines } from '../../src/screen/receipt.ts';
import { capture } from './terminal.ts';

const counts = { ...emptyCounts, total: 200, fetched: 200, pages: 4, requests: 5, retries: 1, seconds: 0.5 };

const receipt: Receipt = {
  connection: 'portfolio',
  system: 'incentify',
  runId: 'r1',
  status: 'partial',
  streams: { projects: { ...counts, created: 199, quarantined: 1 }, credits: { ...counts, created: 200, seconds: 0 } },
  reasons: ['1 record of projects is in quarantine.\u001b[2J'],
};

describe('a receipt for people', () => {
  it('says how late a scheduled run began, where that is more than a machine takes', () => {
    const lines = (seconds: number) =>
      receiptLines(capture().screen, { ...receipt, late: { dueAt: '2025-06-02T10:00:00.000Z', seconds } });
    expect(lines(58)[1]).toBe('  It was due at 2025-06-02 10:00:00 UTC and began 58 s late.');
    expect(lines(5)).toEqual(receiptLines(capture().screen, receipt));
  });

  it('has a line for the run, one per stream, and every reason', () => {
    const [head, titles, projects, credits, reason] = receiptLines(capture().screen, receipt);
    expect(head).toBe('portfolio (incentify): partial in 0.5 s, run r1');
    expect(titles?.trim().split(/ {2,}/)).toEqual([
      'stream',
      'rows',
      'created',
      'updated',
      'unchanged',
      'quarantined',
      'pages',
      'requests',
      'retries',
      'seconds',
      'rows/s',
    ]);
    expect(projects?.trim().split(/\s+/)).toEqual([
      'projects',
      '200',
      '199',
      '0',
      '0',
      '1',
      '4',
      '5',
      '1',
      '0.5',
      '400',
    ]);
    expect(credits?.trim().split(/\s+/).at(-1)).toBe('–');
    expect(reason).toContain('1 record of projects is in quarantine.');
    expect(reason).not.toContain('\u001b');
  });

  it('shows rows of total where they differ, and deleted or orphans only where there are any', () => {
    const streams = { projects: { ...counts, fetched: 50, orphans: 3 } };
    const [, titles, line] = receiptLines(capture().screen, { ...receipt, streams });
    expect(titles).toContain('orphans');
    expect(titles).not.toContain('deleted');
    expect(line).toContain('50/200');
  });

  it('says so when nothing had changed', () => {
    const streams = { projects: { ...counts, unchanged: 200 } };
    const [head] = receiptLines(capture().screen, { ...receipt, status: 'completed', streams, reasons: [] });
    expect(head).toContain('nothing had changed');
  });

  it('is one line and its reasons when nothing is known of the streams', () => {
    expect(receiptLines(capture().screen, { ...receipt, status: 'failed', streams: {} })).toHaveLength(2);
  });

  it('leaves columns out rather than wrap its table, and folds its sentences', () => {
    const big = { ...counts, fetched: 2_000_000, created: 2_000_000, total: 2_000_000 };
    const reasons = [`${'The vendor refused the key. '.repeat(5)}`];
    const long: Receipt = { ...receipt, streams: { utilizations: big }, reasons };
    const [, ...lines] = receiptLines(capture({ terminal: true, columns: 80 }).screen, long);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
    expect(lines[0]).toContain('quarantined');
    expect(lines.join().match(/refused/g)).toHaveLength(5);
    expect(receiptLines(capture({ columns: 80 }).screen, long)).toHaveLength(4);
  });

  it('of a parked run says how it goes on, without a table of what was not read', () => {
    const { streams } = { streams: { projects: emptyCounts } };
    const lines = receiptLines(capture().screen, { ...receipt, status: 'parked', streams, reasons: ['Wrong key.'] });
    expect(lines).toHaveLength(3);
    expect(lines.at(-1)).toContain('keeps its place');
  });
});

describe('a receipt of exports', () => {
  const names = ['campaign-info', 'user-base-connections', 'player-info-user-id', 'player-info-game-type', 'win-info'];
  const more = ['all-coupons', 'challenges-user-id', 'challenges-game-type', 'gamification-prize-user-id'];
  const all = [...names, ...more, 'gamification-prize-prize-type', 'survey-answers'];
  const results = { found: 3, loaded: 3, expired: 0, skipped: 0, left: 0 };
  const loaded = {
    ...emptyCounts,
    ...{ fetched: 10_000_000, created: 9_000_000, updated: 500_000, unchanged: 500_000 },
    ...{ pages: 3, requests: 6, bytes: 1_234_000_000, seconds: 60, results },
  };
  const exports = (over: Partial<typeof loaded> = {}): Receipt => ({
    ...receipt,
    ...{ connection: 'games', system: 'neoday', status: 'completed', reasons: [] },
    streams: Object.fromEntries(all.map((name) => [name, { ...loaded, ...over }])),
  });

  it('fits eleven of them into 80 columns, with what can be told from the rest left out first', () => {
    const { screen } = capture({ terminal: true, columns: 80 });
    for (const quarantined of [0, 7]) {
      const [, ...table] = receiptLines(screen, exports({ quarantined }));
      expect(table).toHaveLength(12);
      expect(Math.max(...table.map((line) => line.length))).toBeLessThan(80);
      expect(table[0]).toMatch(/rows +created +updated/);
      expect(table[0]?.includes('quarantined')).toBe(quarantined > 0);
    }
  });

  it('tells files and megabytes, and of results that are not loaded only where there are any', () => {
    const { screen } = capture({ columns: 200 });
    const [, titles, line] = receiptLines(screen, exports());
    expect(titles).toMatch(/quarantined +files +MB +requests +retries +seconds +rows\/s$/);
    expect(line).toMatch(/ 3 +1,234 +6 +0 +60.0 +166,667$/);
    const [, some] = receiptLines(screen, exports({ results: { ...results, left: 1, expired: 2 } }));
    expect(some).toMatch(/not loaded +expired/);
  });

  it('adds no times up of what was loaded side by side', () => {
    const [head] = receiptLines(capture().screen, exports());
    expect(head).toBe('games (neoday): completed, run r1');
  });
});
