import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { rowTableOf } from '../../src/store/neoday/tables.ts';
import { type NeodayType, neodayFields } from '../../src/vendors/neoday/fields.ts';
import { columnsOf, createRowMapper } from '../../src/vendors/neoday/rows.ts';
import { Loads } from './loads.ts';

const types = Object.keys(neodayFields) as NeodayType[];

/** Local times, every other one within two hours of a change of summer time in one of the zones. */
const time = fc.oneof(
  fc.date({ min: new Date('1971-01-01'), max: new Date('2037-01-01'), noInvalidDate: true }),
  fc
    .tuple(
      fc.constantFrom(
        '2024-03-31T02:00Z',
        '2024-10-27T02:00Z',
        '2024-04-07T02:00Z',
        '2024-10-06T02:00Z',
        '2011-12-30T12:00Z',
      ),
      fc.integer({ min: -7_200, max: 7_200 }),
    )
    .map(([change, seconds]) => new Date(Date.parse(change) + seconds * 1000)),
);
const iso = time.map((date) => date.toISOString());
const text = fc.string({ unit: 'grapheme', maxLength: 8 }).map((value) => value.replaceAll('\0', ''));

const values = {
  text,
  flag: fc.constantFrom('0', '1', true),
  number: fc.constantFrom('10000', '-7', '1.50', '1.5', '007', '12345678901234567890.120'),
  instant: iso.map((at) => `${at.slice(0, 19)}+00:00`),
  local: iso.map((at) => at.slice(0, 19).replace('T', ' ')),
  localMillis: iso.map((at) => at.slice(0, 23).replace('T', ' ')),
};

/** Rows as documented, some with a field more or less. */
function rowOf(type: NeodayType): fc.Arbitrary<Record<string, unknown>> {
  const fields = neodayFields[type].map(({ name, key, type: kind }) => [
    name,
    key ? values[kind] : fc.option<unknown>(values[kind], { nil: null }),
  ]);
  const odd = fc.constantFrom<object>({}, {}, {}, { extra: 1.5 }, { extra: [' ', { a: null }] });
  return fc.tuple(fc.record(Object.fromEntries(fields)), odd).map(([row, more]) => ({ ...row, ...more }));
}

describe('a stored record', () => {
  let loads: Loads;
  beforeAll(async () => {
    loads = await Loads.open();
  });

  it.each(types)('of %s can be told from its values before it is stored', (type) => {
    let exact = 0;
    for (const timeZone of ['UTC', 'Europe/Amsterdam', 'Australia/Lord_Howe']) {
      const map = createRowMapper(type, { timeZone });
      const check = (row: Record<string, unknown>) => {
        const mapped = map(Buffer.from(JSON.stringify(row)));
        if ('reason' in mapped || mapped.raw !== null) return;
        expect(JSON.parse(rowTableOf(type).text(mapped.values))).toEqual(row);
        exact++;
      };
      fc.assert(fc.property(rowOf(type), check), { numRuns: 60 });
    }
    expect(exact).toBeGreaterThan(10);
  });

  it.each(types)('of %s is equal to the vendor’s, in every zone', async (type) => {
    expect(rowTableOf(type).columns).toEqual(columnsOf(type));
    for (const timeZone of ['UTC', 'Europe/Amsterdam', 'Australia/Lord_Howe', 'Pacific/Apia']) {
      const rows = fc.sample(rowOf(type), { numRuns: 60, seed: 5 }).map((row) => JSON.stringify(row));
      const load = { connection: timeZone, export: type.replaceAll('_', '-'), timeZone, commit: 25 };
      await loads.load({ id: `${type}-${timeZone}`, created: 1, rows }, load);
      const table = rowTableOf(type);
      const stored = await loads.sql.unsafe<{ record: object; plain: boolean }[]>(
        `SELECT ${table.record('stored')} AS record, raw IS NULL AS plain FROM ${table.name} AS stored WHERE connection = $1`,
        [timeZone],
      );
      const texts = (some: readonly unknown[]) =>
        some.map((one) => JSON.stringify(Object.entries(one as object).toSorted()));
      expect(texts(stored.map(({ record }) => record)).toSorted()).toEqual(
        texts(rows.map((row) => JSON.parse(row))).toSorted(),
      );
      expect(stored.filter(({ plain }) => plain).length).toBeGreaterThan(10);
      const viewed = await loads.sql`
        SELECT raw FROM ${loads.sql(`neoday.current_${type}`)} WHERE connection = ${timeZone}`;
      const known = new Set(texts(rows.map((row) => JSON.parse(row))));
      expect(viewed.length).toBeGreaterThan(0);
      expect(texts(viewed.map(({ raw }) => raw)).filter((one) => !known.has(one))).toEqual([]);
    }
  });
});
