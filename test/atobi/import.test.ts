import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CsvRecords, delimiterOf } from '../../src/commands/kpi-csv.ts';
import { linesOf } from '../../src/commands/kpi-lines.ts';
import { type ImportFormat, rowsOf } from '../../src/commands/kpi-rows.ts';
import { importValues, type RejectedRow } from '../../src/store/atobi/import.ts';
import { emptyFolder, runCli } from '../commands/cli.ts';
import { atobiFile, Sources } from './sources.ts';

/** The text's bytes in pieces of so many. */
async function* pieces(text: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function recordsOf(text: string, delimiter = ',', size = 5) {
  const records = new CsvRecords(delimiter);
  const all = [];
  for await (const lines of linesOf(pieces(text, size), 'file')) all.push(...records.add(lines));
  return [...all, ...records.end()];
}

describe('CSV', () => {
  it('comes apart into the fields that it was made of, wherever the file is cut', async () => {
    const field = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 5 }),
      fc
        .array(fc.constantFrom('"', ',', ';', '\n', '\r\n', ' ', 'a', 'ü', '\\'), { maxLength: 5 })
        .map((all) => all.join('')),
    );
    const records = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        records,
        fc.constantFrom(',', ';', '\t'),
        fc.boolean(),
        fc.integer({ min: 1, max: 9 }),
        async (all, delimiter, returns, size) => {
          // A line break within quotation marks is read as \n, whichever it was; a byte order mark is for the file's begin.
          const plain = all.map((fields) => fields.map((one) => one.replaceAll(/[\r\ufeff]/g, '')));
          const quoted = (one: string) =>
            /["\n]/.test(one) || one.includes(delimiter) || one.trim() === '' ? `"${one.replaceAll('"', '""')}"` : one;
          const text = plain.map((fields) => fields.map(quoted).join(delimiter)).join(returns ? '\r\n' : '\n');
          const read = await recordsOf(text, delimiter, size);
          expect(read.map(({ fields }) => fields)).toEqual(plain);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('tells each record’s first line, and passes over empty ones', async () => {
    const records = await recordsOf('a,b\r\n\r\n"x\ny",2\n3,4');
    expect(records.map(({ line, fields }) => [line, fields])).toEqual([
      [1, ['a', 'b']],
      [3, ['x\ny', '2']],
      [5, ['3', '4']],
    ]);
  });

  it('loses no record but the one that is wrong, with or without an end to its quotation mark', async () => {
    const broken = await recordsOf('1,"un"q\n2,a"b\n3,"open\n4,x\n5,"y"\n6,z');
    expect(broken.map(({ line, fields }) => [line, 'reason' in fields ? 'bad' : fields.join('|')])).toEqual([
      [1, 'bad'],
      [2, 'bad'],
      [3, 'bad'],
      [4, '4|x'],
      [5, '5|y'],
      [6, '6|z'],
    ]);
    const long = await recordsOf(
      `1,"open\n${Array.from({ length: 300 }, (_, index) => `${index},x`).join('\n')}`,
      ',',
      1000,
    );
    expect(long).toHaveLength(301);
    expect(long.filter(({ fields }) => 'reason' in fields)).toHaveLength(1);
  });

  it('may be divided by commas, semicolons or tabulators', () => {
    expect(['a,b;c', 'a;b', 'a\tb', 'a'].map(delimiterOf)).toEqual([',', ';', '\t', ',']);
  });
});

let sources: Sources;
beforeAll(async () => {
  sources = await Sources.open();
});
beforeEach(() => sources.fresh());

async function imported(text: string | Uint8Array, format: ImportFormat = 'csv') {
  const rejected: RejectedRow[] = [];
  const rows = rowsOf(pieces(text, 64), format, 'sales.csv');
  const counts = await importValues(
    sources.sql,
    sources.connection.name,
    rows,
    async (some) => void rejected.push(...some),
  );
  return { counts, rejected, bad: rejected.map(({ line, reason }) => `${line}: ${reason}`) };
}

async function stored() {
  const rows = await sources.sql`
    SELECT kpi, context, user_id, location_id, value::text, units, "timestamp"::text FROM atobi.kpi_values
    WHERE connection = ${sources.connection.name} ORDER BY kpi, user_id, location_id`;
  return rows.map((row) =>
    Object.values(row)
      .map((one) => one ?? '-')
      .join(' '),
  );
}

const header = 'kpi,user_id,value,timestamp';

describe('an import', () => {
  it('stores what fits with every digit and leaves out the rest, each with its line and reason', async () => {
    const file = `\ufeffkpi;user_id;location_id;value;timestamp;date_from;date_to;units
sales;1;;12345678901234567890.10;2026-03-01;;;Eur
sales;;88;-0.50;2026-03-01T10:00:00+01:00;;;

sales;;;1;2026-03-01;;;
sales;2;;1,5;2026-03-01;;;
sales;3;;1e21;2026-03-01;;;
sales;4;;1;11/12/2026;;;
sales;5;;1;2026-02-30;;;
sales;6;;1;2026-03-01;2026-03-31;2026-03-01;
;7;;1;2026-03-01;;;
sales;8;;1
sales;9;;NaN;2026-03-01;;;
sales;"un"q;;1;2026-03-01;;;
sales;10;;7;2026-03-01;;;"5"" pipe; long"
`;
    const { counts, bad, rejected } = await imported(file);
    expect(counts).toEqual({ rows: 13, created: 3, updated: 0, unchanged: 0, repeated: 0, rejected: 10 });
    expect(bad).toEqual([
      '5: It names neither a user_id nor a location_id: give it one of them, or both',
      '6: value has a comma, which could divide decimals or thousands: write 1.5 with a point, and 1000 without anything',
      '7: value has an exponent: write all of its digits',
      '8: timestamp could mean another day elsewhere, since the day and the month may be either way round: write YYYY-MM-DD, or YYYY-MM-DD HH:MM:SS with its zone or in UTC',
      '9: timestamp names a day that the calendar does not have',
      '10: date_to lies before date_from: swap them',
      '11: kpi must have 1 to 200 characters, without blanks around them',
      '12: It has 4 fields, and the header has 8',
      '13: value is no number that can be sent: give a number such as 17, -3 or 150.00',
      '14: It has something between a closing quotation mark and the next field',
    ]);
    expect(rejected[1]?.text).toBe('sales;2;;1,5;2026-03-01;;;');
    expect(await stored()).toEqual([
      'sales - 1 - 12345678901234567890.10 Eur 2026-03-01 00:00:00+00',
      'sales - 10 - 7 5" pipe; long 2026-03-01 00:00:00+00',
      'sales - - 88 -0.50 - 2026-03-01 09:00:00+00',
    ]);
  });

  it('reads NDJSON with the digits of its numbers', async () => {
    const file = [
      '{"kpi":"sales","user_id":9007199254740993,"value":12345678901234567890.10,"timestamp":"2026-03-01","units":null}',
      '{"kpi":"sales","user_id":"2","value":"1.50","timestamp":"2026-03-01","context":"own"}',
      '{"kpi":"sales","user_id":"3","value":1e21,"timestamp":"2026-03-01"}',
      '{"kpi":"sales","user_id":true,"value":1,"timestamp":"2026-03-01"}',
      '{"kpi":"sales","userid":"3","value":1,"timestamp":"2026-03-01"}',
      '{"kpi":"sales","user_id":"\\ud800","value":1,"timestamp":"2026-03-01"}',
      '[1]',
      '{"kpi":',
      '{}',
    ].join('\r\n');
    const { counts, bad } = await imported(file, 'ndjson');
    expect(counts).toMatchObject({ rows: 9, created: 2, rejected: 7 });
    expect(bad).toEqual([
      '3: value has an exponent: write all of its digits',
      '4: user_id is neither a text nor a number',
      '5: It has userid (did you mean `user_id`?), which means nothing here',
      '6: user_id must have 1 to 200 characters, without blanks around them',
      '7: It is no JSON object: write one object a line',
      '8: It is not JSON: write one object a line',
      '9: kpi must have 1 to 200 characters, without blanks around them',
    ]);
    expect(await stored()).toEqual([
      'sales own 2 - 1.50 - 2026-03-01 00:00:00+00',
      'sales - 9007199254740993 - 12345678901234567890.10 - 2026-03-01 00:00:00+00',
    ]);
  });

  it('takes none of several rows that contradict each other, and names the lines', async () => {
    const times = ['2026-03-01', '2026-03-01 00:00:00', '2026-03-01T01:00:00+01:00'];
    const rows = [
      ...['1', '1', '2'].map((value, index) => `sales,a,${value},${times[index]}`),
      'sales,b,5,2026-03-01',
      'sales,b,5.0,2026-03-01',
      'sales,c,5,2026-03-01',
      'sales,c,five,2026-03-01',
      'sales,d,5,2026-03-02',
      'sales,d,6,2026-03-03',
    ];
    const { counts, bad } = await imported([header, ...rows].join('\n'));
    const otherwise = 'with another value or units: leave one';
    expect(bad).toEqual([
      `2: It has the same KPI, subject and period as line 3, 4, ${otherwise}`,
      `3: It has the same KPI, subject and period as line 2, 4, ${otherwise}`,
      `4: It has the same KPI, subject and period as line 2, 3, ${otherwise}`,
      `7: It has the same KPI, subject and period as line 8, ${otherwise}`,
      '8: value is no number: give a number such as 17, -3 or 150.00',
    ]);
    expect(counts).toEqual({ rows: 9, created: 3, updated: 0, unchanged: 0, repeated: 1, rejected: 5 });
    expect((await stored()).map((row) => row.slice(0, 13))).toEqual(
      ['sales - b - 5', 'sales - d - 5', 'sales - d - 6'].map((row) => expect.stringContaining(row)),
    );
  });

  it('replaces values of the same KPI, subject and period, and leaves equal ones alone', async () => {
    await imported([header, 'sales,a,1,2026-03-01', 'sales,b,2,2026-03-01'].join('\n'));
    const again = await imported(
      [header, 'sales,a,1.0,2026-03-01', 'sales,b,3,2026-03-01', 'sales,c,4,2026-03-01'].join('\n'),
    );
    expect(again.counts).toEqual({ rows: 3, created: 1, updated: 1, unchanged: 1, repeated: 0, rejected: 0 });
    expect(await stored()).toHaveLength(3);
    // Other SQL may have spelled the same element otherwise.
    await sources.put({ user: 'x', location: '', value: '1', timestamp: '2026-03-01 00:00:00.5+00' });
    await imported([header, 'sales,x,9,2026-03-01'].join('\n'));
    expect((await stored()).filter((row) => row.startsWith('sales - x'))).toEqual([
      'sales - x - 9 - 2026-03-01 00:00:00+00',
    ]);
    expect(await sources.gather()).toMatchObject({ toSend: 4, streams: [{ aside: 0 }] });
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['nothing', '', /^sales.csv is empty: it needs a header with kpi, value, timestamp/],
    ['blank lines only', '\n \r\n', /is empty/],
    ['a header only', `${header}\n`, /^sales.csv has no rows/],
    [
      'a column that is missing',
      'kpi,value\nsales,1',
      /lacks timestamp, user_id or location_id\. Columns are kpi, value, /,
    ],
    [
      'a column that is unknown',
      'kpi,user_id,value,timestamp,unit\nsales,1,1,2026-03-01,x',
      /has unit \(did you mean `units`\?\), which means nothing here/,
    ],
    ['a column twice', 'kpi,user_id,value,timestamp,value\nsales,1,1,2026-03-01,2', /has value twice/],
    [
      'another encoding',
      Buffer.from(`${header}\nsales,M\u00fcller,1,2026-03-01`, 'latin1'),
      /is not UTF-8 in line 2: save it as UTF-8/,
    ],
    ['UTF-16', Buffer.from(`\ufeff${header}\n`, 'utf16le'), /is not UTF-8/],
    [
      'one endless line',
      `${header}\n${'x'.repeat(1_100_000)}`,
      /Line 2 of sales.csv is longer than 1000000 characters/,
    ],
  ])('of %s imports nothing and says why', async (_, text, sentence) => {
    await expect(imported(text)).rejects.toThrow(sentence);
    expect(await stored()).toEqual([]);
  });
});

describe('incentive-sync kpi import', { timeout: 60_000 }, () => {
  it('reads a gzipped file, writes what does not fit beside it, and ends with 3', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'incentive-sync.yaml'), atobiFile(sources.connection.name));
    writeFileSync(join(folder, 'sales.csv.gz'), gzipSync(`${header}\nsales,1,17,2026-03-01\nsales,2,x,2026-03-01\n`));
    const options = { cwd: folder, env: { DATABASE_URL: sources.url, SECRET: 's' } };
    const run = await runCli(['kpi', 'import', 'sales.csv.gz', '--json'], options);
    expect(run).toMatchObject({ code: 3 });
    expect(JSON.parse(run.stdout)).toEqual({
      kpiImport: {
        ...{ file: 'sales.csv.gz', connection: sources.connection.name, rows: 2, created: 1, updated: 0, unchanged: 0 },
        ...{ repeated: 0, rejected: 1, rejects: 'sales.csv.gz.rejects.ndjson' },
      },
    });
    expect(run.stderr).toContain(`Send them: incentive-sync kpi push ${sources.connection.name}`);
    const [line = ''] = readFileSync(join(folder, 'sales.csv.gz.rejects.ndjson'), 'utf8').trim().split('\n');
    expect(JSON.parse(line)).toEqual({
      line: 3,
      reason: 'value is no number: give a number such as 17, -3 or 150.00',
      text: 'sales,2,x,2026-03-01',
    });
    expect(readdirSync(folder).toSorted()).toEqual([
      'incentive-sync.yaml',
      'sales.csv.gz',
      'sales.csv.gz.rejects.ndjson',
    ]);
  });
});
