import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VendorContractError } from '../../src/errors.ts';
import { type Row, RowSplitter, type RowsOptions } from '../../src/vendors/json/rows.ts';
import { trickyText, trickyValue } from './tricky.ts';

const place = 'NeoDay (win-info)';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** The file in pieces that end at the given bytes. */
function pieces(file: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...new Set([...cuts.map((cut) => cut % (file.length + 1)), file.length])].sort((a, b) => a - b);
  return ends.map((end, index) => file.subarray(ends[index - 1] ?? 0, end));
}

function read(chunks: readonly Buffer[], options: Partial<RowsOptions> = {}): { rows: Row[]; count: number } {
  const splitter = new RowSplitter({ place, key: 'win_info', ...options });
  const rows = chunks.flatMap((chunk) => splitter.push(chunk));
  return { rows, count: splitter.end() };
}

const valuesOf = (rows: readonly Row[]): unknown[] => rows.map(({ bytes }) => JSON.parse(bytes.toString()));

function refusal(text: string | Buffer, options: Partial<RowsOptions> = {}): string {
  try {
    read([Buffer.from(text)], options);
  } catch (error) {
    if (error instanceof VendorContractError) return error.message;
    throw error;
  }
  throw new Error('was taken for a whole file');
}

const tricky = trickyText('win_info');
const anyValue = trickyValue(tricky);

/** A file with other root keys before and after the list, in any of the ways to write it. */
const written = fc
  .record({
    rows: fc.array(anyValue, { maxLength: 8 }),
    before: fc.dictionary(tricky, anyValue, { maxKeys: 3, noNullPrototype: true }),
    after: fc.dictionary(tricky, anyValue, { maxKeys: 3, noNullPrototype: true }),
    space: fc.constantFrom(undefined, 1, '\t', '\r\n'),
    mark: fc.constantFrom('', ' ', '\n'),
  })
  .map(({ rows, before, after, space, mark }) => {
    const { win_info: _one, ...first } = before;
    const { win_info: _other, ...last } = after;
    return `${mark}${JSON.stringify({ ...first, win_info: rows, ...last }, null, space)}${mark}`;
  });

const cuts = fc.array(fc.nat(), { maxLength: 12 });

