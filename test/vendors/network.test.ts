import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type ForwardProxy, serve, serveProxy, serveTls, tlsFile } from './local-servers.ts';

const script = fileURLToPath(new URL('ask.ts', import.meta.url));

/** What a process with these variables, and no others about networks, is told at an address. */
function ask(baseUrl: string, env: Record<string, string> = {}): Promise<string> {
  const { PATH = '' } = process.env;
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script, baseUrl], { env: { PATH, ...env } }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
  });
}

describe('TLS', () => {
  it('from an authority nobody knows is refused with what to do, and works once that is done', async () => {
    let requests = 0;
    const { origin } = await serveTls((_, response) => {
      requests++;
      response.end('{}');
    });
    const refused = await ask(origin);
    expect(refused).toContain(`VendorUnavailable: Incentify (GET ${origin}/credits)`);
    expect(refused).toMatch(/authority that is not known here\. Set NODE_EXTRA_CA_CERTS to the file/);
    expect(requests).toBe(0);
    expect(await ask(origin, { NODE_EXTRA_CA_CERTS: tlsFile('authority.pem') })).toBe('200');
  });

  it('for another host name is refused', async () => {
    const { origin, port } = await serveTls((_, response) => response.end('{}'));
    const proxy = await serveProxy(origin, port);
    const env = { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: tlsFile('authority.pem') };
    const told = await ask('https://other.test', env);
    expect(told).toMatch(/certificate is for another host name\. Check `baseUrl`/);
  });

  it('asked for in plain HTTP is told as what it is', async () => {
    const { port } = await serveTls((_, response) => response.end('{}'));
    expect(await ask(`http://127.0.0.1:${port}`)).toMatch(/^Vendor\w+: .*(Check|cut)/);
  });
});

describe('a proxy from the environment', () => {
  const portfolio = () => serve((_, response) => response.end('{}'));

  it('takes plain requests', async () => {
    const proxy = await serveProxy(await portfolio());
    for (const name of ['HTTP_PROXY', 'http_proxy']) {
      expect(await ask('http://portfolio.test/v1', { [name]: proxy.url })).toBe('200');
    }
    expect(proxy.asked).toEqual(Array.from({ length: 2 }, () => 'GET http://portfolio.test/v1/credits'));
  });

  it('tunnels encrypted ones, without seeing them', async () => {
    const { port, origin } = await serveTls((_, response) => response.end('{}'));
    const proxy = await serveProxy(origin, port);
    const env = { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: tlsFile('authority.pem') };
    expect(await ask('https://portfolio.test/v1', env)).toBe('200');
    expect(proxy.asked).toEqual(['CONNECT portfolio.test:443']);
  });

  it('is left out for hosts in NO_PROXY, and for this machine itself', async () => {
    const origin = await portfolio();
    const proxy = await serveProxy(origin);
    const env = { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url };
    expect(await ask('http://portfolio.test', { ...env, NO_PROXY: '.test,elsewhere' })).toMatch(/host name/);
    expect(await ask(origin, env)).toBe('200');
    expect(await ask(origin.replace('127.0.0.1', 'localhost'), env)).toBe('200');
    expect(proxy.asked).toEqual([]);
  });

  it.each<[string, (upstream: string) => Promise<ForwardProxy>]>([
    ['that nobody runs', async () => ({ url: 'http://127.0.0.1:1', asked: [] })],
    ['that wants a password', (upstream) => serveProxy(upstream, undefined, 407)],
    ['that does not let us through', (upstream) => serveProxy(upstream, undefined, 403)],
  ])('%s is named as the culprit', async (_name, open) => {
    const { url } = await open(await portfolio());
    const withPassword = url.replace('http://', 'http://user:proxy-password@');
    const told = await ask('https://portfolio.test', { HTTPS_PROXY: withPassword });
    expect(told).toMatch(/^VendorUnavailable: .*HTTPS_PROXY/);
    expect(told).not.toContain('proxy-password');
  });
});
