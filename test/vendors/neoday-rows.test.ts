import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NeodayField, type NeodayType, neodayFields, typeOfExport } from '../../src/vendors/neoday/fields.ts';
import { columnsOf, createRowMapper, type MappedRow, type RowMapping } from '../../src/vendors/neoday/rows.ts';
import { localTimes } from '../../src/vendors/neoday/time.ts';
import { createCleaner } from '../../src/vendors/privacy/cleaner.ts';
import { parsePath } from '../../src/vendors/privacy/path.ts';

const types = Object.keys(neodayFields) as NeodayType[];

function map(type: NeodayType | null, text: string, mapping: RowMapping = {}) {
  return createRowMapper(type, mapping)(Buffer.from(text));
}

function mapped(type: NeodayType | null, text: string, mapping: RowMapping = {}): MappedRow {
  const row = map(type, text, mapping);
  if ('reason' in row) throw new Error(`${row.path} ${row.reason}`);
  return row;
}

/** The row with its columns by name; null ones are left out. */
function columns(type: NeodayType, text: string, mapping: RowMapping = {}) {
  const { values, raw } = mapped(type, text, mapping);
  expect(values).toHaveLength(columnsOf(type).length);
  const named = columnsOf(type).map((column, index) => [column, values[index]]);
  return { ...Object.fromEntries(named.filter(([, value]) => value !== null)), ...(raw === null ? {} : { raw }) };
}

const win = (more: object = {}) =>
  JSON.stringify({ userid: 'u', stackid: 's', haswon: '1', participation_date: '2024-05-01 10:20:30.456', ...more });

