import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { admin, get } from './help.ts';
import { ask, askToken, bearer, download, linkTo, neodayWith, resultId } from './neoday-help.ts';

const names = [
  'campaign-info',
  'user-base-connections',
  'player-info-user-id',
  'player-info-game-type',
  'win-info',
  'all-coupons',
  'challenges-user-id',
  'challenges-game-type',
  'gamification-prize-user-id',
  'gamification-prize-prize-type',
  'survey-answers',
];

describe('the token', () => {
  it('is good for as long as it says', async () => {
    const sandbox = await neodayWith();
    const { status, json } = await askToken(sandbox);
    expect({ status, json }).toEqual({
      status: 200,
      json: { token_type: 'Bearer', expires_in: 15_638_400, access_token: expect.stringMatching(/^eyJ.+\..+\..+$/) },
    });
    const brief = await neodayWith({ tokenSeconds: 1 });
    const headers = await bearer(brief);
    expect((await ask(brief, '', headers)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 1050));
    expect((await ask(brief, '', headers)).status).toBe(401);
    expect(brief.journal().map(({ step, key }) => [step, key])).toEqual([
      ['token', 'accepted'],
      ['exports', 'accepted'],
      ['exports', 'wrong'],
    ]);
  });

  it('is still good after the sandbox was started again', async () => {
    const headers = await bearer(await neodayWith());
    expect((await ask(await neodayWith(), '', headers)).status).toBe(200);
  });

  it.each([
    [{ client_secret: 'nope' }, 401, 'invalid_client'],
    [{ client_id: 'nope' }, 401, 'invalid_client'],
    [{ client_secret: undefined }, 400, 'invalid_request'],
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
    [{ grant_type: undefined }, 400, 'invalid_request'],
  ])('is refused for %o with %i', async (change, status, error) => {
    expect(await askToken(await neodayWith(), change)).toEqual({
      status,
      json: { error, message: expect.any(String) },
    });
  });

  it('wants JSON', async () => {
    const { neoday } = await neodayWith();
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = `grant_type=client_credentials&client_id=${neoday.clientId}&client_secret=${neoday.clientSecret}`;
    const answer = await request(`${neoday.baseUrl}/api/1/oauth2/access_token`, {
      method: 'POST',
      headers: form,
      body,
    });
    expect(answer.statusCode).toBe(400);
    await answer.body.dump();
  });

  it.each(['', '/win-info/results', '/fetch/x'])('is wanted by %j', async (path) => {
    const sandbox = await neodayWith();
    for (const headers of [{}, { authorization: 'Bearer x.y.z' }, { authorization: 'Basic eA==' }]) {
      const { status, json } = await ask(sandbox, path, headers as Record<string, string>);
      expect({ status, json }).toEqual({
        status: 401,
        json: { error: 'access_denied', message: expect.any(String) },
      });
    }
  });
});

describe('the list of exports', () => {
  it('is a bare array of the ten documented exports and one that is not', async () => {
    const sandbox = await neodayWith();
    const { json } = await ask(sandbox);
    expect(json.map((one: { system_name: string }) => one.system_name)).toEqual(names);
    const newest = sandbox.neoday.results('win-info').at(-1);
    expect(json[4]).toEqual({
      id: expect.stringMatching(/^[a-z0-9]{25}$/),
      system_name: 'win-info',
      last_run: { id: newest?.id, expires_at: newest?.expiresAt, created_at: '2025-11-20T02:00:10+00:00' },
    });
  });

  it('says null for one that never ran, and is empty for an account without exports', async () => {
    const idle = await neodayWith({ exports: { 'all-coupons': { results: 0 } }, only: ['all-coupons'] });
    expect((await ask(idle)).json).toMatchObject([{ system_name: 'all-coupons', last_run: null }]);
    expect((await ask(idle, '/all-coupons/results')).json).toEqual({ results: [], total: 0 });
    expect((await ask(await neodayWith({ only: [] }))).json).toEqual([]);
  });
});

