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
