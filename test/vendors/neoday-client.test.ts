import type { IncomingMessage } from 'node:http';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { AuthenticationError, ConfigurationError, type SyncError, VendorContractError } from '../../src/errors.ts';
import { NeodayClient, type NeodayOptions } from '../../src/vendors/neoday/client.ts';
import { ResultGoneError } from '../../src/vendors/neoday/errors.ts';
import { serve } from './local-servers.ts';

const clients: NeodayClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

const never = new AbortController().signal;

interface Asked {
  method: string;
  url: URL;
  authorization: string | undefined;
  body: string;
}

type Answer = { status?: number; body?: unknown; text?: string };

interface Gateway {
  client: NeodayClient;
  asked: Asked[];
  tokensAsked(): number;
}

interface GatewayOptions extends Partial<NeodayOptions> {
  token?: (count: number) => Answer;
}

/** A gateway that hands out the tokens t1, t2, … and answers everything else by `answer`. */
async function gateway(answer: (asked: Asked) => Answer, options: GatewayOptions = {}): Promise<Gateway> {
  const {
    token = (count): Answer => ({ body: { token_type: 'Bearer', expires_in: 15897600, access_token: `t${count}` } }),
  } = options;
  const asked: Asked[] = [];
  const tokensAsked = () => asked.filter(({ url }) => url.pathname.endsWith('/oauth2/access_token')).length;
  const origin = await serve(async (request, response) => {
    const one = { ...(await whatIsAsked(request)) };
    asked.push(one);
    const isToken = one.url.pathname.endsWith('/oauth2/access_token');
    const { status = 200, body, text } = isToken ? token(tokensAsked()) : answer(one);
    response.writeHead(status).end(text ?? JSON.stringify(body ?? null));
  });
  const client = new NeodayClient({
    baseUrl: origin,
    clientId: () => 'the-id',
    clientSecret: () => 'the-secret',
    maxFileBytes: 1e9,
    connections: 4,
    userAgent: 'test/1',
    ...options,
  });
  clients.push(client);
  return { client, asked, tokensAsked };
}

async function whatIsAsked(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method = '', url = '', headers } = request;
  const body = Buffer.concat(chunks).toString();
  return { method, url: new URL(url, 'http://gateway'), authorization: headers.authorization, body };
}

async function failure(work: Promise<unknown>): Promise<SyncError> {
  const outcome = await work.then(
    () => null,
    (error: SyncError) => error,
  );
  if (outcome === null) throw new Error('nothing was thrown');
  expect(`${outcome.message}${inspect(outcome)}`).not.toMatch(/the-secret|\bt1\b|\bt2\b|ACME/);
  return outcome;
}

const result = (id: string) => ({
  id,
  created_at: '2024-06-20T09:35:57+00:00',
  expires_at: '2123-06-20T11:35:21+02:00',
});
const results = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => result(`r${from + index}`));

