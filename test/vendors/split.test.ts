import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedJson, splitPage } from '../../src/vendors/json/split.ts';
import { trickyText, trickyValue } from './tricky.ts';

const split = (text: string) => splitPage(Buffer.from(text), 'data');

/** Records of a page as `JSON.parse` sees them, and as the split cuts them out. */
function bothWays(text: string) {
  const body = Buffer.from(text);
  const { records, envelope } = splitPage(body, 'data');
  const cut = records?.map(({ start, end }) => JSON.parse(body.toString('utf8', start, end)));
  return { parsed: JSON.parse(text), cut, envelope: JSON.parse(envelope), ids: records?.map(({ id }) => id) };
}

const tricky = trickyText('data', 'id');
const trickyKey = fc.oneof(fc.constantFrom('id', 'data', 'meta', 'ids', 'i', ''), tricky);
const anyValue = trickyValue(tricky, trickyKey);

const record = fc.oneof(fc.dictionary(trickyKey, anyValue, { maxKeys: 6, noNullPrototype: true }), anyValue);

/** An envelope with other keys before and after the list. */
const envelope = fc
  .record({
    records: fc.array(record, { maxLength: 8 }),
    before: fc.dictionary(trickyKey, anyValue, { maxKeys: 3, noNullPrototype: true }),
    after: fc.dictionary(trickyKey, anyValue, { maxKeys: 3, noNullPrototype: true }),
  })
  .map(({ records, before, after }) => {
    const { data: _one, ...first } = before;
    const { data: _other, ...last } = after;
    return { ...first, data: records, ...last };
  });

/** Any of the ways to write the same JSON: blanks anywhere, any character of a string escaped. */
const written = fc
  .tuple(envelope, fc.constantFrom(undefined, 1, '\t', '\r\n'), fc.constantFrom('plain', 'escaped'))
  .map(([value, space, style]) => {
    const text = JSON.stringify(value, null, space);
    return style === 'plain' ? text : text.replace(/[a-z](?=[^"\\]*":)/g, escapeLetter);
  })
  // The replacement above must not have met a letter that was part of an escape.
  .filter((text) => isJson(text));

function escapeLetter(letter: string): string {
  return `\\u00${letter.charCodeAt(0).toString(16)}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('taking a page apart', () => {
  it('gives the records and the envelope that JSON.parse gives, for any page however it is written', () => {
    fc.assert(
      fc.property(written, (text) => {
        const { parsed, cut, envelope: rest, ids } = bothWays(text);
        expect(cut).toEqual(parsed.data);
        expect(rest).toEqual({ ...parsed, data: [] });
        const expected = parsed.data.map((value: unknown) => ownId(value));
        expect(ids?.map((id) => (id === null ? undefined : JSON.parse(id)))).toEqual(expected);
      }),
      { numRuns: 600 },
    );
  });

  it('takes no page that is cut at any byte for a whole one', () => {
    const text = JSON.stringify({
      code: 200,
      data: [{ id: 1, title: 'a "quoted" \\ [text] é 𝒳', list: [1, [2, { id: 3 }]] }, { id: 2 }, 'no record', 7],
      meta: { last_page: 9, next: '…' },
    });
    const body = Buffer.from(text);
    for (let length = 0; length < body.length; length++) {
      expect(() => splitPage(body.subarray(0, length), 'data'), `cut after ${length} bytes`).toThrow(MalformedJson);
    }
    expect(splitPage(body, 'data').records).toHaveLength(4);
  });

  it('says where a page is cut: at its end', () => {
    const error = caught(() => split('{"data":[{"id":1},{"id":'));
    expect(error).toBeInstanceOf(MalformedJson);
    expect((error as MalformedJson).position).toBe(24);
  });

  it.each([
    ['keys written with escapes', '{"d\\u0061ta":[{"\\u0069d":7}]}', ['7']],
    ['the last of several ids', '{"data":[{"id":1,"x":{"id":2},"id":3}]}', ['3']],
    ['the last of several lists', '{"data":[{"id":1}],"data":[{"id":2},{"id":3}]}', ['2', '3']],
    ['ids inside of a record are not its id', '{"data":[{"account":{"id":9},"list":[{"id":8}]}]}', [null]],
    ['a list named data inside of the envelope is not the list', '{"meta":{"data":[{"id":1}]},"data":[]}', []],
    ['records that are no objects', '{"data":[1,"two",null,[{"id":3}],true]}', [null, null, null, null, null]],
    [
      'ids of every kind',
      '{"data":[{"id":"5"},{"id":null},{"id":{"a":1}},{"id":1e3}]}',
      ['"5"', 'null', '{"a":1}', '1e3'],
    ],
    ['ids beyond 2^53', '{"data":[{"id":9223372036854775807}]}', ['9223372036854775807']],
    ['blanks everywhere', ' \n{ "data" : [ { "id" : 4 } , { } ] } \t', ['4', null]],
    ['an empty list', '{"data":[ ]}', []],
    ['a key that only begins like id', '{"data":[{"ids":1,"i\\\\d":2}]}', [null]],
    ['a long text before the id', `{"data":[{"notes":"${'\\\\\\"'.repeat(500)}","id":6}]}`, ['6']],
  ])('%s', (_name, text, ids) => {
    expect(split(text).records?.map(({ id }) => id)).toEqual(ids);
  });

  it.each([
    ['no list', '{"code":200}'],
    ['an object in its place', '{"data":{"0":{"id":1}}}'],
    ['null in its place', '{"data":null}'],
    ['a list that a later key takes back', '{"data":[{"id":1}],"data":null}'],
  ])('has no records where there is %s', (_name, text) => {
    expect(split(text)).toEqual({ records: null, envelope: text });
  });

  it.each([
    ['something after the end', '{"data":[]} x'],
    ['a missing comma', '{"data":[{"id":1} {"id":2}]}'],
    ['a comma too many', '{"data":[{"id":1},]}'],
    ['a missing colon', '{"data" []}'],
    ['a key without quotes', '{data:[]}'],
    ['no value', '{"data":[{"id":}]}'],
  ])('refuses %s', (_name, text) => {
    expect(() => split(text)).toThrow(MalformedJson);
  });
});

function ownId(value: unknown): unknown {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isRecord && Object.hasOwn(value, 'id') ? (value as { id: unknown }).id : undefined;
}

function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
