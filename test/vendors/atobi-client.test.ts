import { once } from 'node:events';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { AuthenticationError, ConfigurationError, RateLimitedError, VendorContractError } from '../../src/errors.ts';
import { writeBody } from '../../src/vendors/atobi/body.ts';
import { AtobiClient, type AtobiOptions } from '../../src/vendors/atobi/client.ts';
import { sandboxWith } from '../sandbox/help.ts';
import { serve } from './local-servers.ts';

const clients: AtobiClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

function clientOf(baseUrl: string, more: Partial<AtobiOptions> = {}): AtobiClient {
  const client = new AtobiClient({
    baseUrl,
    clientId: () => 'sandbox-client',
    clientSecret: () => 'sandbox-secret',
    apiVersion: 'v1',
    type: 'sandbox-feed',
    refusedStatuses: ['Error', 'failed'],
    connections: 4,
    userAgent: 'test',
    timeoutMs: 2000,
    ...more,
  });
  clients.push(client);
  return client;
}

const body = (...ids: string[]) =>
  writeBody({
    type: 'sandbox-feed',
    context: 'sales',
    elements: ids.map((id) => ({
      id,
      kpi: 'device_sales',
      userId: '123',
      locationId: null,
      value: '1.50',
      units: null,
      timestamp: '2026-01-31 00:00:00',
      dateFrom: null,
      dateTo: null,
    })),
  });

const { signal } = new AbortController();
const free = async () => undefined;

/** Answers every request for a token, and hands the others on. */
const withToken = (other: Parameters<typeof serve>[0], told: object = {}) =>
  serve((request, response) => {
    if (request.url !== '/oauth/token') return other(request, response);
    response.end(JSON.stringify({ access_token: 'the-token', ...told }));
  });

