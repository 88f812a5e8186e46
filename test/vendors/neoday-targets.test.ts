import { afterEach, describe, expect, it } from 'vitest';
import { VendorContractError } from '../../src/errors.ts';
import { type AddressKind, addressKind } from '../../src/vendors/addresses.ts';
import { ForbiddenAddressError, guardedConnector, type Lookup } from '../../src/vendors/guard.ts';
import { Downloader, type DownloadOptions } from '../../src/vendors/neoday/download.ts';
import { fileStart } from '../../src/vendors/neoday/place.ts';
import { SignedUrl } from '../../src/vendors/neoday/signed-url.ts';
import { serve, serveProxy, serveTls } from './local-servers.ts';

const downloaders: Downloader[] = [];
afterEach(async () => {
  for (const downloader of downloaders.splice(0)) await downloader.close();
});

/** A world in which these names, and no others, have an address. */
const names =
  (known: Record<string, () => string>): Lookup =>
  (hostname, options, callback) => {
    const address = known[hostname]?.();
    if (address === undefined) callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), '', 0);
    else if (options.all) callback(null, [{ address, family: 4 }]);
    else callback(null, address, 4);
  };

const publicGateway = 'https://gateway.test';
const somewhere = '93.184.215.14';
const world = (more: Record<string, () => string> = {}) => names({ 'gateway.test': () => somewhere, ...more });

/** What a download of that URL comes to. */
async function told(url: string, options: Partial<DownloadOptions>): Promise<string> {
  const downloader = new Downloader({ baseUrl: publicGateway, maxFileBytes: 1e9, userAgent: 'test/1', ...options });
  downloaders.push(downloader);
  try {
    const download = await downloader.open(new SignedUrl(new URL(url)), fileStart, AbortSignal.timeout(10_000));
    download.cancel();
    return 'read';
  } catch (error) {
    const { message } = error as Error;
    expect(message).not.toContain('hidden');
    return `${error instanceof VendorContractError ? 'refused' : 'failed'}: ${message}`;
  }
}

/** A storage that counts requests. */
async function storage(): Promise<{ origin: string; port: string; asked: () => number }> {
  let requests = 0;
  const origin = await serve((_, response) => {
    requests++;
    response.end('{}');
  });
  return { origin, port: new URL(origin).port, asked: () => requests };
}

