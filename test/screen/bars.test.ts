import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { emptyCounts, type Progress, type Receipt, type StreamState } from '../../src/receipt.ts';
import { barLine, createLines, createProgressView, remainingSeconds } from '../../src/screen/bars.ts';
import { capture } from './terminal.ts';

const credits = (fetched: number, state: StreamState = 'reading'): Progress => ({
  connection: 'portfolio',
  system: 'incentify',
  runId: 'r',
  status: 'running',
  streams: { credits: { ...emptyCounts, total: 1000, fetched, seconds: fetched / 500, state } },
  reasons: [],
  startedAt: '2026-03-01T06:00:00Z',
  waiting: null,
});

const receipt: Receipt = {
  connection: 'portfolio',
  system: 'incentify',
  runId: 'r',
  status: 'completed',
  streams: { credits: { ...emptyCounts, total: 1000, fetched: 1000, created: 1000, seconds: 2 } },
  reasons: [],
};

describe('progress where there is no terminal', () => {
  it('is at most one line per stream every 5 s, and one when it ends', () => {
    const { screen, lines } = capture();
    let now = 0;
    const view = createLines(screen, () => now);
    for (; now < 11_000; now += 250) view.update(credits(Math.min(999, now / 10)));
    view.update(credits(1000, 'done'));
    view.update(credits(1000, 'done'));
    view.end(receipt);
    expect(lines()).toHaveLength(4);
    expect(lines()[1]).toBe('  portfolio credits: reading, 500 of 1,000 rows, 500 rows/s, ETA 1.0 s');
    expect(lines()[3]).toBe('  portfolio credits: done, 1,000 of 1,000 rows, 500 rows/s in 2.0 s');
  });

  it('tells the end of a stream that was never seen under way', () => {
    const { screen, lines } = capture();
    createLines(screen).end(receipt);
    expect(lines()).toEqual(['  portfolio credits: done, 1,000 of 1,000 rows, 500 rows/s in 2.0 s']);
  });

  it('names the status, not «done», for a stream that a failure cut short', () => {
    const { screen, lines } = capture();
    const short = { ...emptyCounts, total: 1000, fetched: 50 };
    createLines(screen).end({ ...receipt, status: 'failed', streams: { credits: short } });
    expect(lines()).toEqual(['  portfolio credits: failed, 50 of 1,000 rows']);
  });
});

describe('progress on a terminal', () => {
  it('redraws one bar per stream in place and leaves its last state', async () => {
    const { screen, text } = capture({ terminal: true });
    const view = createProgressView(screen);
    view.update(credits(100));
    await sleep(300);
    view.line('a note');
    view.update(credits(1000, 'done'));
    await sleep(300);
    view.end(receipt);
    view.stop();
    expect(text()).toContain('100 of 1,000 rows');
    expect(text()).toContain('a note\n');
    // Back to the first column without a new line: the same line again.
    expect(text()).toContain('\u001b[1G');
    expect(text().trimEnd().split('\n').at(-1)).toContain('1,000 of 1,000 rows');
  });

  it('never draws a line wider than the terminal', () => {
    const { screen } = capture({ terminal: true, columns: 60 });
    const row = { name: 'portfolio utilizations', state: 'reading', counts: credits(100).streams.credits! };
    expect(barLine(screen, row, 22).length).toBeLessThan(60);
  });

  it('has no colour where NO_COLOR is set', () => {
    const row = { name: 'portfolio credits', state: 'reading', counts: credits(100).streams.credits! };
    expect(barLine(capture({ terminal: true, noColor: true }).screen, row, 20)).not.toContain('\u001b');
    expect(barLine(capture({ terminal: true, noColor: false }).screen, row, 20)).toContain('\u001b');
  });
});

describe('the time that is left', () => {
  it('is what the speed so far gives, and unknown without a total or a speed', () => {
    const counts = { ...emptyCounts, total: 300, fetched: 100, seconds: 2 };
    expect(remainingSeconds(counts)).toBe(4);
    expect(remainingSeconds({ ...counts, total: null })).toBeNull();
    expect(remainingSeconds({ ...counts, fetched: 0 })).toBeNull();
  });
});