const text = fc.string({ unit: 'grapheme', maxLength: 12 }).map((value) => value.replaceAll('\0', ''));
const day = fc.date({ min: new Date('1950-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });
const values: Record<NeodayField['type'], fc.Arbitrary<string>> = {
  text,
  flag: fc.constantFrom('0', '1'),
  number: fc.constantFrom('0', '10000', '-7', '1.50', '-0.05', '12345678901234567890.12'),
  instant: day.map((date) => `${date.toISOString().slice(0, 19)}+00:00`),
  local: day.map((date) => date.toISOString().slice(0, 19).replace('T', ' ')),
  localMillis: day.map((date) => date.toISOString().slice(0, 23).replace('T', ' ')),
};

/** Rows as they are documented. */
const documented = (type: NeodayType): fc.Arbitrary<Record<string, string | null>> =>
  fc.record(
    Object.fromEntries(
      neodayFields[type].map((field) => [
        field.name,
        field.key ? values[field.type] : fc.option(values[field.type], { nil: null, freq: 6 }),
      ]),
    ),
  );

/** The same JSON value in another spelling: every character escaped, members in another order, white space. */
function respelt(row: object): string {
  const escaped = (value: unknown) =>
    value === null
      ? 'null'
      : `"${[...String(value)].flatMap((one) => [...Array(one.length).keys()].map((index) => `\\u${one.charCodeAt(index).toString(16).padStart(4, '0')}`)).join('')}"`;
  const members = Object.entries(row).map(([name, value]) => `${escaped(name)}\t:\n${escaped(value)}`);
  return `{ ${members.toReversed().join(' , ')} }`;
}

describe('a row as it is documented', () => {
  it.each(types)('of %s needs no raw, however its JSON is spelt', (type) => {
    fc.assert(
      fc.property(documented(type), fc.constantFrom('UTC', 'Europe/Amsterdam', 'America/St_Johns'), (row, timeZone) => {
        const plain = mapped(type, JSON.stringify(row), { timeZone });
        expect(plain.raw).toBeNull();
        expect(mapped(type, respelt(row), { timeZone })).toEqual(plain);
      }),
      { numRuns: 150 },
    );
  });

  it('has booleans from "0" and "1", times in the zone, leading blanks and nulls', () => {
    expect(columns('win_info', win())).toEqual({
      ...{ userid: 'u', stackid: 's', haswon: 't', participation_date: '2024-05-01 10:20:30.456+00' },
    });
    expect(columns('win_info', win(), { timeZone: 'Asia/Kolkata' })).toMatchObject({
      ...{ participation_date: '2024-05-01 10:20:30.456+05:30', time_zone: 'Asia/Kolkata' },
    });
    const coupon = '{"userid":"u","coupon_name":" exact-code-no-exp","received_date":"2024-01-02 03:04:05"}';
    expect(columns('all_coupons', coupon)).toMatchObject({ coupon_name: ' exact-code-no-exp' });
    const prize = '{"userid":"u","game_id":"g","game_name":"n","prizeid":"p","claimed_date":null}';
    expect(columns('gamification_prize_user_id', prize, { timeZone: 'Europe/Paris' })).toEqual({
      ...{ userid: 'u', game_id: 'g', game_name: 'n', prizeid: 'p' },
    });
  });

  it('tells its type by the name of the export', () => {
    expect(typeOfExport('win-info')).toBe('win_info');
    expect(typeOfExport('gamification-prize-prize-type')).toBe('gamification_prize_prize_type');
    for (const other of ['winnings', 'toString', '']) expect(typeOfExport(other)).toBeNull();
  });
});

describe('a row that its columns do not give back keeps its text', () => {
  it.each([
    ['a further field', win({ extra: 1 })],
    ['true instead of "1"', win({ haswon: true })],
    ['no milliseconds', win({ participation_date: '2024-05-01 10:20:30' })],
    ['a time with an offset', win({ participation_date: '2024-05-01T10:20:30.456+02:00' })],
    ['a missing field', '{"userid":"u","stackid":"s","participation_date":"2024-05-01 10:20:30.456"}'],
    ['an empty time', '{"userid":"u","game_id":"g","game_name":"n","prizeid":"p","claimed_date":""}'],
    ['another name for the field', '{"userid":"u","external_id":"x"}'],
    ['leading zeros', '{"userid":"u","stackinstanceid":"s","value":"007","participation_date":"2024-05-01 10:20:30"}'],
    [
      'a number',
      '{"userid":"u","stackinstanceid":"s","value":12345678901234567.891,"participation_date":"2024-05-01 10:20:30"}',
    ],
  ])('%s', (_name, row) => {
    const type = row.includes('haswon') || row.includes('"stackid"') ? 'win_info' : null;
    const known =
      type ??
      (row.includes('external')
        ? 'user_base_connections'
        : row.includes('value')
          ? 'player_info_user_id'
          : 'gamification_prize_user_id');
    expect(mapped(known, row).raw).toBe(row);
  });

  it('and every digit of it', () => {
    const row =
      '{"userid":"u","stackinstanceid":"s","value":12345678901234567.891,"participation_date":"2024-05-01 10:20:30"}';
    expect(columns('player_info_user_id', row)).toMatchObject({ value: '12345678901234567.891' });
  });

  it('external_id stands for client_id', () => {
    expect(columns('user_base_connections', '{"userid":"u","external_id":"x"}')).toMatchObject({ client_id: 'x' });
  });

  it('of an export outside the ten always', () => {
    expect(mapped(null, '{"a": 1.50}')).toMatchObject({ values: [], raw: '{"a": 1.50}' });
  });
});

describe('a row that can be none', () => {
  it.each([
    ['no object', '[1]', '', 'is not an object'],
    ['null', 'null', '', 'is not an object'],
    ['no JSON', '{"userid":', '', 'is not valid JSON'],
    [
      'without its key',
      '{"stackid":"s","haswon":"1","participation_date":"2024-05-01 10:20:30.456"}',
      'userid',
      'is missing',
    ],
    ['with an empty key', win({ stackid: null }), 'stackid', 'is empty'],
    ['without a date', win({ participation_date: '' }), 'participation_date', 'is empty'],
    [
      'with a date that is none',
      win({ participation_date: '2023-02-29 10:20:30.456' }),
      'participation_date',
      'must be a date and time',
    ],
    [
      'with a time that is none',
      win({ participation_date: '2024-02-29 24:20:30.456' }),
      'participation_date',
      'must be a date and time',
    ],
    [
      'with words for a date',
      win({ participation_date: 'yesterday' }),
      'participation_date',
      'must be a date and time',
    ],
    ['with another flag', win({ haswon: '2' }), 'haswon', 'must be "0" or "1"'],
    ['with a number for a text', win({ userid: 5 }), 'userid', 'must be text'],
    ['with U+0000', win({ userid: 'a\0' }), 'userid', 'U+0000'],
    ['with half a character', '{"userid":"\\ud800"}', 'userid', 'surrogate'],
    ['nested without end', `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`, '', 'is nested too deep'],
  ])('%s tells where and why', (_name, row, path, reason) => {
    const rejected = map('win_info', row);
    expect(rejected).toMatchObject({ path, reason: expect.stringContaining(reason), rawText: row, rawBase64: null });
    expect(rejected.hash).toMatch(/^[0-9a-f]{32}$/);
  });

  it('keeps bytes that are no text', () => {
    const bytes = Buffer.from([0x7b, 0xff, 0x7d]);
    expect(createRowMapper('win_info')(bytes)).toMatchObject({
      ...{ reason: 'is not valid UTF-8', rawText: null, rawBase64: bytes.toString('base64') },
    });
  });
});

describe('the content hash', () => {
  const hashOf = (row: string, type: NeodayType | null = null) => mapped(type, row).hash;

  it('is a signed number of 64 bits', () => {
    const hashes = Array.from({ length: 50 }, (_, index) => BigInt(hashOf(`{"a":${index}}`)));
    expect(hashes.every((hash) => BigInt.asIntN(64, hash) === hash)).toBe(true);
    expect(hashes.some((hash) => hash < 0n) && hashes.some((hash) => hash > 2n ** 62n)).toBe(true);
  });

  it('is the same for equal JSON values, whatever their spelling', () => {
    expect(hashOf('{"a":1.50,"b":[1e3,{"c":-0}]}')).toBe(hashOf('{ "b" : [1000, {"c":0.0}], "a": 15e-1 }'));
    expect(hashOf('{"a":"\\u00e9"}')).toBe(hashOf('{"a":"é"}'));
    fc.assert(
      fc.property(fc.dictionary(text, fc.jsonValue()), (record) => {
        const shuffled = Object.fromEntries(Object.entries(record).toReversed());
        const other = JSON.stringify(shuffled, null, 2);
        if (/\\u0000|\\ud[89a-f]/.test(other)) return;
        expect(hashOf(other)).toBe(hashOf(JSON.stringify(record)));
      }),
    );
  });

  it('is another for values that differ in the last digit, in type or in place', () => {
    const rows = [
      '{"a":9007199254740993}',
      '{"a":9007199254740992}',
      '{"a":"9007199254740992"}',
      '{"a":[9007199254740992]}',
    ];
    expect(new Set(rows.map((row) => hashOf(row))).size).toBe(rows.length);
    expect(hashOf('{"a":"1","b":"2"}')).not.toBe(hashOf('{"a":"1\\",\\"b\\":\\"2"}'));
  });

  it('does not depend on the zone, nor on what is documented', () => {
    expect(mapped('win_info', win(), { timeZone: 'Asia/Tokyo' }).hash).toBe(mapped('win_info', win()).hash);
    expect(mapped('win_info', win({ more: 1 })).hash).toBe(hashOf(win({ more: 1 })));
  });
});

describe('times without a zone', () => {
  const read = (timeZone: string, local: string) => localTimes(timeZone).offset(local.slice(0, 10), local.slice(11));

  it.each([
    ['Europe/Amsterdam', '2024-03-31 01:59:59', '+01', true],
    ['Europe/Amsterdam', '2024-03-31 02:30:00', '+01', false],
    ['Europe/Amsterdam', '2024-03-31 03:00:00', '+02', true],
    ['Europe/Amsterdam', '2024-10-27 01:59:59.999', '+02', true],
    ['Europe/Amsterdam', '2024-10-27 02:30:00', '+02', false],
    ['Europe/Amsterdam', '2024-10-27 03:00:00', '+01', true],
    ['America/New_York', '2024-03-10 02:30:00', '-05', false],
    ['America/New_York', '2024-11-03 01:30:00', '-04', false],
    ['Australia/Lord_Howe', '2024-04-07 01:45:00', '+11', false],
    ['Australia/Lord_Howe', '2024-10-06 02:15:00', '+10:30', false],
    ['Pacific/Apia', '2011-12-30 12:00:00', '-10', false],
    ['Pacific/Apia', '2011-12-31 00:00:00', '+14', true],
    ['Asia/Kathmandu', '2024-06-01 00:00:00', '+05:45', true],
    ['Etc/UTC', '2024-03-31 02:30:00', '+00', true],
  ])('in %s at %s: %s, certain: %s', (zone, local, offset, certain) => {
    expect(read(zone, local)).toEqual({ text: offset, certain });
  });

  it('keep the vendor’s text where the zone does not give it back', () => {
    const row = win({ participation_date: '2024-03-31 02:30:00.500' });
    expect(columns('win_info', row, { timeZone: 'Europe/Amsterdam' })).toMatchObject({
      participation_date: '2024-03-31 02:30:00.500+01',
      participation_date_local: '2024-03-31 02:30:00.500',
    });
  });

  it('have no zone that nobody knows', () => {
    expect(() => localTimes('Mars/Olympus')).toThrow(RangeError);
  });
});

describe('personal data', () => {
  const cleaner = (rules: { exclude?: string[]; hash?: string[] }) => {
    const paths = (written: string[] = []) => written.map((path) => parsePath(path)!);
    const all = { exclude: paths(rules.exclude), hash: paths(rules.hash), hashKey: { resolve: () => 'k' } };
    return createCleaner(all, 'win_info');
  };

  it('are gone before anything is hashed or kept', () => {
    const hidden = { cleaner: cleaner({ hash: ['userid'], exclude: ['mail'] }) };
    const one = mapped('win_info', win({ mail: 'a@example.test' }), hidden);
    expect(one).toEqual(mapped('win_info', win({ mail: 'b@example.test' }), hidden));
    expect(one.values[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(one.raw).toBeNull();
  });

  it('are not kept of a row that cannot be told apart', () => {
    const rejected = createRowMapper('win_info', { cleaner: cleaner({ exclude: ['mail'] }) })(Buffer.from('"secret"'));
    expect(rejected).toMatchObject({
      rawText: null,
      rawBase64: null,
      reason: expect.stringContaining('8 bytes, not kept'),
    });
  });
});