describe('with a gateway on the internet', () => {
  it('a public name that leads to this machine is refused: nothing is asked for', async () => {
    const { port, asked } = await storage();
    const lookup = world({ 'files.test': () => '127.0.0.1' });
    const outcome = await told(`https://files.test:${port}/hidden`, { lookup });
    expect(outcome).toMatch(/^refused: NeoDay's file server \(GET https:\/\/files\.test:\d+\).*private network/);
    expect(asked()).toBe(0);
  });

  it('a name that is harmless when looked up, and another when connected to, is refused by what is connected to', async () => {
    const { port, asked } = await storage();
    let looks = 0;
    const changing: Lookup = (_hostname, _options, callback) => {
      const entry = {
        family: 4,
        get address() {
          return looks++ === 0 ? somewhere : '127.0.0.1';
        },
      };
      callback(null, [entry]);
    };
    const connectAllowing = (allowed: (kind: AddressKind) => boolean) =>
      new Promise((resolve) => {
        looks = 0;
        const to = { hostname: 'files.test', protocol: 'http:', port };
        guardedConnector(
          {},
          allowed,
          changing,
        )(to, (...[error, socket]) => {
          socket?.destroy();
          resolve(error ?? 'connected');
        });
      });
    expect(await connectAllowing((kind) => kind === 'public')).toBeInstanceOf(ForbiddenAddressError);
    expect(looks).toBeGreaterThan(1);
    expect(await connectAllowing(() => true)).toBe('connected');
    expect(asked()).toBe(0);
  });

  it('one forbidden address among several is enough', async () => {
    const lookup: Lookup = (hostname, options, callback) => {
      const all = [somewhere, '10.0.0.7'].map((address) => ({ address, family: 4 }));
      if (hostname === 'gateway.test' || !options.all) callback(null, somewhere, 4);
      else callback(null, all);
    };
    expect(await told('https://files.test/hidden', { lookup })).toMatch(/^refused: .*private network/);
  });

  it.each([
    'https://127.0.0.1',
    'https://10.1.2.3',
    'https://172.31.0.1',
    'https://192.168.1.1',
    'https://169.254.169.254',
    'https://100.64.0.1',
    'https://0.0.0.0',
    'https://224.0.0.1',
    'https://2130706433',
    'https://0x7f.1',
    'https://[::1]',
    'https://[::]',
    'https://[::ffff:127.0.0.1]',
    'https://[64:ff9b::10.0.0.1]',
    'https://[fe80::1]',
    'https://[fd00::1]',
    'https://[ff02::1]',
  ])('%s is refused', async (origin) => {
    expect(await told(`${origin}/hidden`, { lookup: world() })).toMatch(/^refused: .*private network/);
  });

  it('plain http is refused, wherever it leads', async () => {
    const lookup = world({ 'files.test': () => somewhere });
    expect(await told('http://files.test/hidden', { lookup })).toMatch(/^refused: .*without encryption/);
  });
});

describe('with a gateway on this machine or in a private network', () => {
  it.each([
    ['http://127.0.0.1:1', {}],
    ['http://localhost:1', { localhost: () => '127.0.0.1' }],
    ['https://gateway.internal', { 'gateway.internal': () => '10.0.0.5' }],
  ])('%s, files may be there too, also without encryption', async (baseUrl, known) => {
    const { origin, asked } = await storage();
    expect(await told(`${origin}/hidden`, { baseUrl, lookup: names(known) })).toBe('read');
    expect(asked()).toBe(1);
  });

  it('the addresses of cloud metadata and of nobody stay refused', async () => {
    for (const origin of ['http://169.254.169.254', 'http://0.0.0.0', 'http://[fe80::1]']) {
      expect(await told(`${origin}/hidden`, { baseUrl: 'http://127.0.0.1:1' })).toMatch(/^refused/);
    }
  });
});

describe('a redirect', () => {
  it('is checked like the address before it', async () => {
    const secret = await storage();
    const redirecting = await serveTls((_, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/hidden' }).end(),
    );
    expect(await told(redirecting.origin, { baseUrl: 'http://127.0.0.1:1' })).toMatch(/^failed: .*authority/);
    const plain = await serve((_, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/hidden' }).end(),
    );
    expect(await told(plain, { baseUrl: 'http://127.0.0.1:1' })).toMatch(/^refused: .*169\.254.*private network/);
    const scheme = await serve((_, response) => response.writeHead(302, { location: 'file:///etc/hidden' }).end());
    expect(await told(scheme, { baseUrl: 'http://127.0.0.1:1' })).toMatch(/^refused/);
    expect(secret.asked()).toBe(0);
  });
});

describe('through a proxy', () => {
  it('a name that is not known here is left to the proxy, one that leads into a private network is refused', async () => {
    const { origin } = await storage();
    const tls = await serveTls((_, response) => response.end('{}'));
    const proxy = await serveProxy(origin, tls.port);
    const settings = { proxy: { httpsProxy: proxy.url }, lookup: world({ 'inside.test': () => '10.0.0.5' }) };
    // The tunnel is opened; its far end has a certificate from nobody.
    expect(await told('https://files.test/hidden', settings)).toMatch(/^failed: .*authority/);
    expect(await told('https://inside.test/hidden', settings)).toMatch(/^refused: .*private network/);
    expect(await told('https://10.0.0.5/hidden', settings)).toMatch(/^refused: .*private network/);
    expect(proxy.asked).toEqual(['CONNECT files.test:443']);
  });

  it('hosts that go past it are held to what they are connected to', async () => {
    const { origin, port, asked } = await storage();
    const proxy = await serveProxy(origin);
    const lookup = world({ 'files.test': () => '127.0.0.1' });
    const settings = { proxy: { httpsProxy: proxy.url, noProxy: 'files.test' }, lookup };
    expect(await told(`https://files.test:${port}/hidden`, settings)).toMatch(/^refused: .*private network/);
    expect(asked()).toBe(0);
    expect(proxy.asked).toEqual([]);
  });
});

it.each([
  ['8.8.8.8', 'public'],
  ['172.32.0.1', 'public'],
  ['2606:2800:220:1::1', 'public'],
  ['::ffff:8.8.8.8', 'public'],
  ['172.16.0.1', 'private'],
  ['::ffff:c0a8:101', 'private'],
  ['::127.0.0.1', 'private'],
  ['100.127.255.255', 'private'],
  ['fe80::1%eth0', 'never'],
  ['::ffff:169.254.169.254', 'never'],
  ['2002:7f00:1::', 'never'],
  ['255.255.255.255', 'never'],
  ['nonsense', 'never'],
])('the address %s is %s', (address, kind) => {
  expect(addressKind(address)).toBe(kind);
});
