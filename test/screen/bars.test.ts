import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { emptyCounts, type Progress, type Receipt, type StreamState } from '../../src/receipt.ts';
import { barLine, createLines, createProgressView, remainingSeconds } from '../../src/screen/bars.ts';
import { createSpeed } from '../../src/screen/speed.ts';
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
    for (; now < 11_000; now += 250) view.update(credits(Math.min(999, now / 20)));
    view.update(credits(1000, 'done'));
    view.update(credits(1000, 'done'));
    view.end(receipt);
    expect(lines()).toHaveLength(4);
    expect(lines()[1]).toBe('  portfolio credits: reading, 250 of 1,000 rows, 50 rows/s, ETA 15 s');
    expect(lines()[3]).toBe('  portfolio credits: done, 1,000 of 1,000 rows, 500 rows/s in 2.0 s');
  });

  it('of a push says what is left, how much of the budget is used, and what it takes for the rest', () => {
    const { screen, lines } = capture();
    const push = { delivered: 500, left: 1500, used: 120, requestsPerMinute: 180, secondsLeft: 61 };
    createLines(screen).update({ ...credits(500), push });
    expect(lines()).toEqual([
      '  portfolio credits: reading, 500 of 1,000 rows, 1,500 left, 120/180 requests, 500 rows/s, ETA 1 min 1 s',
    ]);
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
    const view = createProgressView(screen, 1);
    view.update(credits(100));
    await sleep(300);
    view.line('a note');
    view.update(credits(1000, 'done'));
    await sleep(300);
    view.end(receipt);
    view.stop();
    expect(text()).toContain('100 of 1,000 rows');
    expect(text()).toMatch(/a note\S*\n/);
    // Back to the first column without a new line: the same line again.
    expect(text()).toContain('\u001b[1G');
    expect(text().trimEnd().split('\n').at(-1)).toContain('1,000 of 1,000 rows');
  });

  it('draws every bar again below a line, which is folded where the terminal is too narrow for it', async () => {
    const { screen, text } = capture({ terminal: true, columns: 60 });
    const view = createProgressView(screen, 1);
    const { streams } = credits(1000, 'done');
    view.update({ ...credits(100), streams: { projects: streams.credits!, ...credits(100).streams } });
    await sleep(300);
    const before = text().length;
    view.line(`a note ${'of many words '.repeat(6)}`);
    await sleep(300);
    view.stop();
    const after = text().slice(before);
    expect(after).toMatch(/projects .*1,000 of 1,000 rows[\s\S]*credits .*100 of 1,000 rows/);
    const [note = ''] = after.split('projects');
    expect(note.match(/many/g)).toHaveLength(6);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what moves the cursor takes no room
    const widths = note.split('\n').map((line) => line.replace(/\u001b\[[?\d;]*\w/g, '').length);
    expect(Math.max(...widths)).toBeLessThan(60);
  });

  it('never draws a line wider than the terminal, and has room for the figures in 80 columns', () => {
    const counts = { ...credits(100_000).streams.credits!, total: 200_000 };
    const row = { connection: 'portfolio', stream: 'utilizations', state: 'reading', counts, speed: 500 };
    for (const columns of [0, 45, 60, 80, 130]) {
      const { screen } = capture({ terminal: true, columns });
      expect(barLine(screen, 'portfolio utilizations', row).length).toBeLessThan(columns || 80);
    }
    const line = barLine(capture({ terminal: true, columns: 80 }).screen, 'utilizations', row);
    expect(line).toMatch(/█+░+ {2}100,000 of 200,000 rows, 500 rows\/s, ETA 3 min 20 s$/);
  });

  it('leaves its last state whole in a narrow terminal with colours', () => {
    const { screen, text } = capture({ terminal: true, noColor: false, columns: 80 });
    const view = createProgressView(screen, 1);
    view.update(credits(1000, 'done'));
    view.stop();
    expect(text().trimEnd()).toMatch(/1,000 of 1,000 rows, 500 rows\/s, done\S*$/);
  });

  it('says of a stream whose turn has not come only that', () => {
    const { screen, text } = capture({ terminal: true });
    const view = createProgressView(screen, 2);
    view.update(credits(0, 'waiting'));
    view.stop();
    expect(text()).toMatch(/portfolio credits {2}░+ {2}queued/);
  });

  it('has no colour where NO_COLOR is set', () => {
    const counts = credits(100).streams.credits!;
    const row = { connection: 'portfolio', stream: 'credits', state: 'reading', counts, speed: 500 };
    expect(barLine(capture({ terminal: true, noColor: true }).screen, 'credits', row)).not.toContain('\u001b');
    expect(barLine(capture({ terminal: true, noColor: false }).screen, 'credits', row)).toContain('\u001b');
  });
});

