import { describe, expect, it } from 'vitest';
import { fields } from '../../src/vendors/fields.ts';
import { splitPage } from '../../src/vendors/json/split.ts';
import { readRecords } from '../../src/vendors/records.ts';

const wanted = fields({ title: 'text', amount: 'exact', list: 'json' });

function recordsOf(data: string | Buffer, version = 1) {
  const body = Buffer.concat([Buffer.from('{"data":['), Buffer.from(data), Buffer.from(']}')]);
  return readRecords(body, splitPage(body, 'data').records ?? [], wanted, version);
}

const only = (data: string | Buffer) => recordsOf(data).records[0]?.map();

describe('a record', () => {
  it('becomes its id, its values and its text, to the byte', () => {
    const text = '{ "id":9007199254740993,"title":"ü","amount":12345678901234567.89,"other":1 }';
    expect(only(text)).toMatchObject({
      id: '9007199254740993',
      values: ['ü', '12345678901234567.89', null],
      raw: text,
    });
  });

  it('without a usable id is put aside nameless, with the reason', () => {
    const { records, anonymous } = recordsOf(
      '{"title":"a"},{"id":null},{"id":"7"},{"id":1.5},{"id":9223372036854775808},{"id":007},{"id":{}},[1],"x",5,null',
    );
    expect(records).toEqual([]);
    expect(anonymous.map(({ path, reason, recordId }) => [path, reason, recordId])).toEqual([
      ['id', 'is missing', null],
      ...Array.from({ length: 6 }, () => ['id', 'must be a whole number that fits 64 bits', null]),
      ...Array.from({ length: 4 }, () => ['', 'is not an object', null]),
    ]);
    expect(anonymous[0]?.rawText).toBe('{"title":"a"}');
  });

  it.each([
    ['{"id":1,"amount":"five"}', 'amount', 'must be a number'],
    ['{"id":1,"other":"\\u0000"}', 'other', 'U+0000'],
    ['{"id":1,"other":1e200000}', 'other', 'larger than PostgreSQL can hold'],
    ['{"id":1,"other":nothing}', '', 'is not valid JSON'],
    ['{"id":1,"other":01}', '', 'is not valid JSON'],
    ['{"id":1,"other":[}}', '', 'is not valid JSON'],
    [`{"id":1,"n":12345678901234567,"other":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, '', 'is nested too deep'],
    [`{"id":1,"list":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, '', 'is nested too deep'],
    [`{"id":1,"t":"\\u0000","other":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 't', 'U+0000'],
  ])('%.40s is put aside with where and why', (text, path, reason) => {
    expect(only(text)).toMatchObject({
      recordId: '1',
      path,
      reason: expect.stringContaining(reason),
      rawText: text,
      rawBase64: null,
    });
  });

  it('that is no UTF-8, or has a zero byte, is kept as base64', () => {
    for (const byte of [0xff, 0x00]) {
      const bytes = Buffer.concat([Buffer.from('{"id":1,"title":"'), Buffer.from([byte]), Buffer.from('"}')]);
      expect(only(bytes)).toMatchObject({ recordId: '1', rawText: null, rawBase64: bytes.toString('base64') });
    }
  });

  it('has the same hash for the same bytes, and another for any other byte or mapping', () => {
    const hashOf = (data: string, version?: number) => recordsOf(data, version).records[0]?.hash;
    expect(hashOf('{"id":1}')).toBe(hashOf('{"id":1}'));
    expect(hashOf('{"id":1}')).toMatch(/^[0-9a-f]{32}$/);
    expect(hashOf('{"id":1 }')).not.toBe(hashOf('{"id":1}'));
    expect(hashOf('{"id":1}', 2)).not.toBe(hashOf('{"id":1}', 1));
  });
});
