import { describe, expect, it } from 'vitest';
import { askToken, atobiWith, element, ofUser, sender, transfer } from './atobi-help.ts';
import { admin } from './help.ts';

describe('the token endpoint', () => {
  it('hands out a token for a form with the right id and secret', async () => {
    const { status, json } = await askToken(await atobiWith());
    expect({ status, json }).toMatchObject({ status: 200, json: { token_type: 'Bearer', expires_in: 3600 } });
  });

  it.each([
    [{ grant_type: '' }, {}, 400, 'invalid_request'],
    [{ grant_type: 'password' }, {}, 400, 'unsupported_grant_type'],
    [{ client_id: '' }, {}, 400, 'invalid_request'],
    [{ client_secret: 'wrong' }, {}, 401, 'invalid_client'],
    [{ client_id: 'wrong' }, {}, 401, 'invalid_client'],
    [{}, { 'content-type': 'application/json' }, 400, 'invalid_request'],
    [{}, { 'content-type': 'application/x-www-urlencoded' }, 400, 'invalid_request'],
  ])('refuses %j with %j', async (change, headers, code, error) => {
    const { status, json } = await askToken(await atobiWith(), change as Record<string, string>, headers);
    expect({ status, error: json.error }).toEqual({ status: code, error });
  });

  it('wants the scope where there is one, and tells the life of a token as it is set to', async () => {
    const sandbox = await atobiWith({ scope: 'kpi', expiresIn: 'text' });
    expect((await askToken(sandbox)).json.error).toBe('invalid_scope');
    expect((await askToken(sandbox, { scope: 'kpi' })).json.expires_in).toBe('3600');
    expect((await askToken(await atobiWith({ expiresIn: 'none' }))).json).not.toHaveProperty('expires_in');
  });

  it('leaves neither secret nor token in the journal, wherever a client puts them', async () => {
    const sandbox = await atobiWith();
    const { json } = await askToken(sandbox);
    const wrong = `${sandbox.atobi.baseUrl}/${json.access_token}?secret=sandbox-secret`;
    await fetch(wrong);
    const text = JSON.stringify(sandbox.journal());
    expect(text).not.toMatch(/sandbox-token|sandbox-secret/);
    expect(sandbox.journal()).toMatchObject([
      { system: 'atobi', step: 'token', key: 'accepted', status: 200 },
      { system: 'atobi', status: 404 },
    ]);
  });
});

