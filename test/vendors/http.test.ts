import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import {
  AuthenticationError,
  ConfigurationError,
  RateLimitedError,
  type SyncError,
  VendorContractError,
  VendorUnavailableError,
} from '../../src/errors.ts';
import { HttpClient, type HttpOptions, type HttpRequest, jsonBody } from '../../src/vendors/http.ts';
import { serve, serveBytes } from './local-servers.ts';

const clients: HttpClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

function clientOf(baseUrl: string, options: Partial<HttpOptions> = {}): HttpClient {
  const client = new HttpClient({ vendor: 'Incentify', baseUrl, connections: 4, userAgent: 'test/1', ...options });
  clients.push(client);
  return client;
}

const wanted = () => ({ path: 'credits', query: 'page=2', headers: { 'x-api-key': 'the-key' }, signal: never });
const never = new AbortController().signal;

async function failure(client: HttpClient): Promise<SyncError> {
  const outcome = await client.get(wanted()).catch((error: SyncError) => error);
  if (!(outcome instanceof Error)) throw new Error(`was answered ${outcome.status}`);
  return outcome;
}

describe('a request', () => {
  it('goes to the base path, says who asks, carries the key and asks for compression', async () => {
    const seen: unknown[] = [];
    const origin = await serve((request, response) => {
      seen.push(request.method, request.url, request.headers);
      response.end('{}');
    });
    await clientOf(`${origin}/v1/`).get(wanted());
    expect(seen).toMatchObject([
      'GET',
      '/v1/credits?page=2',
      {
        'x-api-key': 'the-key',
        'user-agent': 'test/1',
        accept: 'application/json',
        'accept-encoding': 'gzip, br, deflate',
      },
    ]);
  });

  it('uses its connections again, and never more than it may', async () => {
    const sockets = new Set<unknown>();
    const origin = await serve((request, response) => {
      sockets.add(request.socket);
      setTimeout(() => response.end('{}'), 5);
    });
    const client = clientOf(origin, { connections: 3 });
    await Promise.all(Array.from({ length: 12 }, () => client.get(wanted())));
    await client.get(wanted());
    expect(sockets.size).toBe(3);
  });

  it('can be called off', async () => {
    const origin = await serve(() => undefined);
    const stop = new AbortController();
    const asking = clientOf(origin).get({ ...wanted(), signal: stop.signal });
    stop.abort(new Error('called off'));
    await expect(asking).rejects.toThrow('called off');
  });
});

describe('compressed answers', () => {
  const text = JSON.stringify({ data: 'ä'.repeat(5000) });
  it.each([
    ['gzip', gzipSync(text)],
    ['GZIP', gzipSync(text)],
    ['br', brotliCompressSync(text)],
    ['deflate', deflateSync(text)],
    ['identity', Buffer.from(text)],
  ])('in %s are read', async (encoding, body) => {
    const origin = await serve((_, response) => response.setHeader('content-encoding', encoding).end(body));
    const answer = await clientOf(origin).get(wanted());
    expect(answer.body.toString()).toBe(text);
  });

  it('that unpack beyond the cap are stopped there', async () => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
    const origin = await serve((_, response) => response.setHeader('content-encoding', 'gzip').end(bomb));
    const error = await failure(clientOf(origin, { maxBodyBytes: 1024 * 1024 }));
    expect(error).toBeInstanceOf(VendorContractError);
    expect(error.message).toMatch(/sent more than 1 MiB for one page/);
  });

  it('that are cut, or not asked for, are told apart', async () => {
    const cut = await serve((_, response) =>
      response.setHeader('content-encoding', 'gzip').end(gzipSync(text).subarray(0, 20)),
    );
    expect(await failure(clientOf(cut))).toBeInstanceOf(VendorUnavailableError);
    const strange = await serve((_, response) => response.setHeader('content-encoding', 'zstd').end('x'));
    expect(await failure(clientOf(strange))).toBeInstanceOf(VendorContractError);
  });
});