describe('the token', () => {
  it('is asked for as documented, once for all who want it at the same time, and carried by every request', async () => {
    const { client, asked, tokensAsked } = await gateway(() => ({ body: [] }), { locale: 'en_GB' });
    await Promise.all(Array.from({ length: 8 }, () => client.exports(never)));
    await client.exports(never);
    expect(tokensAsked()).toBe(1);
    expect(asked[0]).toMatchObject({ method: 'POST', authorization: undefined });
    expect(asked[0]?.url.pathname).toBe('/api/1/oauth2/access_token');
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
      grant_type: 'client_credentials',
      client_id: 'the-id',
      client_secret: 'the-secret',
    });
    expect(asked.slice(1).map(({ authorization }) => authorization)).toEqual(Array(9).fill('Bearer t1'));
    expect(new Set(asked.map(({ url }) => url.searchParams.get('locale')))).toEqual(new Set(['en_GB']));
  });

  it('that lives no time at all is asked for each time', async () => {
    const { client, tokensAsked } = await gateway(() => ({ body: [] }), {
      token: (count) => ({ body: { expires_in: '0', access_token: `t${count}` } }),
    });
    for (let count = 0; count < 3; count++) await client.exports(never);
    expect(tokensAsked()).toBe(3);
  });

  it('is renewed in time, so that the gateway never sees one that has ended', async () => {
    const lifeMs = 1000;
    const issued: number[] = [];
    let late = 0;
    const { client, tokensAsked } = await gateway(
      ({ authorization = '' }) => {
        if (Date.now() - (issued[Number(authorization.slice(8)) - 1] ?? 0) > lifeMs) late++;
        return { body: [] };
      },
      {
        token: (count) => {
          issued.push(Date.now());
          return { body: { expires_in: lifeMs / 1000, access_token: `t${count}` } };
        },
      },
    );
    const until = Date.now() + 2500;
    while (Date.now() < until) await client.exports(never);
    expect(late).toBe(0);
    expect(tokensAsked()).toBeGreaterThanOrEqual(3);
    expect(tokensAsked()).toBeLessThanOrEqual(5);
  });

  it('that is taken back is renewed once, and the request repeated', async () => {
    const { client, tokensAsked } = await gateway(({ authorization }) =>
      authorization === 'Bearer t1' ? { status: 401, text: 'token t1 was revoked' } : { body: [] },
    );
    expect(await Promise.all([client.exports(never), client.exports(never)])).toEqual([[], []]);
    expect(tokensAsked()).toBe(2);
  });

  it('that is refused again and again parks the connection after one renewal', async () => {
    const { client, asked, tokensAsked } = await gateway(() => ({ status: 401 }));
    const error = await failure(client.exports(never));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error.message).toMatch(/answered 401: it does not accept the token that it gave out for `clientId`/);
    expect([tokensAsked(), asked.length]).toEqual([2, 4]);
  });

  it.each([400, 401, 403, 422])('refused with %i parks the connection and says what is wrong', async (status) => {
    const body = { error: 'invalid_client', message: 'ACME the-secret' };
    const { client } = await gateway(() => ({}), { token: () => ({ status, body }) });
    const error = await failure(client.exports(never));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error.message).toMatch(
      /POST .*access_token\) answered \d+: it does not accept `clientId` and `clientSecret`/,
    );
  });

  it('is asked for anew after a failure', async () => {
    const { client } = await gateway(() => ({ body: [] }), {
      token: (count) => (count === 1 ? { status: 500 } : { body: { access_token: 't2', expires_in: 60 } }),
    });
    await expect(client.exports(never)).rejects.toThrow(/answered 500/);
    expect(await client.exports(never)).toEqual([]);
  });

  it('is waited for only as long as the one who waits wants to', async () => {
    const stop = new AbortController();
    const { client } = await gateway(() => ({ body: [] }));
    const asking = client.exports(stop.signal);
    stop.abort(new Error('called off'));
    await expect(asking).rejects.toThrow('called off');
    expect(await client.exports(never)).toEqual([]);
  });

  it.each([
    [{ expires_in: 60 }, /`access_token` is missing/],
    [{ access_token: 'two\nlines' }, /`access_token`/],
    [{ access_token: 't1', expires_in: 'soon' }, /`expires_in`/],
    ['nothing', /not an access token as documented/],
  ])('that is none is told: %j', async (body, words) => {
    const { client } = await gateway(() => ({ body: [] }), { token: () => ({ body }) });
    const error = await failure(client.exports(never));
    expect(error).toBeInstanceOf(VendorContractError);
    expect(error.message).toMatch(words);
  });
});

describe('a missing locale', () => {
  it.each(['Missing Locale', '{"error":"missing_locale"}'])(
    'is told apart from a bad token, and no token is asked for again: %s',
    async (text) => {
      const { client, tokensAsked } = await gateway(() => ({ status: 401, text }));
      const error = await failure(client.exports(never));
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error.message).toMatch(/Missing Locale: set `locale:`/);
      expect(tokensAsked()).toBe(1);
    },
  );
});

describe('the list of exports', () => {
  it('is read as documented, with exports that have never run, each name once', async () => {
    const { client, asked } = await gateway(() => ({
      body: [
        { id: 'e1', system_name: 'win-info', last_run: result('r9'), schedule: 'daily' },
        { id: 'e2', system_name: 'all-coupons', last_run: null },
        { id: 'e3', system_name: 'campaign-info' },
        { id: 'e4', system_name: 'win-info', last_run: null },
      ],
    }));
    expect(await client.exports(never)).toEqual([
      {
        id: 'e1',
        systemName: 'win-info',
        lastRun: { id: 'r9', createdAt: '2024-06-20T09:35:57.000Z', expiresAt: '2123-06-20T09:35:21.000Z' },
      },
      { id: 'e2', systemName: 'all-coupons', lastRun: null },
      { id: 'e3', systemName: 'campaign-info', lastRun: null },
    ]);
    expect(asked[1]?.url.href).toBe('http://gateway/api/1/data-exporter/automated');
  });

  it.each([
    [{ exports: [] }, /not a list of exports as documented\.$/],
    [[{ id: 'e1' }], /`\[0\]\.system_name` is missing/],
    [[{ id: 'e1', system_name: '..' }], /`\[0\]\.system_name`/],
    [[{ id: 'e1', system_name: 'a/b' }], /`\[0\]\.system_name`/],
    [[{ id: 'e1', system_name: 'a', last_run: { id: 'r', created_at: 'soon' } }], /`\[0\]\.last_run\.created_at`/],
  ])('that is not as documented is refused with the place: %j', async (body, words) => {
    const { client } = await gateway(() => ({ body }));
    const error = await failure(client.exports(never));
    expect(error).toBeInstanceOf(VendorContractError);
    expect(error.message).toMatch(words);
  });

  it.each([
    ['<html>ACME</html>', /an HTML page instead of JSON/],
    ['[{"id":', /a body that is not JSON/],
  ])('that is no JSON is told: %s', async (text, words) => {
    const { client } = await gateway(() => ({ text }));
    expect((await failure(client.exports(never))).message).toMatch(words);
  });

  it('that the client may not read parks the connection and names the permission', async () => {
    const { client } = await gateway(() => ({ status: 403, text: 'ACME' }));
    const error = await failure(client.exports(never));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error.message).toMatch(/permission `automated-exports-view`/);
  });
});

