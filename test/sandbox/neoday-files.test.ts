import { gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { get } from './help.ts';
import { bearer, download, linkTo, neodayWith, resultId } from './neoday-help.ts';

const fields = {
  'campaign-info': ['campaign_name', 'campaign_code', 'campaign_start', 'campaign_end'],
  'user-base-connections': ['userid', 'client_id'],
  'player-info-user-id': ['userid', 'stackinstanceid', 'value', 'participation_date'],
  'player-info-game-type': ['stackinstanceid', 'stackid', 'game_type'],
  'win-info': ['userid', 'stackid', 'haswon', 'participation_date'],
  'all-coupons': ['userid', 'coupon_name', 'received_date'],
  'challenges-user-id': ['userid', 'stackinstanceid', 'hascompleted', 'participation_date'],
  'challenges-game-type': ['stackinstanceid', 'stackid', 'game_type'],
  'gamification-prize-user-id': ['userid', 'game_id', 'game_name', 'prizeid', 'claimed_date'],
  'gamification-prize-prize-type': ['prizeid', 'game_id', 'prize_name', 'prize_type'],
};

type Row = Record<string, string | null>;

async function rowsOf(sandbox: Sandbox, name: string, index = 0): Promise<Row[]> {
  return (await download(sandbox, name, index)).json[name.replaceAll('-', '_')];
}

describe('the rows', () => {
  it.each(Object.entries(fields))(
    'of %s have the documented fields, under a key with underscores',
    async (name, keys) => {
      const { json } = await download(await neodayWith({ exports: { [name]: { rows: 30 } } }), name);
      expect(Object.keys(json)).toEqual([name.replaceAll('-', '_')]);
      const [rows] = Object.values(json) as [Row[]];
      expect(rows).toHaveLength(30);
      expect(Object.keys(rows[0] ?? {})).toEqual(keys);
    },
  );

  it('have the traps of the documentation', async () => {
    const sandbox = await neodayWith({ rows: 1000 });
    const wins = await rowsOf(sandbox, 'win-info');
    expect(wins.every((row) => /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/.test(String(row.participation_date)))).toBe(
      true,
    );
    expect(new Set(wins.map(({ haswon }) => haswon))).toEqual(new Set(['0', '1']));
    const coupons = await rowsOf(sandbox, 'all-coupons');
    expect(coupons.some((row) => /^ \S/.test(String(row.coupon_name)))).toBe(true);
    const texts = coupons.map((row) => JSON.stringify(row));
    expect(texts.length - new Set(texts).size).toBe(4);
    const players = await rowsOf(sandbox, 'user-base-connections');
    expect(new Set(players.flatMap((row) => Object.keys(row)))).toEqual(
      new Set(['userid', 'client_id', 'external_id']),
    );
    const prizes = await rowsOf(sandbox, 'gamification-prize-user-id');
    expect(prizes.some(({ claimed_date: date }) => date === null)).toBe(true);
    const { text } = await download(sandbox, 'survey-answers');
    expect(text).toContain('"score":9007199254740993,');
  });

  it('of one export name what another one has', async () => {
    const sandbox = await neodayWith({ rows: 8000 });
    const ids = async (name: string, field: string) => new Set((await rowsOf(sandbox, name)).map((row) => row[field]));
    const users = await ids('user-base-connections', 'userid');
    const campaigns = await ids('campaign-info', 'campaign_code');
    const instances = await ids('player-info-game-type', 'stackinstanceid');
    expect(users.size).toBe(2000);
    expect(instances.size).toBe(4000);
    for (const name of ['win-info', 'all-coupons', 'gamification-prize-user-id']) {
      expect((await ids(name, 'userid')).isSubsetOf(users)).toBe(true);
    }
    expect((await ids('win-info', 'stackid')).isSubsetOf(campaigns)).toBe(true);
    expect((await ids('player-info-user-id', 'stackinstanceid')).isSubsetOf(instances)).toBe(true);
  });

  it('are the same by the same seed, others by another', async () => {
    const texts = [];
    for (const seed of [1, 1, 2]) texts.push((await download(await neodayWith({ seed }))).text);
    expect(texts[0]).toBe(texts[1]);
    expect(texts[0]).not.toBe(texts[2]);
  });

  it('are what the sandbox says it has', async () => {
    const sandbox = await neodayWith({ rows: 2500 });
    const { text } = await download(sandbox, 'win-info', 2);
    const file = sandbox.neoday.file(resultId(sandbox, 'win-info', 2));
    expect(`{"win_info":[${[...file.texts()].join(',')}]}`).toBe(text);
    expect(file).toMatchObject({ rows: JSON.parse(text).win_info.length, bytes: Buffer.byteLength(text) });
    expect([...sandbox.records('neoday', 'win-info')].map((record) => record.text)).toEqual([...file.texts()]);
    expect(sandbox.state().systems.neoday?.streams['win-info']).toBe(file.rows);
    expect(() => sandbox.edit('neoday', 'win-info', { op: 'delete', at: 0 })).toThrow('add a result');
  });
});

describe('a later result', () => {
  it('has most rows of the one before, and as many changed, new and missing as asked for', async () => {
    const step = { changedPercent: 1, newPercent: 2, removedPercent: 0.5 };
    const sandbox = await neodayWith({ exports: { 'player-info-user-id': { rows: 4000, ...step } } });
    const [before, after] = [await texts(sandbox, 0), await texts(sandbox, 1)];
    expect(before.size).toBe(4000);
    expect(after.size).toBe(4080 - 20);
    expect(before.difference(after).size).toBe(40 + 20);
    const keys = (rows: Set<string>) => new Set([...rows].map((row) => JSON.parse(row).stackinstanceid));
    expect(keys(before).difference(keys(after)).size).toBe(20);
    expect(keys(after).difference(keys(before)).size).toBe(80);
  });

  it.each(Object.keys(fields))('of %s reads otherwise where it changed', async (name) => {
    const none = { newPercent: 0, removedPercent: 0 };
    const sandbox = await neodayWith({ exports: { [name]: { rows: 200, changedPercent: 5, ...none } } });
    const [before, after] = [await rowsOf(sandbox, name, 0), await rowsOf(sandbox, name, 1)];
    const changed = before.filter((row, index) => JSON.stringify(row) !== JSON.stringify(after[index]));
    expect(changed).toHaveLength(10);
    expect(after).toHaveLength(200);
  });

  it('may be the same file once more, or differ by a share of its own', async () => {
    const sandbox = await neodayWith({ exports: { 'player-info-user-id': { rows: 1000, results: 1 } } });
    const none = { changedPercent: 0, newPercent: 0, removedPercent: 0 };
    sandbox.neoday.addResult('player-info-user-id', { step: none });
    sandbox.neoday.addResult('player-info-user-id', { step: { ...none, changedPercent: 3 } });
    const [first, same, other] = [await texts(sandbox, 0), await texts(sandbox, 1), await texts(sandbox, 2)];
    expect(same).toEqual(first);
    expect(first.difference(other).size).toBe(30);
  });

  it('shows a prize claimed that was not', async () => {
    const sandbox = await neodayWith({ exports: { 'gamification-prize-user-id': { rows: 500, changedPercent: 10 } } });
    const open = async (index: number) =>
      (await rowsOf(sandbox, 'gamification-prize-user-id', index)).filter((row) => row.claimed_date === null).length;
    expect(await open(1)).toBeLessThan(await open(0));
  });

  async function texts(sandbox: Sandbox, index: number): Promise<Set<string>> {
    return new Set((await rowsOf(sandbox, 'player-info-user-id', index)).map((row) => JSON.stringify(row)));
  }
});

describe('the store', () => {
  it('serves ranges at any place', async () => {
    const sandbox = await neodayWith({ rows: 3500 });
    const url = await linkTo(sandbox);
    const { bytes, headers } = await get(url, {});
    expect(headers).toMatchObject({ 'accept-ranges': 'bytes', 'content-length': String(bytes.length) });
    const whole = bytes.length;
    for (const [from, to] of [
      [0, 0],
      [1, 400_000],
      [137_100, 137_300],
      [whole - 1, whole + 9],
      [whole >> 1, null],
    ]) {
      const part = await get(url, { range: `bytes=${from}-${to ?? ''}` });
      const wanted = bytes.subarray(Number(from), to === null ? whole : Number(to) + 1);
      expect(part.status).toBe(206);
      expect(part.bytes.equals(wanted)).toBe(true);
      expect(part.headers['content-range']).toBe(`bytes ${from}-${Number(from) + wanted.length - 1}/${whole}`);
    }
    expect((await get(url, { range: 'bytes=-20' })).bytes.equals(bytes.subarray(-20))).toBe(true);
    const beyond = await get(url, { range: `bytes=${whole}-` });
    expect([beyond.status, beyond.headers['content-range']]).toEqual([416, `bytes */${whole}`]);
    expect(sandbox.journal().filter(({ step }) => step === 'download')).toMatchObject([
      { rangeStart: null, bytes: whole, stream: 'win-info', result: resultId(sandbox), authorization: false },
      { rangeStart: 0, bytes: 1 },
      { rangeStart: 1, bytes: 400_000 },
      { rangeStart: 137_100, bytes: 201 },
      { rangeStart: whole - 1, bytes: 1 },
      { rangeStart: whole >> 1, bytes: whole - (whole >> 1) },
      { rangeStart: null, bytes: 20 },
      { rangeStart: whole, status: 416 },
    ]);
  });

  it('answers the whole file where If-Range does not hold', async () => {
    const url = await linkTo(await neodayWith());
    const { etag, 'last-modified': modified } = (await get(url, {})).headers;
    const status = async (condition: unknown) =>
      (await get(url, { range: 'bytes=5-', 'if-range': String(condition) })).status;
    expect(await status(etag)).toBe(206);
    expect(await status(modified)).toBe(206);
    expect(await status('"other"')).toBe(200);
  });

  it('may ignore ranges, have no ETag or a weak one, and hand the file out gzipped', async () => {
    const plain = await neodayWith({ store: { ranges: false, etag: 'none' } });
    const { status, headers, text } = await get(await linkTo(plain), { range: 'bytes=5-' });
    expect([status, headers.etag, headers['accept-ranges']]).toEqual([200, undefined, undefined]);
    const weak = await linkTo(await neodayWith({ store: { etag: 'weak' } }));
    const tag = String((await get(weak, {})).headers.etag);
    expect(tag).toMatch(/^W\//);
    expect((await get(weak, { range: 'bytes=5-', 'if-range': tag })).status).toBe(200);
    const zipped = await get(await linkTo(await neodayWith({ store: { gzip: true } })), { range: 'bytes=5-' });
    expect([zipped.status, zipped.headers['content-encoding']]).toEqual([200, 'gzip']);
    expect(gunzipSync(zipped.bytes).toString()).toBe(text);
  });

  it('refuses a bearer token, a changed URL and one that is too old, as S3 does', async () => {
    const sandbox = await neodayWith();
    const url = await linkTo(sandbox);
    const refused = async (address: string, headers = {}) => {
      const { status, text } = await get(address, headers);
      return [status, /<Code>(.*)<\/Code>/.exec(text)?.[1]];
    };
    expect(await refused(url, await bearer(sandbox))).toEqual([400, 'InvalidArgument']);
    expect(sandbox.journal({ path: '/neoday-files/*' })).toMatchObject([
      { authorization: true, bytes: expect.any(Number) },
    ]);
    expect(await refused(url.replace('X-Amz-Expires=900', 'X-Amz-Expires=9000'))).toEqual([
      403,
      'SignatureDoesNotMatch',
    ]);
    expect(await refused(String(url.split('?')[0]))).toEqual([403, 'SignatureDoesNotMatch']);
    const head = await request(url, { method: 'HEAD' });
    expect(head.statusCode).toBe(405);
    const brief = await linkTo(await neodayWith({ urlSeconds: 0 }));
    expect(await refused(brief)).toEqual([403, 'AccessDenied']);
  });

  it('makes a file of a gigabyte while it is sent', async () => {
    const sandbox = await neodayWith({ exports: { 'win-info': { rows: 8_000_000 } } });
    const url = await linkTo(sandbox);
    const { bytes, rows } = sandbox.neoday.file(resultId(sandbox));
    expect(rows).toBe(8_000_000);
    expect(bytes).toBeGreaterThan(1_000_000_000);
    const started = Date.now();
    const end = await get(url, { range: `bytes=${bytes - 200}-` });
    expect(Date.now() - started).toBeLessThan(1000);
    expect(end.text).toMatch(/\}\]\}$/);
    const answer = await request(url);
    let got = 0;
    for await (const part of answer.body) {
      got += part.length;
      if (got > 20_000_000) break;
    }
    expect(process.memoryUsage().rss).toBeLessThan(700_000_000);
  });
});