describe('splitting a file', () => {
  it('gives the rows that JSON.parse gives, however the file is written and cut into chunks', () => {
    fc.assert(
      fc.property(written, cuts, (text, where) => {
        const { rows, count } = read(pieces(Buffer.from(text), where));
        const { win_info: expected } = JSON.parse(text);
        expect(valuesOf(rows)).toEqual(expected);
        expect(count).toBe(expected.length);
      }),
      { numRuns: 500 },
    );
  });

  it('gives each row its number, and the byte where it ends', () => {
    fc.assert(
      fc.property(written, cuts, (text, where) => {
        const file = Buffer.from(text);
        const { rows } = read(pieces(file, where));
        rows.forEach(({ bytes, end, row }, index) => {
          expect(row).toBe(index + 1);
          expect(file.subarray(end - bytes.length, end)).toEqual(bytes);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('goes on after any row, from the byte where that ended, as if it had read all', () => {
    fc.assert(
      fc.property(written, cuts, fc.nat(), (text, where, which) => {
        const file = Buffer.from(text);
        const { rows, count } = read([file]);
        const from = rows[which % Math.max(rows.length, 1)] ?? { row: 0, end: 0 };
        const later = read(pieces(file.subarray(from.end), where), { from });
        expect(later.rows).toEqual(rows.slice(from.row));
        expect(later.count).toBe(count);
      }),
      { numRuns: 300 },
    );
  });

  it('takes no file that is cut at any byte for a whole one, and says where it ends', () => {
    const text = '{"meta":{"a":[1]},"win_info":[{"name":"a \\"quoted\\" \\\\ é 𝒳"},[1,[2]],"text",7,null],"more":"x"}';
    const file = Buffer.from(text);
    for (let length = 1; length < file.length; length++) {
      expect(refusal(file.subarray(0, length)), `cut after ${length} bytes`).toContain(`, byte ${length}`);
    }
    expect(read([file]).count).toBe(5);
  });

  it('comes out the same at every chunk boundary', () => {
    const file = Buffer.from(
      '{"a":"\\u005b","win_info":[ {"k":"\\\\","l":[{"é":"𝒳\\""}]} , -1.5e3 ,"]}" ] , "b":[{}] }',
    );
    const whole = read([file]);
    for (let at = 0; at <= file.length; at++) {
      expect(read([file.subarray(0, at), file.subarray(at)]), `cut at ${at}`).toEqual(whole);
    }
    expect(read([...file].map((byte) => Buffer.from([byte])))).toEqual(whole);
  });

  it('knows the wanted key with hyphens, or written with escapes, and takes the first list where none is wanted', () => {
    expect(read([Buffer.from('{"win-info":[1]}')]).count).toBe(1);
    expect(read([Buffer.from('{"w\\u0069n_info":[1]}')]).count).toBe(1);
    expect(read([Buffer.from('{"version":2,"things":[1,2],"others":[3]}')], { key: null }).count).toBe(2);
  });

  it('passes a byte order mark over', () => {
    expect(read([Buffer.from('\ufeff{"win_info":[1]}')]).count).toBe(1);
  });

  it('hands out what stands in the place of a row, though it is no JSON', () => {
    const { rows } = read([Buffer.from('{"win_info":[nonsense,{"a":},{"b":[1}}]}')]);
    expect(rows.map(({ bytes }) => bytes.toString())).toEqual(['nonsense', '{"a":}', '{"b":[1}}']);
  });

  it('hands out the rows before a mistake first, wherever chunks end, and tells the mistake then', () => {
    const file = Buffer.from('{"win_info":[{"a":1},{"b":2},,{"c":3}]}');
    for (let at = 0; at <= file.length; at++) {
      const splitter = new RowSplitter({ place, key: 'win_info' });
      const rows: string[] = [];
      const reading = () => {
        for (const chunk of [file.subarray(0, at), file.subarray(at)]) {
          rows.push(...splitter.push(chunk).map(({ bytes }) => bytes.toString()));
        }
        splitter.end();
      };
      expect(reading).toThrow('is not JSON at byte 29: after row 2, byte 28');
      expect(rows, `cut at ${at}`).toEqual(['{"a":1}', '{"b":2}']);
    }
  });

  it('takes a row without its own end, which swallows those behind it, for none', () => {
    const told = 'holds a row 2 that is not JSON: after row 1, byte 20';
    expect(refusal('{"win_info":[{"a":1},{"b":2,{"c":3}]}')).toContain(told);
    expect(refusal('{"win_info":[{"a":1},[2,{"c":3}}]}')).toContain(told);
  });

  it('keeps no more than the row under way', async () => {
    const splitter = new RowSplitter({ place, key: 'win_info' });
    const kept = () => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers;
    };
    const before = kept();
    const mebibyte = () => Buffer.alloc(1024 * 1024, 'x');
    splitter.push(Buffer.from('{"skipped":"'));
    for (let count = 0; count < 50; count++) splitter.push(mebibyte());
    splitter.push(Buffer.from('","win_info":['));
    const rows = Buffer.from(`{"userid":"${'u'.repeat(1000)}"},`.repeat(1000));
    for (let count = 0; count < 50; count++) expect(splitter.push(Buffer.from(rows))).toHaveLength(1000);
    // What is collected is given back by another thread, a little later.
    await expect.poll(() => kept() - before, { timeout: 10_000 }).toBeLessThan(5 * 1024 * 1024);
    splitter.push(Buffer.from('{"userid":"'));
    for (let count = 0; count < 20; count++) splitter.push(mebibyte());
    expect(kept() - before).toBeGreaterThan(15 * 1024 * 1024);
  });
});

describe('a file that is not as documented', () => {
  it.each([
    ['', 'sent an empty file'],
    [' ', 'ends in the middle: after row 0, byte 1'],
    ['{}', 'no list of rows under `win_info`; it has no keys'],
    ['{"all_coupons":[1],"x":2}', 'no list of rows under `win_info`; it has `all_coupons`, `x`'],
    ['{"win_info":null}', 'no list of rows under `win_info`; it has `win_info`'],
    ['{"win_info":{"0":{}}}', 'no list of rows under `win_info`'],
    ['{"win_info":[1],"win_info":[2]}', 'holds the list of rows twice: after row 1, byte 14'],
    ['[{"userid":"u"}]', 'a bare list instead of a JSON object'],
    ['<?xml version="1.0"?><Error/>', 'an HTML or XML page instead of a JSON object'],
    ['nothing', 'something else instead of a JSON object'],
    ['{"win_info":[1,2 3]}', 'is not JSON at byte 17: after row 2, byte 16'],
    ['{"win_info":[{"a":1}{"b":2}]}', 'is not JSON at byte 20: after row 1, byte 20'],
    ['{"win_info":[1,]}', 'is not JSON at byte 15: after row 1, byte 14'],
    ['{"win_info":[,1]}', 'is not JSON at byte 13: after row 0'],
    ['{"win_info":[1]]', 'is not JSON at byte 15: after row 1'],
    ['{"win_info":[1]} x', 'is not JSON at byte 17: after row 1'],
    ['{"win_info":[1],}', 'is not JSON at byte 16: after row 1'],
    ['{"win_info" [1]}', 'is not JSON at byte 12: after row 0'],
    ['{win_info:[1]}', 'is not JSON at byte 1: after row 0'],
    ['{"win_info":[{"a":"b', 'ends in the middle: after row 0, byte 20'],
  ])('%s is refused with its place', (text, sentence) => {
    expect(refusal(text)).toContain(sentence);
    expect(refusal(text)).toMatch(/^NeoDay \(win-info\) sent /);
  });

  it('is told with the names that it has instead, cut short and without control characters', () => {
    const told = refusal(JSON.stringify({ ['k'.repeat(500)]: 1, 'two\nlines`': 2 }));
    expect(told).toContain(`\`${'k'.repeat(60)}…\`, \`two?lines?\``);
    expect(told).not.toContain('k'.repeat(61));
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`key${index}`, 1]));
    expect(refusal(JSON.stringify(many)).length).toBeLessThan(300);
  });

  it('with a row above the cap is refused with the number of that row', () => {
    const text = `{"win_info":[{"a":1},{"b":"${'x'.repeat(3 * 1024 * 1024)}"}]}`;
    expect(refusal(text, { maxRowBytes: 2 * 1024 * 1024 })).toContain('holds a row 2 of more than 2 MiB: after row 1');
    expect(read([Buffer.from(text)]).count).toBe(2);
  });

  it('with a root key without end is refused, whatever comes', () => {
    expect(refusal(`{"${'k'.repeat(100_000)}`)).toContain('holds a root key without end');
  });
});
