import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Aside } from './quarantine.ts';

describe('what is put aside', () => {
  let aside: Aside;
  beforeAll(async () => {
    aside = await Aside.open();
    await aside.readable(3);
    await aside.unreadable(2, 4);
    await aside.readable(1, 6, 'all-coupons');
    await aside.loads.sql`UPDATE sync.quarantine SET resolved_at = now(), resolution = 'replayed' WHERE row_number = 1`;
  });
  const inFolder = (name: string) => join(aside.folder, name);

  it('is exported with its records: lines of JSON, one document or CSV, of a connection and a stream', async () => {
    const [lines, all, document, csv, none] = await Promise.all([
      aside.run('export', '--connection', 'games', '--stream', 'win-info'),
      aside.run('export', '--all'),
      aside.run('export', '--stream', 'all-coupons', '--json'),
      aside.run('export', '--format', 'csv', '--stream', 'all-coupons'),
      aside.run('export', '--connection', 'nobody', '--json'),
    ]);
    const entries = lines.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(entries.map(({ rowNumber }) => rowNumber)).toEqual([2, 3, 4, 5]);
    expect(JSON.parse(entries[0].rawText)).toMatchObject({ userid: 'u2' });
    expect(lines.stderr).toContain('4 exported.');
    expect(all.stdout.trim().split('\n')).toHaveLength(6);
    expect(JSON.parse(document.stdout)).toMatchObject({ exported: 1, quarantine: [{ stream: 'all-coupons' }] });
    const [head, row, ...more] = csv.stdout.split('\r\n');
    expect(head).toMatch(/^id,connection,stream,/);
    expect(row).toContain(',"{""userid"":""u6"",');
    expect(more).toEqual(['']);
    expect(none.stdout).toBe('{"quarantine":[],"exported":0}\n');
  });

  it('goes into a file of its owner alone, which is never replaced unasked', async () => {
    writeFileSync(inFolder('mine.csv'), 'mine');
    const [written, there, forced, nowhere, contradiction] = await Promise.all([
      aside.run('export', '--output', 'aside.ndjson', '--json'),
      aside.run('export', '--output', 'mine.csv', '--format', 'csv'),
      aside.run('export', '--output', 'forced.csv', '--format', 'csv', '--force'),
      aside.run('export', '--output', 'no/where.csv'),
      aside.run('export', '--format', 'csv', '--json'),
    ]);
    expect(JSON.parse(written.stdout)).toEqual({ exported: 5, format: 'ndjson', file: 'aside.ndjson' });
    expect(readFileSync(inFolder('aside.ndjson'), 'utf8').trim().split('\n')).toHaveLength(5);
    expect(statSync(inFolder('aside.ndjson')).mode & 0o777).toBe(0o600);
    expect(there).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') });
    expect(readFileSync(inFolder('mine.csv'), 'utf8')).toBe('mine');
    expect(forced.code).toBe(0);
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('ENOENT') });
    expect(contradiction.code).toBe(2);
    expect(readdirSync(aside.folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('is shown only as one of the connection and the stream that are named', async () => {
    const [right, wrong] = await Promise.all([
      aside.run('show', '2', '--connection', 'games', '--stream', 'win-info'),
      aside.run('show', '2', '--stream', 'all-coupons'),
    ]);
    expect(JSON.parse(right.stdout)).toMatchObject({ userid: 'u2' });
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
  });

  it('is tried again, and what came of it is counted by reason', async () => {
    const few = await aside.run('replay', '--stream', 'win-info', '--json');
    expect(few.code).toBe(3);
    const reason = 'still does not fit: participation_date must be a date and time (2024-06-20 09:35:57.123)';
    expect(JSON.parse(few.stdout)).toMatchObject({
      tried: 4,
      replayed: [{ id: 2, result: 'replayed' }, { id: 3 }, { id: 4, result: 'unfit', sentence: reason }, { id: 5 }],
      outcomes: [
        { result: 'replayed', count: 2, ids: [2, 3] },
        { result: 'unfit', sentence: reason, count: 2, ids: [4, 5] },
      ],
    });
    expect(few.stderr).toContain('2 of 4 stored');
    await aside.unreadable(25, 100);
    const many = await aside.run('replay', '--stream', 'win-info');
    expect(many.stderr).toContain(`27  ${reason} (4, 5, `);
    expect(many.stderr).toContain(', …)');
  });
});
