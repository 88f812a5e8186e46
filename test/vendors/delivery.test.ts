import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpClient, type HttpOptions } from '../../src/vendors/http.ts';
import { serve, serveBytes, serveProxy, serveTls } from './local-servers.ts';

const clients: HttpClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

function deliver(baseUrl: string, more: Partial<HttpOptions> = {}) {
  const client = new HttpClient({
    ...{ vendor: 'Atobi', baseUrl, connections: 1, userAgent: 'test', timeoutMs: 2000 },
    ...more,
  });
  clients.push(client);
  const wanted = { path: 'kpi', headers: {}, signal: new AbortController().signal };
  return () => client.deliver(wanted, { type: 'application/json', text: '{}' });
}

async function unusedPort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('a request that must not be sent twice', () => {
  it('certainly never left where no connection came to be', async () => {
    const tls = await serveTls((_request, response) => response.end());
    const proxy = await serveProxy('http://127.0.0.1:1', undefined, 403);
    const plain = await serve((_request, response) => response.end());
    const places: [string, Partial<HttpOptions>][] = [
      [`http://127.0.0.1:${await unusedPort()}`, {}],
      ['http://nobody.invalid', {}],
      [tls.origin, {}],
      [plain.replace('http:', 'https:'), {}],
      ['https://portfolio.test', { proxy: { httpsProxy: proxy.url } }],
    ];
    for (const [baseUrl, more] of places) {
      expect({ baseUrl, ...(await deliver(baseUrl, more)()) }).toMatchObject({ baseUrl, answer: null, sent: false });
    }
  });

  it('may have arrived where a connection was there, whatever then happened', async () => {
    const silent = await serve(() => undefined);
    for (const [origin, more] of [
      [await serve((request) => request.socket.destroy()), {}],
      [await serveBytes('SSH-2.0-OpenSSH_9.6\r\n'), {}],
      [await serveBytes(''), {}],
      [silent, { timeoutMs: 50 }],
    ] as const) {
      expect(await deliver(origin, more)()).toMatchObject({ answer: null, sent: true, why: expect.any(String) });
    }
  });

  it('is offered to no server by HTTP/2, directly or through a proxy, where that is asked for', async () => {
    const offered: string[][] = [];
    const server = createTlsServer({
      ALPNCallback: ({ protocols }) => {
        offered.push(protocols);
        return undefined;
      },
    });
    server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const proxy = await serveProxy('http://127.0.0.1:1', port);
    const throughProxy = { proxy: { httpsProxy: proxy.url } };
    for (const [origin, more] of [
      [`https://127.0.0.1:${port}`, {}],
      ['https://portfolio.test', throughProxy],
    ] as const) {
      await deliver(origin, { ...more, http1Only: true })();
      await deliver(origin, more)();
    }
    server.close();
    expect(offered.map((protocols) => protocols.includes('h2'))).toEqual([false, true, false, true]);
  });

  it('has any answer for an outcome, with as much of its body as came', async () => {
    const origin = await serve((_request, response) => {
      response.writeHead(500, { 'content-length': 10 }).write('half ', () => response.destroy());
    });
    const cut = await deliver(origin)();
    expect(cut).toMatchObject({ complete: false, answer: { status: 500 } });
    expect(cut.answer?.body.toString()).toBe('half ');
  });

  it('is sent once over a connection that ends, and not over one that was idle for long', async () => {
    const sockets = new Set<unknown>();
    let requests = 0;
    const origin = await serve((request, response) => {
      requests += 1;
      sockets.add(request.socket);
      response.writeHead(200, { 'keep-alive': 'timeout=60' }).end();
    });
    const send = deliver(origin, { idleMs: 100 });
    await send();
    await send();
    expect(sockets.size).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await send();
    expect({ sockets: sockets.size, requests }).toEqual({ sockets: 2, requests: 3 });
  });
});