describe('a transfer to the sandbox', () => {
  it('is taken, with a token that was asked for once, by one request each', async () => {
    const sandbox = await sandboxWith();
    const client = clientOf(sandbox.atobi.baseUrl);
    let asked = 0;
    const count = async () => {
      asked += 1;
    };
    await Promise.all([client.ready(signal, count), client.ready(signal, count), client.ready(signal, count)]);
    const answers = await Promise.all([client.push(body('1', '2'), signal), client.push(body('2'), signal)]);
    for (const answer of answers) expect(answer).toMatchObject({ kind: 'accepted', http: 200, status: 'ok' });
    await client.ready(signal, count);
    expect(asked).toBe(1);
    expect(sandbox.journal().map(({ step }) => step)).toEqual(['token', 'kpi', 'kpi']);
    expect(sandbox.atobi.accepted().map(({ id, takenAt }) => [id, takenAt.length])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it('is refused with a token that was taken back; the next one is good', async () => {
    const sandbox = await sandboxWith();
    const client = clientOf(sandbox.atobi.baseUrl);
    await client.ready(signal, free);
    sandbox.atobi.revokeTokens();
    expect(await client.push(body('1'), signal)).toMatchObject({
      kind: 'refused',
      why: 'token',
      http: 401,
      sent: true,
    });
    const without = await client.push(body('1'), signal);
    expect(without).toMatchObject({ kind: 'refused', why: 'token', http: null, sent: false });
    await client.ready(signal, free);
    expect(await client.push(body('1'), signal)).toMatchObject({ kind: 'accepted' });
    expect(sandbox.journal().map(({ step }) => step)).toEqual(['token', 'kpi', 'token', 'kpi']);
  });

  it('is unknown when the connection ends behind it, and never repeated', async () => {
    const sandbox = await sandboxWith();
    const client = clientOf(sandbox.atobi.baseUrl);
    await client.ready(signal, free);
    for (const how of ['close', 'reset'] as const) {
      sandbox.setFaults([{ kind: 'drop', steps: ['kpi'], how }]);
      expect(await client.push(body('7'), signal)).toMatchObject({ kind: 'unknown', http: null, sent: true });
    }
    sandbox.setFaults([{ kind: 'cut', steps: ['kpi'] }]);
    expect(await client.push(body('7'), signal)).toMatchObject({ kind: 'unknown', http: 200, sent: true });
    sandbox.setFaults([{ kind: 'lost' }]);
    expect(await client.push(body('8'), signal)).toMatchObject({ kind: 'unknown', http: null, sent: true });
    expect(sandbox.journal().filter(({ step }) => step === 'kpi')).toHaveLength(4);
    expect(sandbox.atobi.accepted().map(({ id, takenAt }) => [id, takenAt.length])).toEqual([[7, 3]]);
  });

  it('is unknown when the answer takes too long or nobody waits for it any more', async () => {
    const sandbox = await sandboxWith();
    const client = clientOf(sandbox.atobi.baseUrl, { timeoutMs: 150 });
    await client.ready(signal, free);
    sandbox.setFaults([{ kind: 'late', ms: 5000 }]);
    const late = await client.push(body('1'), signal);
    expect(late).toMatchObject({ kind: 'unknown', sent: true, sentence: expect.stringContaining('within 0.15 s') });
    const aborted = await client.push(body('2'), AbortSignal.timeout(50));
    expect(aborted).toMatchObject({ kind: 'unknown', sent: true, sentence: expect.stringContaining('given up') });
    const before = await client.push(body('3'), AbortSignal.abort());
    expect(before).toMatchObject({ kind: 'refused', why: 'transient', sent: false });
    expect(sandbox.atobi.accepted().map(({ id }) => id)).toEqual([1, 2]);
  });
});

describe('a transfer that is to begin in time', () => {
  it('does not begin later, and is refused then, since nothing was sent', async () => {
    const sandbox = await sandboxWith();
    const client = clientOf(sandbox.atobi.baseUrl);
    await client.ready(signal, free);
    const blocking = client.push(body('1'), signal);
    // Held up as a process is that stood still: the time is over before the connection stands.
    const late = client.push(body('2'), signal, 50);
    const until = performance.now() + 100;
    while (performance.now() < until);
    expect(await late).toMatchObject({ kind: 'refused', why: 'transient', sent: false });
    expect((await late).sentence).toMatch(/could not be begun in time. Nothing was sent/);
    expect((await blocking).kind).toBe('accepted');
    expect(sandbox.atobi.accepted().map(({ id }) => id)).toEqual([1]);
  });

  it('may take as long as any other once it has begun', async () => {
    const sandbox = await sandboxWith();
    const client = clientOf(sandbox.atobi.baseUrl);
    await client.ready(signal, free);
    sandbox.setFaults([{ kind: 'late', ms: 400 }]);
    expect(await client.push(body('1'), signal, 200)).toMatchObject({ kind: 'accepted' });
  });
});

describe('a token', () => {
  it('is asked for by a form, with the scope where there is one', async () => {
    const asked: string[] = [];
    const origin = await serve((request, response) => {
      request.on('data', (part) => asked.push(`${request.headers['content-type']} ${part}`));
      request.on('end', () => response.end('{"access_token":"the-token"}'));
    });
    await clientOf(origin, { scope: 'kpi write', clientSecret: () => 's&=ü' }).ready(signal, free);
    await clientOf(origin).ready(signal, free);
    const form =
      'application/x-www-form-urlencoded grant_type=client_credentials&client_id=sandbox-client&client_secret=';
    expect(asked).toEqual([`${form}s%26%3D%C3%BC&scope=kpi+write`, `${form}sandbox-secret`]);
  });

  it.each([
    [{}, 1],
    [{ expires_in: 0 }, 1],
    [{ expires_in: '3600' }, 1],
    [{ expires_in: 3600 }, 1],
    [{ expires_in: 0.001 }, 2],
  ])('with %j is asked for as often as its life needs', async (told, times) => {
    let asked = 0;
    const origin = await withToken(() => undefined, told);
    const client = clientOf(origin);
    const count = async () => {
      asked += 1;
    };
    await client.ready(signal, count);
    await new Promise((resolve) => setTimeout(resolve, 10));
    await client.ready(signal, count);
    expect(asked).toBe(times);
  });

  it.each([400, 401, 403, 422])('that is refused with %i is a broken credential', async (status) => {
    const origin = await serve((_request, response) => response.writeHead(status).end('{"error":"invalid_client"}'));
    const failure = await clientOf(origin)
      .ready(signal, free)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AuthenticationError);
    expect(String(failure)).not.toMatch(/sandbox-secret|invalid_client/);
  });

  it('that does not come is told in words: too many requests, no such path, no JSON', async () => {
    const answering = async (status: number, answer: string, headers = {}) => {
      const origin = await serve((_request, response) => response.writeHead(status, headers).end(answer));
      return clientOf(origin).ready(signal, free);
    };
    await expect(answering(429, '', { 'retry-after': '3' })).rejects.toThrow(RateLimitedError);
    await expect(answering(404, '')).rejects.toThrow(ConfigurationError);
    await expect(answering(200, '<html>')).rejects.toThrow(VendorContractError);
    await expect(answering(200, '{"access_token":"two words"}')).rejects.toThrow(VendorContractError);
  });

  it('is not asked for where no request may be made; another caller that may gets its own', async () => {
    const origin = await withToken(() => undefined);
    const client = clientOf(origin);
    const full = new Error('no slot');
    const refused = client.ready(signal, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw full;
    });
    let asked = 0;
    const allowed = client.ready(signal, async () => {
      asked += 1;
    });
    await expect(refused).rejects.toBe(full);
    await allowed;
    expect(asked).toBe(1);
  });

  it('in a check is asked for anew, and tells the clock of the vendor', async () => {
    const date = new Date(1_800_000_000_000).toUTCString();
    const origin = await serve((_request, response) => {
      response.writeHead(200, { date }).end('{"access_token":"the-token"}');
    });
    expect(await clientOf(origin).probeToken(signal)).toEqual({ serverTime: 1_800_000_000_000 });
  });
});

describe('an answer', () => {
  it('may be compressed, and says nothing where it cannot be unpacked', async () => {
    const answers = [gzipSync('{"status":"ok"}'), gzipSync('{"status":"ok"}').subarray(0, 15), Buffer.from('{}')];
    const origin = await withToken((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(answers.shift());
    });
    const client = clientOf(origin);
    await client.ready(signal, free);
    const kinds = [];
    for (let turn = 0; turn < 3; turn++) kinds.push((await client.push(body('1'), signal)).kind);
    expect(kinds).toEqual(['accepted', 'unknown', 'unknown']);
  });

  it('that is far too long is read no further, and told by its status alone', async () => {
    const statuses = [422, 200];
    const origin = await withToken((_request, response) => {
      response.writeHead(statuses.shift() ?? 500).end(`{"status":"ok","x":"${'x'.repeat(10_000)}"}`);
    });
    const client = clientOf(origin, { maxBodyBytes: 5000 });
    await client.ready(signal, free);
    expect(await client.push(body('1'), signal)).toMatchObject({ kind: 'refused', why: 'splittable' });
    expect(await client.push(body('1'), signal)).toMatchObject({ kind: 'unknown', http: 200 });
  });

  it('that names type, version, context and address as wrong says where to look', async () => {
    const origin = await withToken((_request, response) => response.writeHead(404).end());
    const client = clientOf(origin, { apiVersion: 'v9' });
    await client.ready(signal, free);
    const { why, sentence } = await client.push(body('1'), signal);
    expect(why).toBe('configuration');
    expect(sentence).toContain(`${origin}/api/external/v9/kpi`);
    for (const word of ['`baseUrl`', '`apiVersion` (v9)', '`type` (sandbox-feed)', '`context` (sales)']) {
      expect(sentence).toContain(word);
    }
  });

  it('never shows the token or the secret, should it repeat them', async () => {
    const origin = await withToken((request, response) => {
      response.writeHead(422).end(`${request.headers.authorization} sandbox-secret`);
    });
    const client = clientOf(origin);
    await client.ready(signal, free);
    expect(await client.push(body('1'), signal)).toMatchObject({ answer: 'Bearer *** ***' });
  });

  it('goes to no other host by a redirect', async () => {
    const seen: string[] = [];
    const other = await serve((request, response) => {
      seen.push(request.url ?? '');
      response.end('{"status":"ok"}');
    });
    const origin = await withToken((_request, response) => response.writeHead(307, { location: other }).end());
    const client = clientOf(origin);
    await client.ready(signal, free);
    expect(await client.push(body('1'), signal)).toMatchObject({ kind: 'refused', why: 'configuration', http: 307 });
    expect(seen).toEqual([]);
  });
});

/** A server that hands out a token and then is gone: what is sent next finds nobody. */
describe('a server that is gone behind the token', () => {
  it('has been sent nothing', async () => {
    const sockets = new Set<Socket>();
    const server = createTcpServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      const answer = '{"access_token":"the-token"}';
      socket.once('data', () =>
        socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`),
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const client = clientOf(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
    await client.ready(signal, free);
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
    const answer = await client.push(body('1'), signal);
    expect(answer).toMatchObject({ kind: 'refused', why: 'transient', http: null, sent: false });
    expect(answer.sentence).toContain('nothing listens at that address');
  });
});
