import { inspect } from 'node:util';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  RateLimitedError,
  type SyncError,
  VendorContractError,
  VendorUnavailableError,
} from '../../src/errors.ts';
import { type Download, Downloader, type DownloadOptions } from '../../src/vendors/neoday/download.ts';
import { FileChangedError, ResultGoneError, UrlExpiredError } from '../../src/vendors/neoday/errors.ts';
import { type FilePlace, fileStart } from '../../src/vendors/neoday/place.ts';
import { SignedUrl } from '../../src/vendors/neoday/signed-url.ts';
import { type FileServer, serveFile } from './file-server.ts';
import { serve } from './local-servers.ts';

const downloaders: Downloader[] = [];
afterEach(async () => {
  for (const downloader of downloaders.splice(0)) await downloader.close();
});

const never = new AbortController().signal;
const bytes = Buffer.from(JSON.stringify({ win_info: Array.from({ length: 20_000 }, (_, userid) => ({ userid })) }));

function downloaderOf(options: Partial<DownloadOptions> = {}): Downloader {
  const downloader = new Downloader({
    baseUrl: 'http://127.0.0.1:1',
    maxFileBytes: 1e9,
    userAgent: 'test/1',
    ...options,
  });
  downloaders.push(downloader);
  return downloader;
}

const open = (server: FileServer, from: FilePlace = fileStart, options: Partial<DownloadOptions> = {}) =>
  downloaderOf(options).open(new SignedUrl(server.url), from, never);

async function all({ body }: Download): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What went wrong, after the bytes that came before; nothing of it may show the address. */
async function failure(work: Promise<unknown>): Promise<SyncError> {
  const outcome = await work.then(
    () => null,
    (error: SyncError) => error,
  );
  if (outcome === null) throw new Error('nothing was thrown');
  expect(`${outcome.message}${outcome.stack}${inspect(outcome, { depth: 9, showHidden: true })}`).not.toContain(
    'hidden',
  );
  return outcome;
}

describe('a file', () => {
  it('is read from its beginning, without the token, and not compressed', async () => {
    const server = await serveFile({ bytes });
    const download = await open(server);
    expect(download).toMatchObject({
      start: 'fresh',
      etag: '"v1"',
      length: bytes.length,
      resumable: true,
      requests: 1,
    });
    expect(await all(download)).toEqual(bytes);
    expect(download.received()).toBe(bytes.length);
    const { headers } = server.asked[0]!;
    expect(headers).toMatchObject({ 'accept-encoding': 'identity', 'user-agent': 'test/1' });
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('range');
  });

  it('may take as long as it likes, as long as it does not keep silent', async () => {
    const origin = await serve((_, response) => {
      let count = 0;
      const beat = setInterval(() => {
        response.write('x');
        if (++count < 12) return;
        clearInterval(beat);
        response.end();
      }, 50);
    });
    const download = await downloaderOf({ silenceMs: 300 }).open(new SignedUrl(new URL(origin)), fileStart, never);
    expect(await all(download)).toHaveLength(12);
    expect(download).toMatchObject({ length: null, resumable: false });
  });

  it('whose reader takes its time is not given up', async () => {
    const large = Buffer.alloc(20 * 1024 * 1024, 'x');
    const download = await open(await serveFile({ bytes: large }), fileStart, { silenceMs: 400 });
    let count = 0;
    for await (const chunk of download.body) {
      if (count === 0) await new Promise((resolve) => setTimeout(resolve, 1200));
      count += chunk.length;
    }
    expect(count).toBe(large.length);
  });

  it.each(['before it begins', 'in the middle'])('that falls silent %s is given up', async (when) => {
    const origin = await serve((_, response) => {
      if (when === 'in the middle') response.writeHead(200, { 'content-length': 100 }).write('x'.repeat(40));
    });
    const begun = performance.now();
    const reading = downloaderOf({ silenceMs: 300 }).open(new SignedUrl(new URL('/hidden', origin)), fileStart, never);
    const error = await failure(reading.then(all));
    expect(error).toBeInstanceOf(VendorUnavailableError);
    expect(error.message).toMatch(
      when === 'in the middle' ? /stopped in the middle.*byte 40 of 100/ : /no answer in time/,
    );
    expect(performance.now() - begun).toBeLessThan(4000);
  });

  it('can be called off, before and in the middle', async () => {
    const origin = await serve((_, response) => response.writeHead(200).write('x'));
    for (const chunks of [0, 1]) {
      const stop = new AbortController();
      const opened = downloaderOf().open(new SignedUrl(new URL(origin)), fileStart, stop.signal);
      const reading = chunks === 0 ? opened : opened.then(all);
      setTimeout(() => stop.abort(new Error('called off')), chunks === 0 ? 0 : 100);
      await expect(reading).rejects.toThrow('called off');
    }
  });

  it('that nobody wants any more is let go', async () => {
    const server = await serveFile({ bytes: Buffer.alloc(50 * 1024 * 1024) });
    const download = await open(server);
    download.cancel();
    await expect(all(download)).rejects.toThrow(VendorUnavailableError);
    const other = await open(server);
    for await (const _ of other.body) break;
    expect(other.received()).toBeLessThan(50 * 1024 * 1024);
  });
});