describe('an answer', () => {
  it('above the cap is stopped while it comes', async () => {
    let sent = 0;
    const origin = await serve((_, response) => {
      const more = () => {
        while (sent < 64 && response.write(Buffer.alloc(1024 * 1024))) sent++;
        if (sent >= 64) response.end();
      };
      response.on('drain', more);
      more();
    });
    const error = await failure(clientOf(origin, { maxBodyBytes: 2 * 1024 * 1024 }));
    expect(error.message).toMatch(/sent more than 2 MiB/);
    expect(sent).toBeLessThan(64);
  });

  it.each([
    [401, AuthenticationError, /does not accept the key/],
    [403, AuthenticationError, /does not accept the key/],
    [404, ConfigurationError, /no such resource\. Check `baseUrl`/],
    [422, VendorContractError, /refuses the request/],
    [408, VendorUnavailableError, /answered 408/],
    [500, VendorUnavailableError, /answered 500/],
    [503, VendorUnavailableError, /answered 503/],
    [429, RateLimitedError, /asks for a pause/],
  ] as const)('with status %i is told with the place, never with its body or the key', async (status, kind, words) => {
    const origin = await serve((_, response) => response.writeHead(status).end('the-key, ACME Holding'));
    const error = await failure(clientOf(`${origin}/v1`));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toMatch(words);
    expect(error.message).toContain(`Incentify (GET ${origin}/v1/credits)`);
    expect(error.message).not.toMatch(/ACME|the-key/);
  });

  it.each([
    [429, '3', 3_000],
    [503, '2', 2_000],
    [429, undefined, 5_000],
    [429, 'nonsense', 5_000],
  ])('%i with Retry-After %s asks for a pause of so many ms', async (status, header, ms) => {
    const origin = await serve((_, response) => {
      response.writeHead(status, header === undefined ? {} : { 'retry-after': header }).end();
    });
    expect(await failure(clientOf(origin))).toMatchObject({ kind: 'RateLimited', retryAfterMs: ms });
  });

  it('may name the end of the pause as a date', async () => {
    const origin = await serve((_, response) => {
      response.writeHead(503, { 'retry-after': new Date(Date.now() + 10_000).toUTCString() }).end();
    });
    const error = await failure(clientOf(origin));
    expect(error).toBeInstanceOf(RateLimitedError);
    const { retryAfterMs } = error as RateLimitedError;
    expect(retryAfterMs).toBeGreaterThan(7_000);
    expect(retryAfterMs).toBeLessThanOrEqual(10_000);
  });

  it.each([301, 302, 303, 307, 308])('that redirects (%i) is not followed: the key stays here', async (status) => {
    let elsewhere = 0;
    const other = await serve((_, response) => {
      elsewhere++;
      response.end('{}');
    });
    const origin = await serve((_, response) =>
      response.writeHead(status, { location: `${other}/credits?token=secret` }).end(),
    );
    const error = await failure(clientOf(origin));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toContain(`redirects to ${other}, where the key is not sent`);
    expect(error.message).not.toContain('secret');
    expect(elsewhere).toBe(0);
  });
});

