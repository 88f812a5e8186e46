import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/sandbox/sandbox.ts';
import { get } from './help.ts';
import { ask, bearer, download, linkTo, neodayWith, resultId } from './neoday-help.ts';

const sandboxWith = async (...faults: Fault[]) => {
  const sandbox = await neodayWith();
  sandbox.setFaults(faults);
  return sandbox;
};

/** What arrives of a body until it ends or is cut. */
async function arriving(url: string, headers: Record<string, string> = {}): Promise<{ bytes: number; cut: boolean }> {
  const answer = await fetch(url, { headers });
  let bytes = 0;
  try {
    for await (const part of answer.body ?? []) bytes += part.length;
    return { bytes, cut: false };
  } catch {
    return { bytes, cut: true };
  }
}

describe('faults of the gateway', () => {
  it('missing-locale: 401 for requests without one', async () => {
    const sandbox = await sandboxWith({ kind: 'missing-locale' });
    const { status, json } = await ask(sandbox);
    expect({ status, json }).toMatchObject({ status: 401, json: { message: 'Missing Locale' } });
    expect((await ask(sandbox, '?locale=nl_NL')).status).toBe(200);
  });

  it('gone: at the gateway and in the store, or one of them, for one result', async () => {
    const sandbox = await neodayWith();
    const url = await linkTo(sandbox);
    const id = resultId(sandbox);
    sandbox.setFaults([{ kind: 'gone', results: [id], status: 410, steps: ['fetch'] }]);
    expect((await ask(sandbox, `/fetch/${id}`)).status).toBe(410);
    expect((await ask(sandbox, `/fetch/${resultId(sandbox, 'win-info', 1)}`)).status).toBe(200);
    expect((await get(url, {})).status).toBe(200);
    sandbox.setFaults([{ kind: 'gone' }]);
    expect((await ask(sandbox, `/fetch/${id}`)).status).toBe(404);
    const { status, text } = await get(url, {});
    expect([status, text]).toEqual([404, expect.stringContaining('<Code>NoSuchKey</Code>')]);
  });

  it('file-url: a download URL of another origin', async () => {
    const sandbox = await sandboxWith({ kind: 'file-url', origin: 'http://10.1.2.3:99' });
    const url = new URL(await linkTo(sandbox));
    expect(url.origin).toBe('http://10.1.2.3:99');
    expect((await get(`${sandbox.url}${url.pathname}${url.search}`, {})).status).toBe(200);
  });

  it('leaves downloads out of its count, and faults of downloads leave the gateway out', async () => {
    const sandbox = await sandboxWith({ kind: 'store', first: 1, empty: 'list', streams: ['win-info'] });
    await ask(sandbox, '/win-info/results');
    expect((await download(sandbox)).text).toBe('{"win_info":[]}');
    expect((await download(sandbox)).json.win_info).toHaveLength(60);
    expect(sandbox.state().faults).toMatchObject([{ matched: 2, fired: 1 }]);
  });
});