describe('a file that is gone on with', () => {
  const from: FilePlace = { offset: 1000, etag: '"v1"', length: bytes.length };

  it('is asked for from there, under the condition that it is the same', async () => {
    const server = await serveFile({ bytes });
    const download = await open(server, from);
    expect(download).toMatchObject({ start: 'resumed', etag: '"v1"', length: bytes.length, requests: 1 });
    expect(await all(download)).toEqual(bytes.subarray(1000));
    expect(download.received()).toBe(bytes.length - 1000);
    expect(server.asked[0]!.headers).toMatchObject({ range: 'bytes=1000-', 'if-range': '"v1"' });
  });

  it('after each of many cuts comes whole, no byte twice', async () => {
    const server = await serveFile({ bytes, cutAfter: 50_000 });
    const got: Buffer[] = [];
    let place: FilePlace = fileStart;
    for (let tries = 0; tries < 20; tries++) {
      const download = await open(server, place);
      expect(download.start).toBe(tries === 0 ? 'fresh' : 'resumed');
      try {
        for await (const chunk of download.body) {
          got.push(chunk);
          place = { offset: place.offset + chunk.length, etag: download.etag, length: download.length };
        }
        break;
      } catch (error) {
        expect(error).toBeInstanceOf(VendorUnavailableError);
        expect(String(error)).toContain(`byte ${place.offset} of ${bytes.length}`);
      }
    }
    expect(Buffer.concat(got)).toEqual(bytes);
    expect(server.asked.length).toBe(Math.ceil(bytes.length / 50_000));
  });

  it('on a server without ranges is read again up to there, and given from there', async () => {
    const download = await open(await serveFile({ bytes, ranges: false }), from);
    expect(download).toMatchObject({ start: 'skip', requests: 1 });
    expect(await all(download)).toEqual(bytes.subarray(1000));
    expect(download.received()).toBe(bytes.length);
  });

  it.each([
    ['another ETag', { etag: '"v2"' }],
    ['another ETag, and no ranges', { etag: '"v2"', ranges: false }],
    ['no ETag and another length', { etag: null, bytes: bytes.subarray(1) }],
    ['no ETag, no ranges and another length', { etag: null, ranges: false, bytes: bytes.subarray(1) }],
    ['fewer bytes than were read', { etag: null, bytes: bytes.subarray(0, 900) }],
    ['another weak ETag', { etag: 'W/"v2"' }],
  ])('but has %s is given from its beginning, as changed', async (_name, change) => {
    const server = await serveFile({ bytes, ...change });
    const download = await open(server, 'etag' in change && change.etag === null ? { ...from, etag: null } : from);
    expect(download.start).toBe('changed');
    expect(await all(download)).toEqual(server.file.bytes);
  });

  it.each([
    ['no ETag but the same length', { etag: null }, null, {}],
    ['a weak ETag', { etag: 'W/"w"' }, 'W/"w"', {}],
    [
      'a Last-Modified',
      { etag: null, lastModified: 'Thu, 20 Jun 2024 09:35:57 GMT' },
      'Thu, 20 Jun 2024 09:35:57 GMT',
      {
        'if-range': 'Thu, 20 Jun 2024 09:35:57 GMT',
      },
    ],
  ])('and has %s is resumed', async (_name, change, etag, headers) => {
    const server = await serveFile({ bytes, ...change });
    const first = await open(server);
    first.cancel();
    expect(first.etag).toBe(etag);
    const download = await open(server, { ...from, etag });
    expect(download.start).toBe('resumed');
    expect(await all(download)).toEqual(bytes.subarray(1000));
    expect(server.asked[1]!.headers).toMatchObject(headers);
    if (!('if-range' in headers)) expect(server.asked[1]!.headers).not.toHaveProperty('if-range');
  });

  it('is read as a whole where the part that comes is another one than was asked for', async () => {
    const server = await serveFile({ bytes });
    server.instead = (response) =>
      response
        .writeHead(206, { etag: '"v1"', 'content-range': `bytes 500-${bytes.length - 1}/${bytes.length}` })
        .end(bytes.subarray(500));
    const download = await open(server, from);
    expect(download).toMatchObject({ start: 'skip', requests: 2 });
    expect(await all(download)).toEqual(bytes.subarray(1000));
  });

  it('and ends before what was read of it, though nothing said so, has to be read again', async () => {
    const server = await serveFile({ bytes: bytes.subarray(0, 500), etag: null, chunked: true });
    const error = await failure(open(server, { offset: 1000, etag: null, length: null }).then(all));
    expect(error).toBeInstanceOf(FileChangedError);
  });

  it('cut in a part is told with the byte of the file', async () => {
    const server = await serveFile({ bytes, cutAfter: 10 });
    const error = await failure(open(server, from).then(all));
    expect(error.message).toContain(`byte 1010 of ${bytes.length}`);
  });
});