describe('a connection', () => {
  it.each(['end', 'resetAndDestroy'] as const)(
    'that was kept and is closed by then (%s) is asked once more',
    async (how) => {
      let requests = 0;
      const origin = await serve((request, response) => {
        requests++;
        if (requests === 2) request.socket[how]();
        else response.end('{}');
      });
      const client = clientOf(origin, { connections: 1 });
      await client.get(wanted());
      expect((await client.get(wanted())).status).toBe(200);
      expect(requests).toBe(3);
    },
  );

  it('that closes without an answer again and again is tried twice, no more', async () => {
    let requests = 0;
    const origin = await serve((request) => {
      requests++;
      request.socket.destroy();
    });
    const error = await failure(clientOf(origin));
    expect(error).toBeInstanceOf(VendorUnavailableError);
    expect(error.message).toMatch(/the connection was cut/);
    expect(requests).toBe(2);
  });

  it.each(['end', 'resetAndDestroy'] as const)(
    'that is cut in the middle of an answer (%s) is not asked again',
    async (how) => {
      let requests = 0;
      const origin = await serve((request, response) => {
        requests++;
        response.writeHead(200, { 'content-length': 1000 });
        response.write('x'.repeat(100), () => setTimeout(() => request.socket[how](), 10));
      });
      expect(await failure(clientOf(origin))).toBeInstanceOf(VendorUnavailableError);
      expect(requests).toBe(1);
    },
  );

  it('that never answers, or stops in the middle, is given up in time', async () => {
    const silent = await serve(() => undefined);
    const halting = await serve((_, response) => response.writeHead(200).write('{'));
    for (const origin of [silent, halting]) {
      const begun = performance.now();
      const error = await failure(clientOf(origin, { timeoutMs: 150 }));
      expect(error).toBeInstanceOf(VendorUnavailableError);
      expect(error.message).toMatch(/no complete answer within 0.15 s|no answer in time/);
      expect(performance.now() - begun).toBeLessThan(2_000);
    }
  });

  it.each([
    ['nobody listens at', 'http://127.0.0.1:1', /nothing listens at that address\. Check host and port of `baseUrl`/],
    ['a host that is not known', 'https://portfolio.invalid', /host name.*(not known|could not be looked up)/],
  ])('to %s says so', async (_name, baseUrl, words) => {
    const error = await failure(clientOf(baseUrl));
    expect(error).toBeInstanceOf(VendorUnavailableError);
    expect(error.message).toMatch(words);
  });

  it('to something that speaks no HTTP says so', async () => {
    const error = await failure(clientOf(await serveBytes('SSH-2.0-OpenSSH_9.2\r\n')));
    expect(error).toBeInstanceOf(VendorUnavailableError);
    expect(error.message).toMatch(/does not speak HTTP\. Check `baseUrl`/);
  });

  it('with https to a plain server says so', async () => {
    const origin = await serve((_, response) => response.end('{}'));
    const error = await failure(clientOf(origin.replace('http:', 'https:')));
    expect(error.message).toMatch(/TLS handshake failed.*http:\/\/ and https:\/\//);
  });
});

describe('a POST', () => {
  const posting = (baseUrl: string, explain?: HttpRequest['explain']) => {
    const request = { path: 'token', query: 'locale=en_GB', headers: { 'x-more': 'yes' }, signal: never };
    return clientOf(baseUrl).post(
      { ...request, ...(explain && { explain }) },
      jsonBody({ client_secret: 's', name: 'é' }),
    );
  };

  it('carries its body and says what it is', async () => {
    const seen: unknown[] = [];
    const origin = await serve(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      seen.push(request.method, request.url, request.headers, Buffer.concat(chunks).toString());
      response.end('{"token":1}');
    });
    expect((await posting(`${origin}/v1`)).body.toString()).toBe('{"token":1}');
    expect(seen).toMatchObject([
      'POST',
      '/v1/token?locale=en_GB',
      { 'content-type': 'application/json', 'content-length': '33', 'x-more': 'yes' },
      '{"client_secret":"s","name":"é"}',
    ]);
  });

  it('is never sent twice: who knows what the first one did', async () => {
    let requests = 0;
    const origin = await serve((request) => {
      requests++;
      request.socket.destroy();
    });
    await expect(posting(origin)).rejects.toThrow(VendorUnavailableError);
    expect(requests).toBe(1);
  });

  it('that fails is told with its method, by what the vendor means by that answer', async () => {
    const origin = await serve((_, response) => response.writeHead(400).end('no'));
    await expect(posting(origin)).rejects.toThrow(`Incentify (POST ${origin}/token) answered 400: it refuses`);
    const meant = posting(origin, ({ status, body }, place) => new VendorContractError(`${place}: ${status} ${body}`));
    await expect(meant).rejects.toThrow(`Incentify (POST ${origin}/token): 400 no`);
  });
});