describe('the results of an export', () => {
  it('come by page and perPage, with the total', async () => {
    const sandbox = await neodayWith({ exports: { 'win-info': { results: 23 } } });
    const { json } = await ask(sandbox, '/win-info/results?page=3&perPage=10');
    expect(json).toMatchObject({ total: 23 });
    expect(json.results).toHaveLength(3);
    expect(json.results[2]).toEqual({
      id: resultId(sandbox),
      created_at: '2025-11-18T02:00:10+00:00',
      expires_at: expect.stringMatching(/^2123-.+\+00:00$/),
    });
    expect((await ask(sandbox, '/win-info/results?page=4')).json).toEqual({ results: [], total: 23 });
    expect((await ask(sandbox, '/win-info/results?page=0')).status).toBe(400);
    expect((await ask(sandbox, '/nothing/results')).status).toBe(404);
    expect(sandbox.journal().filter(({ step }) => step === 'results')).toMatchObject([
      { stream: 'win-info', page: 3 },
      { stream: 'win-info', page: 4 },
      { stream: 'win-info', page: null },
      { stream: null, page: 1 },
    ]);
  });

  it('come in any order, every one on some page', async () => {
    const lists: string[][] = [];
    for (const order of ['oldest-first', 'newest-first', 'shuffled'] as const) {
      const sandbox = await neodayWith({ order, exports: { 'win-info': { results: 30 } } });
      const pages = [];
      for (const page of [1, 2, 3]) pages.push((await ask(sandbox, `/win-info/results?page=${page}`)).json.results);
      lists.push(pages.flat().map(({ id }) => id));
    }
    const [oldest = [], newest = [], mixed = []] = lists;
    expect(newest).toEqual([...oldest].reverse());
    expect([...mixed].sort()).toEqual([...oldest].sort());
    expect(mixed).not.toEqual(oldest);
    expect(mixed).not.toEqual(newest);
  });

  it('may list one twice', async () => {
    const { json } = await ask(await neodayWith({ listedTwice: true }), '/win-info/results');
    const ids = json.results.map(({ id }: { id: string }) => id);
    expect(json.total).toBe(4);
    expect(new Set(ids).size).toBe(3);
  });

  it('may be 10,000, all with ids of their own', async () => {
    const sandbox = await neodayWith({ only: ['win-info'], exports: { 'win-info': { results: 10_000, rows: 10 } } });
    expect((await ask(sandbox, '/win-info/results?page=100&perPage=100')).json.results).toHaveLength(100);
    expect(new Set(sandbox.neoday.results('win-info').map(({ id }) => id)).size).toBe(10_000);
    expect((await download(sandbox, 'win-info', 9999)).json.win_info.length).toBeGreaterThan(1000);
  });

  it('grow while it runs, by method and by admin request, until a reset', async () => {
    const sandbox = await neodayWith();
    const added = sandbox.neoday.addResult('win-info');
    const { json: other } = await admin(sandbox, 'POST', '/results/neoday/win-info', {
      createdAt: '2025-11-30T00:00:00+01:00',
      expiresAt: '2026-01-01T00:00:00Z',
      rows: ['{"userid": "u", "big": 1.10}'],
    });
    const { json } = await ask(sandbox, '/win-info/results');
    expect(json.results.slice(0, 2)).toMatchObject([
      { id: added.id },
      { created_at: '2025-11-29T23:00:00+00:00', expires_at: '2026-01-01T00:00:00+00:00' },
    ]);
    expect((await ask(sandbox)).json[4].last_run.id).toBe(added.id);
    expect((await download(sandbox, 'win-info', 4)).text).toBe('{"win_info":[{"userid": "u", "big": 1.10}]}');
    const { id } = other as { id: string };
    expect((await admin(sandbox, 'GET', `/results/neoday/win-info/${id}`)).json).toMatchObject({
      id,
      rows: 1,
      bytes: 43,
    });
    expect((await admin(sandbox, 'GET', '/results/neoday/win-info')).json).toHaveLength(5);
    expect((await admin(sandbox, 'POST', '/results/neoday/nothing', {})).status).toBe(404);
    expect((await admin(sandbox, 'POST', '/results/neoday/win-info', { rows: 3 })).status).toBe(400);
    sandbox.reset();
    expect((await ask(sandbox, '/win-info/results')).json.total).toBe(3);
  });
});

describe('fetching a result', () => {
  it('gives a signed URL of the store', async () => {
    const sandbox = await neodayWith();
    const id = resultId(sandbox);
    const { json } = await ask(sandbox, `/fetch/${id}`);
    expect(json).toEqual({ result: { id, download_url: expect.any(String) } });
    const url = new URL(json.result.download_url);
    expect(`${url.origin}${url.pathname}`).toBe(`${sandbox.url}/neoday-files/automated-exports/win-info/${id}.json`);
    expect(url.searchParams.get('X-Amz-Expires')).toBe('900');
    expect((await ask(sandbox, '/fetch/nothing')).status).toBe(404);
  });

  it('may name another host', async () => {
    const sandbox = await neodayWith({ filesHost: 'localhost' });
    const url = new URL(await linkTo(sandbox));
    expect(url.host).toBe(`localhost:${new URL(sandbox.url).port}`);
    expect((await get(`${sandbox.url}${url.pathname}${url.search}`, {})).status).toBe(200);
  });
});

describe('the journal of NeoDay', () => {
  it('holds no token, no secret and no signature, wherever they were put', async () => {
    const sandbox = await neodayWith({ clientSecret: 'k-right-secret' });
    const headers = await bearer(sandbox);
    const token = String(headers.authorization).slice('Bearer '.length);
    const url = await linkTo(sandbox);
    await get(url, headers);
    await ask(sandbox, `/win-info/results?token=${token}&secret=k-right-secret`, headers);
    const words = JSON.stringify([sandbox.journal(), sandbox.state()]);
    const signature = new URL(url).searchParams.get('X-Amz-Signature');
    for (const secret of [token, 'k-right-secret', String(signature)]) expect(words).not.toContain(secret);
    expect(words).toContain('X-Amz-Signature=***');
  });
});