describe('a compressed file', () => {
  it.each([
    ['gzip', gzipSync(bytes)],
    ['br', brotliCompressSync(bytes)],
    ['deflate', deflateSync(bytes)],
  ])('in %s is undone while it comes, and is nothing to begin in the middle of', async (encoding, body) => {
    const server = await serveFile({ bytes });
    server.instead = (response) =>
      response.writeHead(200, { 'content-encoding': encoding, 'content-length': body.length }).end(body);
    const download = await open(server);
    expect(download).toMatchObject({ start: 'fresh', length: null, resumable: false });
    expect(await all(download)).toEqual(bytes);
    expect(download.received()).toBe(body.length);
  });

  it('that was stored so, and does not say it, is undone too', async () => {
    const download = await open(await serveFile({ bytes: gzipSync(bytes) }));
    expect(download).toMatchObject({ length: null, resumable: false });
    expect(await all(download)).toEqual(bytes);
  });

  it('is gone on with by reading it again up to there', async () => {
    const server = await serveFile({ bytes, encoding: 'gzip' });
    const { etag, length, cancel } = await open(server);
    cancel();
    const offset = bytes.length - 10;
    const download = await open(server, { offset, etag, length });
    expect(download.start).toBe('skip');
    expect(await all(download)).toEqual(bytes.subarray(offset));
    expect(server.asked[1]!.range).toBeUndefined();
    const stored = { offset, etag, length: gzipSync(bytes).length };
    expect((await open(server, stored)).start).toBe('skip');
  });

  it('that is cut or damaged is told as that', async () => {
    const damaged = gzipSync(bytes);
    damaged.fill(0, 1000, 1100);
    for (const body of [gzipSync(bytes).subarray(0, 2000), damaged]) {
      const server = await serveFile({ bytes });
      server.instead = (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(body);
      const error = await failure(open(server).then(all));
      expect(error).toBeInstanceOf(VendorUnavailableError);
      expect(error.message).toMatch(/compressed file that is cut or damaged/);
    }
  });

  it('whose connection is cut is told with the byte', async () => {
    const server = await serveFile({ bytes, encoding: 'gzip', cutAfter: 2000 });
    const error = await failure(open(server).then(all));
    expect(error).toBeInstanceOf(VendorUnavailableError);
    expect(error.message).toMatch(/byte 2000 of \d+/);
  });

  it('in an encoding that nobody asked for is refused', async () => {
    const server = await serveFile({ bytes });
    server.instead = (response) => response.writeHead(200, { 'content-encoding': 'zstd' }).end('x');
    expect(await failure(open(server))).toBeInstanceOf(VendorContractError);
  });
});

describe('the size cap', () => {
  const cap = { maxFileBytes: 100_000 };
  it.each([
    ['a length that is told', { bytes }],
    ['one that is not', { bytes, chunked: true }],
    ['one that unpacks to more', { bytes: Buffer.alloc(5_000_000), encoding: 'gzip' as const }],
  ])('stops a file with %s, and says what to raise', async (_name, file) => {
    const error = await failure(open(await serveFile(file), fileStart, cap).then(all));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error.message).toMatch(/more than 100000 bytes.*raise `maxFileBytes`/);
  });

  it('counts what was read before', async () => {
    const from = { offset: 90_000, etag: '"v1"', length: bytes.length };
    await expect(open(await serveFile({ bytes }), from, cap).then(all)).rejects.toThrow(ConfigurationError);
  });

  it('lets a file of just that size through', async () => {
    const download = await open(await serveFile({ bytes: bytes.subarray(0, 100_000) }), fileStart, cap);
    expect(await all(download)).toHaveLength(100_000);
  });
});