describe('faults of downloads', () => {
  it('cut-file: every answer ends after so many bytes, until the rest is shorter', async () => {
    const sandbox = await sandboxWith({ kind: 'cut-file', afterBytes: 3000 });
    const url = await linkTo(sandbox);
    const { bytes: whole } = sandbox.neoday.file(resultId(sandbox));
    let at = 0;
    let cuts = 0;
    for (;;) {
      const { bytes, cut } = await arriving(url, { range: `bytes=${at}-` });
      at += bytes;
      if (!cut) break;
      expect(bytes).toBe(3000);
      cuts += 1;
    }
    expect([at, cuts]).toEqual([whole, Math.ceil(whole / 3000) - 1]);
    const sums = sandbox.journal().filter(({ step }) => step === 'download');
    expect(sums.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(whole);
    expect(new Set(sums.map(({ outcome }) => outcome))).toEqual(new Set(['cut', 'completed']));
  });

  it('cut, trickle, huge, redirect and status of any server hold for files too', async () => {
    const sandbox = await sandboxWith({ kind: 'cut', steps: ['download'] });
    const url = await linkTo(sandbox);
    const { bytes } = sandbox.neoday.file(resultId(sandbox));
    expect(await arriving(url)).toEqual({ bytes: bytes >> 1, cut: true });
    sandbox.setFaults([{ kind: 'trickle', steps: ['download'], bytes: 4000, everyMs: 30 }]);
    const started = Date.now();
    expect(await arriving(url)).toEqual({ bytes, cut: false });
    expect(Date.now() - started).toBeGreaterThanOrEqual(25 * Math.floor(bytes / 4000));
    sandbox.setFaults([{ kind: 'huge', steps: ['download'], megabytes: 2 }]);
    expect(await arriving(url)).toEqual({ bytes: bytes + 2 * 1024 * 1024, cut: false });
    sandbox.setFaults([{ kind: 'redirect', steps: ['download'], to: 'http://10.1.2.3/' }]);
    expect(await get(url, {})).toMatchObject({ status: 302, bytes: Buffer.alloc(0) });
    sandbox.setFaults([{ kind: 'status', steps: ['download'], status: 503 }]);
    expect(await get(url, {})).toMatchObject({ status: 503, text: expect.stringContaining('SlowDown') });
    sandbox.setFaults([{ kind: 'bomb', megabytes: 1 }, { kind: 'compress' }]);
    expect((await get(url, { 'accept-encoding': 'gzip' })).bytes.length).toBe(bytes);
  });

  it('expired-url: always, after some seconds, or once used', async () => {
    const sandbox = await sandboxWith({ kind: 'expired-url', first: 2 });
    const url = await linkTo(sandbox);
    const statuses = async (count: number) => {
      const seen = [];
      for (let index = 0; index < count; index += 1) seen.push((await get(url, {})).status);
      return seen;
    };
    expect(await statuses(3)).toEqual([403, 403, 200]);
    sandbox.setFaults([{ kind: 'expired-url', afterUses: 1 }]);
    expect(await statuses(2)).toEqual([200, 403]);
    expect((await download(sandbox)).status).toBe(200);
    sandbox.setFaults([{ kind: 'expired-url', afterSeconds: 3600 }]);
    expect(await statuses(1)).toEqual([200]);
    sandbox.setFaults([{ kind: 'expired-url', afterSeconds: 0 }]);
    expect(await statuses(1)).toEqual([403]);
  });

  it('changed-file: another ETag and other rows for a reader who comes back', async () => {
    const sandbox = await sandboxWith({ kind: 'changed-file', skip: 1 });
    const url = await linkTo(sandbox);
    const before = await get(url, {});
    const after = await get(url, { range: 'bytes=50-', 'if-range': String(before.headers.etag) });
    expect(after.status).toBe(200);
    expect(after.headers.etag).not.toBe(before.headers.etag);
    expect(after.json.win_info).toHaveLength(61);
    const users = (got: typeof before) =>
      new Set(got.json.win_info.map((row: { userid: string; participation_date: string }) => JSON.stringify(row)));
    expect(users(before).isDisjointFrom(users(after))).toBe(true);
    sandbox.setFaults([{ kind: 'changed-file', sameLength: true }]);
    const same = await get(url, {});
    expect(same.bytes.length).toBe(before.bytes.length);
    expect(new Set([before.headers.etag, after.headers.etag, same.headers.etag]).size).toBe(3);
  });

  it.each([
    ['number', 42],
    ['null', null],
    ['list', [expect.any(Object)]],
    ['no-key', expect.not.objectContaining({ userid: expect.anything() })],
    ['no-date', expect.objectContaining({ participation_date: '2024-02-30 25:61:00' })],
    [{ text: '{"a":1.10}' }, { a: 1.1 }],
  ] as const)('row: %j at its number, the others as they are', async (as, wanted) => {
    const sandbox = await sandboxWith({ kind: 'row', row: 7, as });
    const { json, headers, bytes } = await download(sandbox);
    expect(json.win_info[6]).toEqual(wanted);
    expect(Number(headers['content-length'])).toBe(bytes.length);
    sandbox.clearFaults();
    const { json: right } = await download(sandbox);
    expect(json.win_info.toSpliced(6, 1)).toEqual(right.win_info.toSpliced(6, 1));
  });

  it('row: broken JSON from there on; several at once', async () => {
    const sandbox = await sandboxWith({ kind: 'row', row: 2, as: 'null' }, { kind: 'row', row: 60, as: 'broken-json' });
    const { text } = await download(sandbox);
    expect(() => JSON.parse(text)).toThrow();
    const rows = [...sandbox.neoday.file(resultId(sandbox)).texts()];
    const right = rows.with(1, 'null').slice(0, 59).join(',');
    expect(text.startsWith(`{"win_info":[${right},{"userid":`)).toBe(true);
    expect(text).toMatch(/,"broken"\]\}$/);
  });

  it('ends-early: a complete answer of an incomplete file', async () => {
    const sandbox = await sandboxWith({ kind: 'ends-early', row: 31 });
    const { status, text } = await download(sandbox);
    const rows = [...sandbox.neoday.file(resultId(sandbox)).texts()];
    const whole = `{"win_info":[${rows.slice(0, 30).join(',')},`;
    expect(status).toBe(200);
    expect(text.startsWith(whole)).toBe(true);
    expect(text.slice(whole.length)).toBe(rows[30]?.slice(0, Math.floor((rows[30]?.length ?? 0) / 2)));
  });

  it('store: another root key, more keys, no byte, and how it is handed out', async () => {
    const sandbox = await sandboxWith({ kind: 'store', rootKey: 'win-info', extraKeys: true });
    const odd = await download(sandbox);
    expect(Object.keys(odd.json)).toEqual(['generated_at', 'meta', 'win-info', 'notes', 'version']);
    expect(odd.json['win-info']).toHaveLength(60);
    sandbox.setFaults([{ kind: 'store', empty: 'file' }]);
    const url = await linkTo(sandbox);
    expect(await get(url, {})).toMatchObject({ status: 200, text: '', headers: { 'content-length': '0' } });
    expect((await get(url, { range: 'bytes=0-' })).status).toBe(416);
    sandbox.setFaults([{ kind: 'store', ranges: false, etag: 'none' }]);
    expect((await get(url, { range: 'bytes=3-' })).headers.etag).toBeUndefined();
  });

  it('faults change nothing about who may download', async () => {
    const sandbox = await sandboxWith({ kind: 'row', row: 1, as: 'null' }, { kind: 'store', gzip: true });
    expect((await get(await linkTo(sandbox), await bearer(sandbox))).status).toBe(400);
  });
});
