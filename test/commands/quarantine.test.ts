import { describe, expect, it } from 'vitest';
import { formats } from '../../src/commands/quarantine-formats.ts';
import { Tally } from '../../src/commands/quarantine-tally.ts';
import { keptEntries } from '../../src/store/quarantine-entries.ts';
import { Aside } from './quarantine.ts';

describe('what is put aside', () => {
  it('is gone through five hundred at a time, or four megabytes, each entry once, only those that are meant', async () => {
    const aside = await Aside.open();
    await aside.readable(1250);
    await aside.readable(5, 1, 'all-coupons');
    await aside.readable(3, 1, 'challenges');
    await aside.loads.sql`
      UPDATE sync.quarantine SET raw_text = repeat('x', 3 * 1024 * 1024 * row_number::int) WHERE stream = 'challenges'`;
    const sizes: number[] = [];
    const seen = new Set<string>();
    for await (const entries of keptEntries(aside.loads.sql, { connection: 'games', stream: 'win-info' })) {
      sizes.push(entries.length);
      for (const { rawText } of entries) seen.add(JSON.parse(rawText!).userid);
    }
    expect(sizes).toEqual([500, 500, 250]);
    expect(seen.size).toBe(1250);
    const large: number[] = [];
    for await (const entries of keptEntries(aside.loads.sql, { stream: 'challenges' })) large.push(entries.length);
    expect(large).toEqual([2, 1]);
    const through: number[] = [];
    for await (const entries of keptEntries(aside.loads.sql, { through: 3 }))
      through.push(...entries.map(({ id }) => id));
    expect(through).toEqual([1, 2, 3]);

    for await (const entries of keptEntries(aside.loads.sql, { stream: 'all-coupons' })) {
      const { head, entry, between, tail } = formats.json;
      const document = JSON.parse(head + entries.map(entry).join(between) + tail(entries.length));
      expect(document).toMatchObject({
        exported: 5,
        quarantine: [{ stream: 'all-coupons', rowNumber: 1 }, {}, {}, {}, {}],
      });
      expect(formats.csv.entry({ ...entries[0]!, reason: 'says "no", twice' })).toContain(',"says ""no"", twice",');
    }
  });

  it('is counted by what came of it, however much there is', () => {
    const tally = new Tally();
    for (let id = 1; id <= 5000; id++) tally.add({ id, result: 'unfit', sentence: `does not fit: ${id % 2500}` });
    for (let id = 5001; id <= 9000; id++) tally.add({ id, result: 'replayed', sentence: 'stored as a row' });
    expect(tally).toMatchObject({ tried: 9000 });
    expect(tally.count('replayed')).toBe(4000);
    expect(tally.count('unfit')).toBe(5000);
    expect(tally.outcomes[0]).toMatchObject({
      count: 4000,
      ids: [5001, 5002, 5003, 5004, 5005, 5006, 5007, 5008, 5009, 5010],
    });
    expect(tally.outcomes.length).toBeLessThanOrEqual(1002);
    expect(tally.first).toHaveLength(1000);
  });
});
