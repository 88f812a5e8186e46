import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DownloadOptions, downloadTemporal } from '../../scripts/lib/download.js';

const binary = Buffer.concat([Buffer.from('#!/bin/sh\necho temporal\n'), Buffer.alloc(300_000, 'x')]);
const archive = gzipSync(tarOf({ LICENSE: Buffer.from('free'), 'bin/temporal': binary }));
const checksums = { 'linux-x64': sha256(archive) };

let respond: (response: ServerResponse) => void;
const asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(request.url ?? '');
  respond(response);
});
let base: string;
let target: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/v1.5.1`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked.length = 0;
  target = join(mkdtempSync(join(tmpdir(), 'incentive-sync-test-')), 'temporal-1.5.1', 'temporal');
  return () => rmSync(join(target, '../..'), { recursive: true, force: true });
});

const send = (body: Buffer) => (response: ServerResponse) => {
  response.writeHead(200, { 'content-length': body.length }).end(body);
};

function download(more: Partial<DownloadOptions> = {}): Promise<void> {
  return downloadTemporal({ target, base, checksums, platform: 'linux', arch: 'x64', ...more });
}

/** The sentence of the refusal, after checking that nothing is left behind. */
async function refusal(more: Partial<DownloadOptions> = {}): Promise<string> {
  const error = await download(more).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect(existsSync(join(target, '..')) ? readdirSync(join(target, '..')) : []).toEqual([]);
  return error instanceof Error ? error.message : '';
}

describe('the official download', () => {
  it('puts the binary in place, executable, when the checksum is right', async () => {
    respond = send(archive);
    const words: string[] = [];
    await download({ onProgress: (said) => words.push(said) });
    expect(asked).toEqual(['/v1.5.1/temporal_cli_1.5.1_linux_amd64.tar.gz']);
    expect(readFileSync(target).equals(binary)).toBe(true);
    expect(statSync(target).mode & 0o777).toBe(0o755);
    expect(readdirSync(join(target, '..'))).toEqual(['temporal']);
    expect(words.at(-1)).toBe('0 of 0 MB');
  });

  it('four at once end with one whole binary', async () => {
    respond = send(archive);
    await Promise.all([download(), download(), download(), download()]);
    expect(readFileSync(target).equals(binary)).toBe(true);
    expect(readdirSync(join(target, '..'))).toEqual(['temporal']);
  });

  it('refuses an archive with another checksum', async () => {
    const other = gzipSync(tarOf({ temporal: Buffer.from('something else') }));
    respond = send(other);
    expect(await refusal()).toContain(`has SHA-256 ${sha256(other)}, expected ${checksums['linux-x64']}`);
  });

  it('says what the server answered when it has no such file', async () => {
    respond = (response) => response.writeHead(404).end('no');
    expect(await refusal()).toMatch(/linux_amd64\.tar\.gz answered 404$/);
  });

  it('refuses a body that is cut', async () => {
    respond = (response) => {
      response.writeHead(200, { 'content-length': archive.length });
      response.write(archive.subarray(0, archive.length / 2), () => response.destroy());
    };
    expect(await refusal()).toMatch(/could not be loaded/);
  });

  it('gives up on a server that takes the connection and says nothing', async () => {
    respond = () => {};
    expect(await refusal({ answerWithinMs: 100 })).toMatch(/did not answer for 0.1 s$/);
  });

  it('gives up on a body that stalls', async () => {
    respond = (response) => {
      response.writeHead(200, { 'content-length': archive.length });
      response.write(archive.subarray(0, 100));
    };
    expect(await refusal({ stallMs: 100 })).toMatch(/sent nothing for 0.1 s$/);
  });

  it('gives up at once where nothing listens', async () => {
    expect(await refusal({ base: 'http://127.0.0.1:2' })).toMatch(/could not be loaded \(ECONNREFUSED\)$/);
  });

  it('refuses an archive without the binary, and one that is damaged inside', async () => {
    const empty = gzipSync(tarOf({ README: Buffer.from('hello') }));
    respond = send(empty);
    expect(await refusal({ checksums: { 'linux-x64': sha256(empty) } })).toMatch(/holds no file `temporal`$/);
    const cut = gzipSync(tarOf({ temporal: binary }).subarray(0, 2_000));
    respond = send(cut);
    expect(await refusal({ checksums: { 'linux-x64': sha256(cut) } })).toMatch(/ends in the middle of a file/);
  });

  it('asks for nothing where no checksum is known', async () => {
    expect(await refusal({ platform: 'win32' })).toBe('no checksum is known for win32-x64');
    expect(asked).toEqual([]);
  });
});

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function tarOf(files: Readonly<Record<string, Buffer>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('0', 156);
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}
