import { describe, expect, it } from 'vitest';
import { overviewLines } from '../../src/commands/status-table.ts';
import { scheduleDefaults } from '../../src/config/schedule.ts';
import { type Facts, statusOf } from '../../src/operations/status.ts';
import { emptyCounts, type Receipt } from '../../src/receipt.ts';
import { cells } from '../../src/screen/width.ts';
import { capture } from '../screen/terminal.ts';

const now = new Date('2026-03-01T12:00:00Z');
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000).toISOString();

const rules = scheduleDefaults;

const receipt: Receipt = {
  connection: 'portfolio',
  system: 'incentify',
  runId: 'r1',
  status: 'completed',
  streams: { credits: { ...emptyCounts, fetched: 1000 }, projects: { ...emptyCounts, fetched: 200 } },
  reasons: [],
};

/** A connection that runs every quarter of an hour and was last complete so many minutes ago. */
const facts = (minutes: number, more: Partial<Facts> = {}): Facts => ({
  connection: 'portfolio',
  system: 'incentify',
  configured: { streams: ['projects', 'credits'], schedule: { kind: 'every', everyMs: 15 * 60_000, ...rules } },
  known: {
    connection: 'portfolio',
    system: 'incentify',
    lastRun: { runId: 'r1', status: 'completed', startedAt: minutesAgo(minutes), finishedAt: minutesAgo(minutes) },
    lastReceipt: { startedAt: minutesAgo(minutes), finishedAt: minutesAgo(minutes), seconds: 4, receipt },
    asOf: { projects: minutesAgo(minutes), credits: minutesAgo(minutes - 1) },
    exports: [],
  },
  view: {
    run: null,
    foreign: null,
    schedule: {
      next: new Date('2026-03-01T12:09:00Z'),
      intervalMs: 15 * 60_000,
      jitterMs: 0,
      paused: false,
      note: null,
    },
  },
  ...more,
});

describe('how old the rows of a connection may be', () => {
  it('is twice the time between two runs where no alert says it', () => {
    expect(statusOf(facts(29), now).freshness).toMatchObject({ limitSeconds: 1800, stale: false });
    const late = statusOf(facts(40), now);
    expect(late.freshness).toMatchObject({ stream: 'projects', limitSeconds: 1800, stale: true });
    expect(late.reasons).toEqual([
      'projects is as it was 40 min ago, which is too old (at most 30 min), and so is one more.',
    ]);
    expect(late.type).toEqual(['incentive-sync sync portfolio']);
  });

  it('is what an alert says, for each stream', () => {
    const rule = (stream: string) => (stream === 'credits' ? 5 * 60_000 : 3_600_000);
    expect(statusOf(facts(40, { freshWithin: rule }), now).freshness).toMatchObject({
      limitSeconds: 3600,
      stale: true,
    });
    expect(statusOf(facts(5, { freshWithin: rule }), now).freshness).toMatchObject({
      limitSeconds: 3600,
      stale: false,
    });
  });

  it('of exports is nothing that a schedule tells: the vendor makes files when it wants', () => {
    const { freshness, reasons } = statusOf(facts(9000, { system: 'neoday' }), now);
    expect(freshness).toMatchObject({ limitSeconds: null, stale: false });
    expect(reasons).toEqual([]);
  });

  it('follows a cron by the next two runs', () => {
    const cron = { kind: 'cron', cron: '*/15 * * * *', timezone: 'UTC', ...rules } as const;
    expect(statusOf(facts(40, { configured: { streams: undefined, schedule: cron } }), now).freshness?.stale).toBe(
      true,
    );
  });
});

describe('what to type', () => {
  it('is what lets a paused schedule go on, also where all else is well', () => {
    const { view } = facts(5);
    const schedule = view?.schedule ? { ...view.schedule, next: null, paused: true, note: 'holiday' } : null;
    const paused = facts(5, { view: view && { ...view, schedule } });
    expect(statusOf(paused, now).type).toEqual(['incentive-sync schedule resume portfolio']);
  });
});

describe('the table of all connections', () => {
  const lines = (columns: number, ...all: Facts[]) => {
    const { screen } = capture({ terminal: true, columns });
    const connections = all.map((one) => statusOf(one, now));
    const look = {
      now,
      connections,
      alerts: { open: [], undelivered: [] },
      trouble: null,
      idleQueue: false,
      progressOf: () => [],
    };
    return overviewLines(screen, connections, look, () => []);
  };

  it('has a line each: state, last run, rows, age against its limit, next run', () => {
    const [titles, row, ...more] = lines(120, facts(5));
    expect(titles).toMatch(/^connection +system +state +last run +rows +age \(at most\) +next run$/);
    expect(row).toMatch(/^portfolio +incentify +idle +completed 5 min ago +1,200 +5 min \(30 min\) +in 9 min$/);
    expect(more).toEqual([]);
  });

  it('marks what is too old, and says below why and what to type', () => {
    const text = lines(120, facts(5), facts(40, { connection: 'late' })).join('\n');
    expect(text).toMatch(/late .* 40 min \(30 min\) !/);
    expect(text).toContain('! late: projects is as it was 40 min ago');
    expect(text).toContain('  type  incentive-sync sync late');
  });

  it.each([40, 60, 80, 120])('fits %i columns', (columns) => {
    const name = 'a-connection-with-a-very-long-name-indeed-of-sixty-characters';
    for (const line of lines(columns, facts(40, { connection: name }))) {
      if (!line.includes('incentive-sync ')) expect(cells(line)).toBeLessThan(columns);
    }
  });
});