describe('the bar of a file that is loaded', () => {
  const longest = 'gamification-prize-prize-type';
  const file = (bytes: number, length: number | null = 950_000_000) => ({
    connection: 'games',
    stream: longest,
    state: 'reading',
    counts: { ...emptyCounts, fetched: 1_234_567, bytes, seconds: 5 },
    file: { bytes, length, rows: 1_000_000 },
    speed: 250_000,
  });
  const at = (columns: number, row: Parameters<typeof barLine>[2]) =>
    barLine(capture({ terminal: true, columns }).screen, row.stream, row);

  it('tells rows, megabytes of the file, speed and the time that is left, and is as full as the file is read', () => {
    const line = at(130, file(237_500_000));
    expect(line).toContain('1,234,567 rows, 238 of 950 MB, 250,000 rows/s, ETA 12 s');
    const width = line.match(/[█░]/g)!.length;
    expect(line.match(/█/g)).toHaveLength(Math.round(width / 4));
  });

  it('leaves whole figures out where the terminal is narrow, never half a number', () => {
    expect(at(80, file(237_500_000))).toMatch(/░ {2}1,234,567 rows, ETA 12 s$/);
    expect(at(100, file(237_500_000))).toMatch(/░ {2}1,234,567 rows, 238 of 950 MB, ETA 12 s$/);
    for (const columns of [40, 60, 80, 100]) expect(at(columns, file(5_000_000)).length).toBeLessThan(columns);
  });

  it('without a length tells how much has come, and no end', () => {
    expect(at(130, file(2_500_000, null))).toMatch(/1,234,567 rows, 2.5 MB, 250,000 rows\/s$/);
    expect(at(130, file(2_500_000, null))).not.toContain('█');
  });

  it('says that its rows are being merged once all of it is read, and no end', () => {
    const { file: place, ...row } = file(949_999_998);
    expect(at(130, { ...row, file: { ...place, merging: true } })).toMatch(
      /1,234,567 rows, all read, merging, 250,000 rows\/s$/,
    );
  });

  it('is one line per export elsewhere', () => {
    const { screen, lines } = capture();
    const { counts, file: place } = file(237_500_000);
    const streams = { [longest]: { ...counts, state: 'reading' as const, file: place } };
    createLines(screen).update({ ...credits(1), connection: 'games', system: 'neoday', streams });
    expect(lines()).toEqual([`  games ${longest}: reading, 1,234,567 rows, 238 of 950 MB, 246,913 rows/s, ETA 12 s`]);
  });
});

describe('the time that is left', () => {
  it('is what the speed gives, and unknown without a total or a speed', () => {
    const counts = { ...emptyCounts, total: 300, fetched: 100 };
    expect(remainingSeconds(counts, 50)).toBe(4);
    expect(remainingSeconds({ ...counts, total: null }, 50)).toBeNull();
    expect(remainingSeconds(counts, 0)).toBeNull();
    expect(remainingSeconds(counts, null)).toBeNull();
  });
});

describe('the speed', () => {
  const counts = (fetched: number, seconds: number) => ({ ...emptyCounts, fetched, seconds });

  it('of a new stream is its average, and that of the last 10 s from then on', () => {
    let now = 0;
    const speed = createSpeed(() => now);
    expect(speed('a', counts(0, 0))).toBeNull();
    now = 1000;
    expect(speed('a', counts(450, 0.9))).toBe(500);
    now = 10_000;
    expect(speed('a', counts(1000, 9.9))).toBe(100);
    now = 20_000;
    expect(speed('a', counts(1000, 9.9))).toBe(0);
  });

  it('of a run that goes on after a night does not count the night', () => {
    let now = 0;
    const speed = createSpeed(() => now);
    expect(speed('a', counts(500, 30_000))).toBeNull();
    now = 2000;
    expect(speed('a', counts(900, 30_002))).toBe(200);
  });
});