describe('a token', () => {
  it('is good until it ends, is taken back or was never one', async () => {
    const sandbox = await atobiWith({ tokenSeconds: 0.2 });
    const send = await sender(sandbox);
    const body = transfer([ofUser('1', 1)]);
    expect((await send(body)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(await send(body)).toMatchObject({ status: 401, json: { message: 'Unauthenticated.' } });
    const again = await sender(sandbox);
    sandbox.atobi.revokeTokens();
    expect((await again(body)).status).toBe(401);
    expect((await again(body, { authorization: 'Bearer sandbox-token-made-up' })).status).toBe(401);
    expect((await again(body, { authorization: '' })).status).toBe(401);
    expect(sandbox.journal({ stream: 'sales' }).map(({ key }) => key)).toEqual([
      'accepted',
      'wrong',
      'wrong',
      'wrong',
      'missing',
    ]);
  });
});

describe('the KPI endpoint', () => {
  it('takes a whole transfer, and tells every element with how often and when it was taken', async () => {
    const sandbox = await atobiWith();
    const send = await sender(sandbox);
    const dates = { units: 'Eur', date_from: '2026-01-30 00:00:00', date_to: '2026-01-30 23:59:59' };
    const both = { user_id: '1', location_id: '2', elements: [element(7, dates)] };
    expect(await send(transfer([both, ofUser('3', 8)]))).toMatchObject({ status: 200, json: { status: 'ok' } });
    await send(transfer([{ location_id: '9', elements: [element(8, { value: '-1.50' })] }], { context: 'other' }));
    const common = { kpi: 'points', timestamp: '2026-01-31 13:09:23' };
    expect(sandbox.atobi.accepted()).toEqual([
      {
        ...common,
        ...{ id: 7, context: 'sales', userId: '1', locationId: '2', value: '100', units: 'Eur' },
        ...{ dateFrom: '2026-01-30 00:00:00', dateTo: '2026-01-30 23:59:59' },
        ...{ takenAt: [expect.any(Number)], requests: [2] },
      },
      {
        ...common,
        ...{ id: 8, context: 'other', userId: null, locationId: '9', value: '-1.50', units: null },
        ...{ dateFrom: null, dateTo: null, takenAt: [expect.any(Number), expect.any(Number)], requests: [2, 3] },
      },
    ]);
    expect((await admin(sandbox, 'GET', '/accepted/atobi')).json).toEqual(sandbox.atobi.accepted());
    sandbox.reset();
    expect(sandbox.atobi.accepted()).toEqual([]);
  });

  const one = (changed: object) => transfer([{ user_id: '1', elements: [element(1, changed)] }]);
  const at = 'data.0.elements.0';
  it.each([
    [transfer([ofUser('1', 1)], { type: 'other' }), 'type'],
    [transfer([ofUser('1', 1)], { type: undefined }), 'type'],
    [transfer([ofUser('1', 1)], { version: '1.0' }), 'version'],
    [transfer([ofUser('1', 1)], { context: '' }), 'context'],
    [transfer([ofUser('1', 1)], { context: 'unknown' }), 'context'],
    [transfer([ofUser('1', 1)], { more: 1 }), 'body'],
    [transfer([]), 'data'],
    [transfer(undefined), 'data'],
    [transfer([{ elements: [element(1)] }]), 'data.0.user_id'],
    [transfer([{ user_id: 1, elements: [element(1)] }]), 'data.0.user_id'],
    [transfer([{ user_id: '1', elements: [] }]), 'data.0.elements'],
    [one({ id: '1' }), `${at}.id`],
    [one({ id: 2 ** 53 }), `${at}.id`],
    [one({ kpi: undefined }), `${at}.kpi`],
    [one({ object_type: 'text' }), `${at}.object_type`],
    [one({ value: 100 }), `${at}.value`],
    [one({ value: '1e21' }), `${at}.value`],
    [one({ value: 'NaN' }), `${at}.value`],
    [one({ value: '1,5' }), `${at}.value`],
    [one({ units: null }), `${at}.units`],
    [one({ timestamp: undefined }), `${at}.timestamp`],
    [one({ timestamp: '2026-01-31T13:09:23Z' }), `${at}.timestamp`],
    [one({ timestamp: '2026-02-30 00:00:00' }), `${at}.timestamp`],
    [one({ date_from: 1_769_864_963 }), `${at}.date_from`],
    [one({ date_to: '31/01/2026' }), `${at}.date_to`],
    [one({ data_from: '2026-01-31 13:09:23' }), at],
  ])('refuses %j as a whole, and says where: %s', async (body, place) => {
    const sandbox = await atobiWith({ contexts: ['sales'] });
    const { status, json } = await (await sender(sandbox))(body);
    expect({ status, places: Object.keys(json.errors) }).toEqual({ status: 422, places: [place] });
    expect(sandbox.atobi.accepted()).toEqual([]);
  });

  it('refuses what is no JSON, has other headers, another version in the address or too many bytes', async () => {
    const sandbox = await atobiWith({ maxBodyBytes: 400 });
    const send = await sender(sandbox);
    const body = transfer([ofUser('1', 1)]);
    expect((await send('{"type":')).status).toBe(400);
    expect((await send(body, { 'content-type': 'text/plain' })).status).toBe(422);
    expect((await send(body, { accept: 'text/html' })).status).toBe(422);
    expect((await send(transfer([ofUser('1', 1, 2, 3, 4)]))).status).toBe(413);
    expect((await (await sender(sandbox, '/api/external/v2/kpi'))(body)).status).toBe(404);
    expect(sandbox.atobi.accepted()).toEqual([]);
  });
});

describe('the limit', () => {
  const body = transfer([ofUser('1', 1)]);

  it('turns away what is too much in any window, and lets through again when the first has left it', async () => {
    const sandbox = await atobiWith({ requestsPerMinute: 3, windowMs: 600 });
    const send = await sender(sandbox);
    const from = Date.now();
    expect((await send(body)).status).toBe(200);
    expect((await send(body)).status).toBe(200);
    const refused = await send(body);
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    while ((await send(body)).status === 429) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(Date.now() - from).toBeGreaterThan(400);
    expect(sandbox.atobi.accepted()[0]?.takenAt).toHaveLength(3);
  });

  it('may leave out tokens, and say nothing of when to come again, or say it by a date', async () => {
    const sandbox = await atobiWith({ requestsPerMinute: 1, limits: 'kpi', retryAfter: 'none' });
    const send = await sender(sandbox);
    expect((await send(body)).status).toBe(200);
    const refused = await send(body);
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBeUndefined();
    const dated = await atobiWith({ requestsPerMinute: 1, retryAfter: 'date' });
    const late = await (await sender(dated))(body);
    const wait = Date.parse(String(late.headers['retry-after'])) - Date.now();
    expect(wait).toBeGreaterThan(55_000);
    expect(wait).toBeLessThanOrEqual(61_000);
  });
});

describe('faults', () => {
  const body = transfer([ofUser('1', 1), ofUser('bad', 2, 3)]);
  const taken = (sandbox: Awaited<ReturnType<typeof atobiWith>>) => sandbox.atobi.accepted().map(({ id }) => id);

  it('refuse: nothing of a transfer with such a user, location or element is taken, named or not', async () => {
    const sandbox = await atobiWith();
    const send = await sender(sandbox);
    sandbox.setFaults([{ kind: 'refuse', users: ['bad'] }]);
    expect(await send(body)).toMatchObject({
      status: 422,
      json: { errors: { 'data.1.user_id': [expect.any(String)] } },
    });
    sandbox.setFaults([{ kind: 'refuse', ids: [3], naming: false }]);
    expect(Object.keys((await send(body)).json.errors)).toEqual(['data']);
    sandbox.setFaults([{ kind: 'refuse', ids: [3], status: 400 }]);
    expect(await send(body)).toMatchObject({ status: 400, json: { message: 'data.1.elements.1.id' } });
    expect(taken(sandbox)).toEqual([]);
    expect((await send(transfer([ofUser('1', 1)]))).status).toBe(200);
    sandbox.setFaults([{ kind: 'refuse', locations: ['9'] }]);
    expect((await send(transfer([{ location_id: '9', elements: [element(5)] }]))).status).toBe(422);
    expect(taken(sandbox)).toEqual([1]);
  });

  it('acknowledge: another word of success, with the transfer taken or not', async () => {
    const sandbox = await atobiWith();
    const send = await sender(sandbox);
    sandbox.setFaults([{ kind: 'acknowledge', body: '{"status":"failed"}', first: 1 }]);
    expect(await send(body)).toMatchObject({ status: 200, json: { status: 'failed' } });
    expect(taken(sandbox)).toEqual([]);
    sandbox.setFaults([{ kind: 'acknowledge', body: '', status: 204, taken: true }]);
    expect((await send(body)).status).toBe(204);
    expect(taken(sandbox)).toEqual([1, 2, 3]);
  });

  it('a status, a web page or a lost connection take nothing; one that ends behind it, or is late, takes all', async () => {
    const sandbox = await atobiWith();
    const send = await sender(sandbox);
    const gone = expect.stringMatching(/other side closed|ECONNRESET/);
    sandbox.setFaults([{ kind: 'status', status: 500, steps: ['kpi'] }]);
    expect((await send(body)).status).toBe(500);
    sandbox.setFaults([{ kind: 'lost' }]);
    await expect(send(body)).rejects.toMatchObject({ message: gone });
    sandbox.setFaults([{ kind: 'html', steps: ['kpi'] }]);
    await expect(send(body)).rejects.toThrow(SyntaxError);
    expect(taken(sandbox)).toEqual([]);
    sandbox.setFaults([{ kind: 'drop', steps: ['kpi'], how: 'reset' }]);
    await expect(send(transfer([ofUser('1', 1)]))).rejects.toMatchObject({ message: gone });
    sandbox.setFaults([{ kind: 'late', ms: 100 }]);
    const answer = send(transfer([ofUser('1', 2)]));
    while (taken(sandbox).length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(sandbox.journal().at(-1)).toMatchObject({ status: null, outcome: 'open' });
    expect((await answer).status).toBe(200);
    expect(taken(sandbox)).toEqual([1, 2]);
  });

  it('of this vendor mean its transfers only, unless told otherwise', async () => {
    const sandbox = await atobiWith();
    sandbox.setFaults([{ kind: 'lost' }]);
    const send = await sender(sandbox);
    await expect(send(body)).rejects.toThrow();
    sandbox.setFaults([{ kind: 'lost', steps: ['token'] }]);
    expect((await send(body)).status).toBe(200);
    await expect(askToken(sandbox)).rejects.toThrow();
  });

  it('and what was taken can be asked for and forgotten by the admin API, tokens too', async () => {
    const sandbox = await atobiWith();
    const send = await sender(sandbox);
    await send(body);
    await admin(sandbox, 'DELETE', '/accepted/atobi');
    expect((await admin(sandbox, 'GET', '/accepted/atobi')).json).toEqual([]);
    await admin(sandbox, 'DELETE', '/tokens/atobi');
    expect((await send(body)).status).toBe(401);
  });
});
