import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fields } from '../../src/vendors/fields.ts';
import { splitPage } from '../../src/vendors/json/split.ts';
import { createCleaner } from '../../src/vendors/privacy/cleaner.ts';
import { parsePath } from '../../src/vendors/privacy/path.ts';
import { readRecords } from '../../src/vendors/records.ts';

const key = 'a key of the tests, not a secret';
const mac = (text: string) => createHmac('sha256', key).update(text).digest('hex');

function cleanerOf(rules: { exclude?: string[]; hash?: string[]; key?: string }, stream = 'projects') {
  const paths = (list: string[] = []) => list.map((text) => parsePath(text)!);
  return createCleaner(
    { exclude: paths(rules.exclude), hash: paths(rules.hash), hashKey: { resolve: () => rules.key ?? key } },
    stream,
  );
}

function cleaned(text: string, rules: Parameters<typeof cleanerOf>[0]): string {
  const outcome = cleanerOf(rules)!.clean(Buffer.from(text));
  return 'bytes' in outcome ? outcome.bytes.toString() : `${outcome.path}: ${outcome.reason}`;
}

const wanted = fields({ created_by: { id: 'integer', email: 'text' }, amount: 'exact' });
const recordsOf = (data: string, rules: Parameters<typeof cleanerOf>[0]) => {
  const body = Buffer.from(`{"data":[${data}]}`);
  return readRecords(body, splitPage(body, 'data').records ?? [], wanted, 1, cleanerOf(rules));
};

describe('a record under rules for personal data', () => {
  it('loses what is excluded and keeps every other digit', () => {
    const text =
      '{"id":9007199254740993,"a":{"b":"ada@example.test","c":1.50},"n":1e3,"z":-0,"m":12345678901234567.89}';
    expect(cleaned(text, { exclude: ['a.b'] })).toBe(
      '{"id":9007199254740993,"a":{"c":1.50},"n":1e3,"z":-0,"m":12345678901234567.89}',
    );
  });

  it('carries a keyed fingerprint in place of what is hashed, the same wherever the value stands', () => {
    expect(JSON.parse(cleaned('{"id":1,"a":"x","b":{"c":7.10},"d":null}', { hash: ['a', 'b.c', 'd'] }))).toEqual({
      id: 1,
      a: mac('x'),
      b: { c: mac('7.10') },
      d: null,
    });
    expect(cleaned('{"a":"x"}', { hash: ['a'], key: 'another key of the tests' })).not.toContain(mac('x'));
  });

  it('is gone through at every list, said or not, however deep', () => {
    const text = '{"l":[{"v":"a","w":1},[{"v":"b"}],null],"s":["c","d"]}';
    const rest = '{"l":[{"w":1},[{}],null],"s":["c","d"]}';
    expect(cleaned(text, { exclude: ['l[].v'] })).toBe(rest);
    expect(cleaned(text, { exclude: ['l.v'] })).toBe(rest);
    expect(JSON.parse(cleaned(text, { hash: ['s[]'] })).s).toEqual([mac('c'), mac('d')]);
  });

  it('tells nothing by a key that stands twice, is escaped, or is a name of JavaScript', () => {
    expect(cleaned('{"id":1,"e":"secret","e":"secret too"}', { exclude: ['e'] })).toBe('{"id":1}');
    expect(cleaned('{"id":1,"\\u0065":"secret"}', { exclude: ['e'] })).toBe('{"id":1}');
    expect(cleaned('{"id":1,"constructor":"x"}', { exclude: ['constructor'] })).toBe('{"id":1}');
    expect(cleaned('{"id":1}', { exclude: ['toString.x'] })).toBe('{"id":1}');
    expect(parsePath('__proto__.x')).toBeNull();
  });

  it('is not kept where something else stands in the place of an object', () => {
    expect(cleaned('{"id":1,"created_by":"Ada <ada@example.test>"}', { exclude: ['created_by.email'] })).toBe(
      'created_by: must be an object, since personal data are to be kept out of it',
    );
    // What PHP writes for nothing holds nothing.
    expect(cleaned('{"created_by":[],"b":""}', { exclude: ['created_by.email', 'b.c'] })).toBe(
      '{"created_by":[],"b":""}',
    );
  });

  it('of another stream passes untouched, to the byte', () => {
    expect(cleanerOf({ exclude: ['credits/a'] })).toBeUndefined();
    expect(cleanerOf({ exclude: ['credits/a'] }, 'credits')).toBeDefined();
  });

  it('never shows an excluded value, whatever else is in it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (other, more) => {
        const record = JSON.stringify({ other, person: { email: 'ada@example.test', more } });
        const shown = cleaned(record, { exclude: ['person.email'] });
        expect(shown).not.toContain('ada@example.test');
        expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify({ other, person: { more } })));
      }),
    );
  });
});

describe('a page under rules for personal data', () => {
  const rules = { exclude: ['created_by.email'] };

  it('gives columns, text and content hash of what is left', () => {
    const one = recordsOf('{"id":1,"created_by":{"id":5,"email":"ada@example.test"}}', rules).records[0]!;
    const other = recordsOf('{"id":1,"created_by":{"id":5,"email":"bea@example.test"}}', rules).records[0]!;
    expect(one.map()).toMatchObject({ values: ['5', null, null], raw: '{"id":1,"created_by":{"id":5}}' });
    expect(one.hash).toBe(other.hash);
  });

  it('is looked at once more after a change of the rules or of the key', () => {
    const text = '{"id":1,"created_by":{"email":"ada@example.test"}}';
    const variants = [
      {},
      rules,
      { hash: ['created_by.email'] },
      { hash: ['created_by.email'], key: `${key}!` },
      { exclude: ['x'] },
    ];
    expect(new Set(variants.map((variant) => recordsOf(text, variant).records[0]!.hash)).size).toBe(variants.length);
  });

  it.each([
    ['no JSON', '{"id":1,"created_by":{"email":ada@example.test}}', 'is not valid JSON'],
    ['no object', '"ada@example.test"', 'is not an object'],
    ['a text in place of a person', '{"id":1,"created_by":"ada@example.test"}', 'must be an object'],
    ['a text in place of a person, without id', '{"created_by":"ada@example.test"}', 'must be an object'],
    ['too deep', `{"id":1,"a":${'['.repeat(200_000)}"ada@example.test"${']'.repeat(200_000)}}`, 'is nested too deep'],
    ['a wrong type', '{"id":1,"amount":"much","created_by":{"email":"ada@example.test"}}', 'must be a number'],
    ['no id', '{"created_by":{"email":"ada@example.test"}}', 'is missing'],
  ])('puts %s aside without what is excluded', (_, text, reason) => {
    const { records, anonymous } = recordsOf(text, rules);
    const aside = records[0]?.map() ?? anonymous[0];
    expect(aside).toMatchObject({ reason: expect.stringContaining(reason) });
    expect(JSON.stringify(aside)).not.toContain('ada@');
    expect(JSON.stringify(aside)).not.toContain(Buffer.from('ada@example').toString('base64').slice(0, 12));
  });

  it('puts bytes that are no UTF-8 aside without them', () => {
    const body = Buffer.concat([Buffer.from('{"data":[{"id":1,"e":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}]}')]);
    const { records } = readRecords(body, splitPage(body, 'data').records ?? [], wanted, 1, cleanerOf(rules));
    expect(records[0]!.map()).toMatchObject({
      reason: 'is not valid UTF-8 (17 bytes, not kept since they may hold personal data)',
      rawText: null,
      rawBase64: null,
    });
  });
});