describe('an answer of the storage', () => {
  it.each([
    [401, UrlExpiredError, /does not hold any more/],
    [403, UrlExpiredError, /does not hold any more/],
    [404, ResultGoneError, /the file is gone/],
    [410, ResultGoneError, /the file is gone/],
    [429, RateLimitedError, /asks for a pause/],
    [500, VendorUnavailableError, /answered 500/],
    [503, VendorUnavailableError, /answered 503/],
    [400, VendorContractError, /answered 400/],
    [204, VendorContractError, /answered 204/],
  ] as const)(
    '%i is told as what it is, with the origin and nothing else of the address',
    async (status, kind, words) => {
      const server = await serveFile({ bytes });
      server.instead = (response) => response.writeHead(status).end();
      const error = await failure(open(server));
      expect(error).toBeInstanceOf(kind);
      expect(error.message).toMatch(words);
      expect(error.message).toContain(`NeoDay's file server (GET ${server.origin})`);
    },
  );

  it('with a part that nobody asked for is refused', async () => {
    const server = await serveFile({ bytes });
    server.instead = (response) => response.writeHead(206, { 'content-range': 'bytes 0-0/5' }).end('x');
    await expect(open(server)).rejects.toThrow(/a part of the file, which was not asked for/);
  });

  it('that never comes is told without the address, and without blaming a setting', async () => {
    const error = await failure(
      downloaderOf().open(new SignedUrl(new URL('http://127.0.0.1:1/hidden')), fileStart, never),
    );
    expect(error.message).toBe("NeoDay's file server (GET http://127.0.0.1:1): nothing listens at that address.");
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('(%i) is followed, with what was asked for', async (status) => {
    const server = await serveFile({ bytes });
    server.instead = (response) => response.writeHead(status, { location: server.url.href }).end();
    const download = await open(server, { offset: 10, etag: '"v1"', length: bytes.length });
    expect(download).toMatchObject({ start: 'resumed', requests: 2 });
    expect(await all(download)).toEqual(bytes.subarray(10));
  });

  it('is followed three times, no more', async () => {
    let requests = 0;
    const origin = await serve((_, response) => {
      requests++;
      response.writeHead(302, { location: '/hidden' }).end();
    });
    const error = await failure(downloaderOf().open(new SignedUrl(new URL(origin)), fileStart, never));
    expect(error.message).toMatch(/redirects more than 3 times/);
    expect(requests).toBe(4);
  });
});