describe('results', () => {
  const pagesOf = async (client: NeodayClient): Promise<string[][]> => {
    const pages: string[][] = [];
    for await (const page of client.allResults('win-info', never)) pages.push(page.map(({ id }) => id));
    return pages;
  };

  /** Serves a list of results by `page` and `perPage`, of which it may give fewer than asked for. */
  const listing = (all: unknown[], { most = 1000, total = all.length as number | null } = {}) =>
    gateway(({ url }) => {
      const size = Math.min(Number(url.searchParams.get('perPage')), most);
      const from = (Number(url.searchParams.get('page')) - 1) * size;
      return { body: { results: all.slice(from, from + size), total } };
    });

  it('are read page by page, 100 at a time, until as many came as there are', async () => {
    const { client, asked } = await listing(results(0, 250));
    const pages = await pagesOf(client);
    expect(pages.map((page) => page.length)).toEqual([100, 100, 50]);
    expect(new Set(pages.flat()).size).toBe(250);
    expect(asked.slice(1).map(({ url }) => url.href)).toEqual(
      [1, 2, 3].map((page) => `http://gateway/api/1/data-exporter/automated/win-info/results?page=${page}&perPage=100`),
    );
  });

  it('are all read where the vendor gives smaller pages than asked for', async () => {
    const { client } = await listing(results(0, 250), { most: 40 });
    expect((await pagesOf(client)).flat()).toHaveLength(250);
  });

  it('are all read where the vendor does not say how many there are', async () => {
    const { client } = await listing(results(0, 150), { total: null });
    expect((await pagesOf(client)).flat()).toHaveLength(150);
  });

  it('that are listed twice come once', async () => {
    const { client } = await listing([result('a'), result('b'), result('a')]);
    expect(await pagesOf(client)).toEqual([['a', 'b']]);
  });

  it('of which there are none are one request', async () => {
    const { client, asked } = await listing([]);
    expect(await pagesOf(client)).toEqual([]);
    expect(asked).toHaveLength(2);
  });

  it('without end are given up: a vendor that repeats its page is told', async () => {
    const { client, asked } = await gateway(() => ({ body: { results: results(0, 2), total: 10 } }));
    const error = await failure(pagesOf(client));
    expect(error.message).toMatch(
      /lists 2 results of `win-info` and says that there are 10, but page 2 holds no further/,
    );
    expect(asked).toHaveLength(3);
  });

  it('of an export that there is not are a mistake in the configuration', async () => {
    const { client } = await gateway(() => ({ status: 404 }));
    const error = await failure(client.results('win-inof', 1, never));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toMatch(/there is no export `win-inof` \(any more\)\. Check `exports:`/);
  });

  it('can be tried with one of them', async () => {
    const { client } = await listing(results(0, 7));
    const probe = await client.probe('win-info', never);
    expect(probe).toMatchObject({ total: 7, records: 1 });
    expect(Math.abs((probe.serverTime ?? 0) - Date.now())).toBeLessThan(5000);
  });
});

describe('a download URL', () => {
  const secret = 'https://assets.test/automated-exports/win-info/r1.json?X-Amz-Signature=hidden';

  it('is handed out closed: nothing that prints it shows it', async () => {
    const { client, asked } = await gateway(() => ({ body: { result: { id: 'r1', download_url: secret } } }));
    const url = await client.downloadUrl('r1', never);
    expect(url.reveal().href).toBe(secret);
    expect(asked[1]?.url.pathname).toBe('/api/1/data-exporter/automated/fetch/r1');
    const shown = `${url} ${JSON.stringify({ url })} ${inspect({ url }, { showHidden: true, depth: 9 })} ${String(url)}`;
    expect(shown).not.toMatch(/assets|hidden|win-info/);
    expect(JSON.stringify(structuredClone(url))).not.toMatch(/assets|hidden/);
  });

  it.each([404, 410])('of a result that is gone (%i) is told apart', async (status) => {
    const { client } = await gateway(() => ({ status }));
    expect(await failure(client.downloadUrl('r1', never))).toBeInstanceOf(ResultGoneError);
  });

  it.each([
    [{ result: { id: 'r2', download_url: secret } }, /the file of another result/],
    [{ result: { id: 'r1', download_url: '/r1.json?hidden' } }, /no http or https URL/],
    [{ result: { id: 'r1', download_url: 'file:///etc/hidden' } }, /no http or https URL/],
    [{ result: { id: 'r1' } }, /`result\.download_url` is missing/],
  ])('that is none is refused without being shown: %j', async (body, words) => {
    const { client } = await gateway(() => ({ body }));
    const error = await failure(client.downloadUrl('r1', never));
    expect(error.message).toMatch(words);
    expect(error.message).not.toMatch(/hidden/);
  });
});
