import { connect } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../src/errors.ts';
import type { Fault, Sandbox } from '../../src/sandbox/sandbox.ts';
import { admin, get, key, sandboxWith, until } from './help.ts';

async function withFaults(...faults: Fault[]): Promise<Sandbox & { get: typeof get }> {
  const sandbox = await sandboxWith();
  sandbox.setFaults(faults);
  return { ...sandbox, get: (path, headers) => get(`${sandbox.incentify.baseUrl}${path}`, headers) };
}

/** Statuses of so many requests, one after another; `cut` for a body that ended early. */
async function outcomes(sandbox: { get: typeof get }, count: number, path = '/projects'): Promise<(number | 'cut')[]> {
  const seen: (number | 'cut')[] = [];
  for (let made = 0; made < count; made += 1) {
    seen.push(
      await sandbox.get(path).then(
        ({ status }) => status,
        () => 'cut' as const,
      ),
    );
  }
  return seen;
}

/** Everything that arrives over a plain socket until the server ends it. */
function rawAnswer(sandbox: Sandbox, path: string): Promise<string> {
  const { hostname, port } = new URL(sandbox.url);
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    const socket = connect(Number(port), hostname);
    socket.on('data', (part) => parts.push(part));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(parts).toString()));
    socket.write(`GET /incentify${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nx-api-key: sandbox-key\r\n\r\n`);
  });
}

describe('which requests a fault strikes', () => {
  it('every n-th, the first n, after so many', async () => {
    const every = await withFaults({ kind: 'status', status: 500, every: 3 });
    expect(await outcomes(every, 7)).toEqual([200, 200, 500, 200, 200, 500, 200]);
    const first = await withFaults({ kind: 'status', status: 500, first: 2 });
    expect(await outcomes(first, 4)).toEqual([500, 500, 200, 200]);
    const later = await withFaults({ kind: 'status', status: 500, skip: 1, every: 2, first: 2 });
    expect(await outcomes(later, 7)).toEqual([200, 200, 500, 200, 500, 200, 200]);
  });

  it('by stream, page and system', async () => {
    const sandbox = await withFaults(
      { kind: 'status', status: 500, streams: ['credits'], pages: [2] },
      { kind: 'status', status: 503, streams: ['utilizations'], fromPage: 5 },
      { kind: 'status', status: 418, system: 'neoday' },
    );
    const status = async (path: string) => (await sandbox.get(path)).status;
    expect(await status('/credits?page=2')).toBe(500);
    expect(await status('/credits?page=1')).toBe(200);
    expect(await status('/projects?page=2')).toBe(200);
    expect(await status('/utilizations?page=4')).toBe(200);
    expect(await status('/utilizations?page=6')).toBe(503);
  });

  it('is counted for every fault, and told', async () => {
    const sandbox = await withFaults({ kind: 'status', status: 500, every: 2 }, { kind: 'latency', ms: 1 });
    await outcomes(sandbox, 5);
    expect(sandbox.state().faults).toMatchObject([
      { matched: 5, fired: 2 },
      { matched: 5, fired: 5 },
    ]);
  });
});

describe('the admin API', () => {
  it('adds, lists, removes and clears faults', async () => {
    const sandbox = await withFaults();
    const added = await admin(sandbox, 'POST', '/faults', { kind: 'status', status: 500, pages: [1] });
    expect(added.status).toBe(200);
    await admin(sandbox, 'POST', '/faults', [{ kind: 'html', pages: [2] }]);
    expect((await sandbox.get('/projects?page=1')).status).toBe(500);
    expect((await sandbox.get('/projects?page=2')).headers['content-type']).toContain('text/html');
    const { json } = await admin(sandbox, 'GET', '/faults');
    const [first] = json as { id: number }[];
    expect(json).toMatchObject([
      { fault: { kind: 'status' }, fired: 1 },
      { fault: { kind: 'html' }, fired: 1 },
    ]);
    expect((await admin(sandbox, 'DELETE', `/faults/${first?.id}`)).status).toBe(200);
    expect((await admin(sandbox, 'DELETE', `/faults/${first?.id}`)).status).toBe(404);
    expect((await sandbox.get('/projects?page=1')).status).toBe(200);
    await admin(sandbox, 'DELETE', '/faults');
    expect((await admin(sandbox, 'GET', '/faults')).json).toEqual([]);
    expect((await sandbox.get('/projects?page=2')).json.success).toBe(1);
  });

  it('refuses what it does not understand, in words, and keeps what was set', async () => {
    const sandbox = await withFaults({ kind: 'status', status: 500 });
    const unknown = await admin(sandbox, 'PUT', '/faults', [{ kind: 'earthquake' }]);
    expect(unknown).toMatchObject({
      status: 400,
      json: { message: expect.stringContaining('Known kinds: latency, hold') },
    });
    const typo = await admin(sandbox, 'PUT', '/faults', [{ kind: 'html' }, { kind: 'status', statsu: 500 }]);
    expect(typo).toMatchObject({ status: 400, json: { message: expect.stringContaining('statsu') } });
    expect((await sandbox.get('/projects')).status).toBe(500);
    expect(() => sandbox.setFaults([JSON.parse('{"kind":"cut","every":0}')])).toThrow(ConfigurationError);
    expect(sandbox.state().faults).toHaveLength(1);
  });
});

describe('status', () => {
  it.each([401, 403, 429, 500, 503])('%i is answered in the envelope', async (status) => {
    const sandbox = await withFaults({ kind: 'status', status });
    const answer = await sandbox.get('/projects');
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ code: status, success: 0, data: [] });
    expect(answer.headers['retry-after']).toBeUndefined();
  });

  it('has Retry-After as seconds or as a date', async () => {
    const seconds = await withFaults({ kind: 'status', status: 429, retryAfterSeconds: 7 });
    expect((await seconds.get('/projects')).headers['retry-after']).toBe('7');
    const date = await withFaults({ kind: 'status', status: 503, retryAfterSeconds: 60, retryAfterAs: 'date' });
    const header = String((await date.get('/projects')).headers['retry-after']);
    expect(header).toMatch(/GMT$/);
    expect(Date.parse(header) - Date.now()).toBeGreaterThan(55_000);
    expect(Date.parse(header) - Date.now()).toBeLessThan(61_000);
  });
});

describe('cut', () => {
  it('announces the whole body and ends in the middle, every n-th time', async () => {
    const sandbox = await withFaults({ kind: 'cut', every: 2 });
    expect(await outcomes(sandbox, 4)).toEqual([200, 'cut', 200, 'cut']);
    const whole = (await sandbox.get('/projects')).bytes.length;
    const [head = '', body = ''] = (await rawAnswer(sandbox, '/projects')).split('\r\n\r\n');
    expect(head).toContain(`content-length: ${whole}`);
    expect(Buffer.byteLength(body)).toBe(whole >> 1);
    expect(sandbox.journal().at(-1)).toMatchObject({ outcome: 'cut', status: 200, bytes: whole >> 1, faults: ['cut'] });
  });

  it('may come right after the headers, never after the whole body', async () => {
    const early = await withFaults({ kind: 'cut', afterBytes: 0 });
    const answer = await rawAnswer(early, '/projects');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(answer.endsWith('\r\n\r\n')).toBe(true);
    const late = await withFaults({ kind: 'cut', afterBytes: 1e9 });
    expect(await outcomes(late, 1)).toEqual(['cut']);
  });

  it('may reset the connection', async () => {
    const sandbox = await withFaults({ kind: 'cut', how: 'reset' });
    await expect(sandbox.get('/projects')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('drop', () => {
  it('ends the connection without a byte', async () => {
    const sandbox = await withFaults({ kind: 'drop', first: 1 });
    expect(await rawAnswer(sandbox, '/projects')).toBe('');
    expect(sandbox.journal()).toMatchObject([{ outcome: 'cut', status: null, bytes: 0 }]);
    expect(await outcomes(sandbox, 1)).toEqual([200]);
  });
});

describe('latency', () => {
  it('is at least what was asked for, by page', async () => {
    const sandbox = await withFaults({ kind: 'latency', ms: 60_000, byPage: { '1': 0, '2': 80 } });
    await outcomes(sandbox, 1, '/projects?page=1');
    await outcomes(sandbox, 1, '/projects?page=2');
    const [, slow] = sandbox.journal().map(({ receivedAt, answeredAt }) => Number(answeredAt) - receivedAt);
    expect(slow).toBeGreaterThanOrEqual(79);
  });

  it('of the vendor holds for every page and survives a reset', async () => {
    const sandbox = await sandboxWith({ incentify: { latencyMs: 60 } });
    sandbox.reset();
    await get(`${sandbox.incentify.baseUrl}/projects`);
    const [entry] = sandbox.journal();
    expect(Number(entry?.answeredAt) - Number(entry?.receivedAt)).toBeGreaterThanOrEqual(59);
    expect(entry?.faults).toEqual([]);
  });
});

describe('hold', () => {
  it('keeps requests until they are released, and shows the records as they are then', async () => {
    const sandbox = await withFaults({ kind: 'hold', streams: ['projects'] });
    let answered = 0;
    const pages = [1, 2].map((page) =>
      sandbox.get(`/projects?page=${page}`).finally(() => {
        answered += 1;
      }),
    );
    await until(() => sandbox.held().length === 2);
    expect((await sandbox.get('/credits')).status).toBe(200);
    expect(answered).toBe(0);
    sandbox.edit('incentify', 'projects', { op: 'delete', at: 0 });
    const { json } = await admin(sandbox, 'POST', '/release', { pages: [2] });
    expect(json).toEqual({ released: 1 });
    expect((await pages[1])?.json.meta.total).toBe(59);
    expect(sandbox.held()).toMatchObject([{ system: 'incentify', stream: 'projects', page: 1 }]);
    expect(sandbox.release()).toBe(1);
    expect((await pages[0])?.status).toBe(200);
  });

  it('lets go when the faults are cleared, and forgets a client that left', async () => {
    const sandbox = await withFaults({ kind: 'hold' });
    const controller = new AbortController();
    const left = fetch(`${sandbox.incentify.baseUrl}/projects`, { headers: key, signal: controller.signal });
    await until(() => sandbox.held().length === 1);
    controller.abort();
    await expect(left).rejects.toThrow();
    await until(() => sandbox.held().length === 0);
    expect(sandbox.journal()).toMatchObject([{ outcome: 'aborted', status: null, bytes: 0 }]);
    const waiting = sandbox.get('/projects');
    await until(() => sandbox.held().length === 1);
    sandbox.clearFaults();
    expect((await waiting).status).toBe(200);
  });
});

describe('silence', () => {
  it('never answers', async () => {
    const sandbox = await withFaults({ kind: 'silence' });
    const asked = fetch(`${sandbox.incentify.baseUrl}/projects`, { headers: key, signal: AbortSignal.timeout(150) });
    await expect(asked).rejects.toMatchObject({ name: 'TimeoutError' });
    await until(() => sandbox.journal()[0]?.outcome === 'aborted');
  });
});

describe('bodies', () => {
  it('html with status 200', async () => {
    const sandbox = await withFaults({ kind: 'html' });
    const { status, headers, text } = await sandbox.get('/projects');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(text).toContain('<!doctype html>');
  });

  it('success 0 with status 200', async () => {
    const sandbox = await withFaults({ kind: 'unsuccessful' });
    const { status, json } = await sandbox.get('/projects');
    expect([status, json.success, json.data]).toEqual([200, 0, []]);
  });

  it('redirect', async () => {
    const sandbox = await withFaults({ kind: 'redirect', to: 'http://elsewhere.example.test/', status: 307 });
    const { status, headers } = await sandbox.get('/projects');
    expect([status, headers.location]).toEqual([307, 'http://elsewhere.example.test/']);
  });

  it('of a size that should not be read to the end', async () => {
    const sandbox = await withFaults({ kind: 'huge', megabytes: 3 });
    const { bytes, json } = await sandbox.get('/projects');
    expect(bytes.length).toBeGreaterThan(3 * 1024 * 1024);
    expect(json.data).toHaveLength(50);
  });

  it('in a trickle', async () => {
    const sandbox = await withFaults({ kind: 'trickle', bytes: 8000, everyMs: 10 });
    const { json } = await sandbox.get('/projects');
    expect(json.data).toHaveLength(50);
    const [entry] = sandbox.journal();
    expect(Number(entry?.answeredAt) - Number(entry?.receivedAt)).toBeGreaterThanOrEqual(20);
  });
});

describe('a client that leaves', () => {
  it.each<Fault>([
    { kind: 'huge', megabytes: 500 },
    { kind: 'trickle', bytes: 100, everyMs: 1 },
    { kind: 'latency', ms: 60_000 },
  ])('ends $kind, and the sandbox goes on', async (fault) => {
    const sandbox = await withFaults(fault);
    const { hostname, port } = new URL(sandbox.url);
    const socket = connect(Number(port), hostname);
    socket.write(`GET /incentify/projects HTTP/1.1\r\nhost: ${hostname}:${port}\r\nx-api-key: sandbox-key\r\n\r\n`);
    const sent = () => sandbox.journal()[0]?.bytes ?? -1;
    await until(() => (fault.kind === 'latency' ? sent() === 0 : sent() > 0));
    socket.destroy();
    await until(() => sandbox.journal()[0]?.outcome === 'aborted');
    sandbox.clearFaults();
    expect((await sandbox.get('/projects')).status).toBe(200);
  });
});

describe('compress', () => {
  const asked = (accepted: string) => ({ ...key, 'accept-encoding': accepted });

  it('uses gzip or br when the request accepts it, and the body is the same', async () => {
    const sandbox = await withFaults();
    const plain = await sandbox.get('/projects');
    sandbox.setFaults([{ kind: 'compress' }]);
    const gzip = await sandbox.get('/projects', asked('br, gzip'));
    expect(gzip.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(gzip.bytes)).toEqual(plain.bytes);
    expect(sandbox.journal().at(-1)?.bytes).toBe(gzip.bytes.length);
    const brotli = await sandbox.get('/projects', asked('gzip;q=0, br'));
    expect(brotli.headers['content-encoding']).toBe('br');
    expect(brotliDecompressSync(brotli.bytes)).toEqual(plain.bytes);
    expect((await sandbox.get('/projects')).bytes).toEqual(plain.bytes);
  });

  it('can be a bomb', async () => {
    const sandbox = await withFaults({ kind: 'bomb', megabytes: 20 });
    const { bytes, headers } = await sandbox.get('/projects');
    expect(headers['content-encoding']).toBe('gzip');
    expect(bytes.length).toBeLessThan(200_000);
    expect(gunzipSync(bytes).length).toBeGreaterThan(20 * 1024 * 1024);
  });
});

describe('pages that mislead', () => {
  const nextOn = async (page: number, fault: Fault) => {
    const sandbox = await withFaults(fault);
    const { json } = await sandbox.get(`/utilizations?page=${page}`);
    expect(json.data).toHaveLength(50);
    return { next: json.links.next, list: `${sandbox.incentify.baseUrl}/utilizations` };
  };

  it.each([
    ['same', 3],
    ['first', 1],
    ['previous', 2],
    ['skip-one', 5],
  ] as const)('next: %s', async (to, target) => {
    const { next, list } = await nextOn(3, { kind: 'next', to });
    expect(next).toBe(`${list}?page=${target}`);
  });

  it('next: another host, the end, or anything', async () => {
    expect(new URL((await nextOn(3, { kind: 'next', to: 'other-host' })).next).host).toBe('elsewhere.example.test');
    expect((await nextOn(3, { kind: 'next', to: 'end' })).next).toBeNull();
    expect((await nextOn(3, { kind: 'next', to: { url: 17 } })).next).toBe(17);
  });

  it('a next set on the last page that has none', async () => {
    const sandbox = await sandboxWith({ incentify: { end: 'missing' } });
    sandbox.setFaults([{ kind: 'next', to: 'first' }]);
    const { json } = await get(`${sandbox.incentify.baseUrl}/projects?page=2`);
    expect(json.links.next).toBe(`${sandbox.incentify.baseUrl}/projects?page=1`);
  });

  it('totals that are not true, and data left to the byte', async () => {
    const sandbox = await withFaults();
    const text = '{"id":9007199254740993,"notes":"],\\"errors\\":[],\\"meta\\":"}';
    sandbox.edit('incentify', 'projects', { op: 'put', at: 49, text });
    sandbox.setFaults([{ kind: 'false-totals', lastPage: -1, total: 5, currentPage: 1 }]);
    const answer = await sandbox.get('/projects');
    expect(answer.json.meta).toMatchObject({ last_page: 1, total: 65, current_page: 2, per_page: 50 });
    expect(answer.text).toContain(`,${text}],"errors":[],"meta":{`);
  });

  it('does not disturb an answer that is no page', async () => {
    const sandbox = await withFaults({ kind: 'next', to: 'same' });
    expect((await sandbox.get('/projects', {})).status).toBe(403);
  });
});

describe('several faults', () => {
  it('combine: late, misleading, compressed and cut', async () => {
    const sandbox = await withFaults(
      { kind: 'cut', skip: 1 },
      { kind: 'compress' },
      { kind: 'next', to: 'same' },
      { kind: 'latency', ms: 30 },
    );
    const { bytes } = await sandbox.get('/projects', { ...key, 'accept-encoding': 'gzip' });
    expect(JSON.parse(gunzipSync(bytes).toString()).links.next).toContain('page=1');
    expect(sandbox.journal()[0]?.faults).toEqual(['compress', 'next', 'latency']);
    expect(await outcomes(sandbox, 1)).toEqual(['cut']);
    expect(sandbox.journal()[1]?.faults).toEqual(['cut', 'compress', 'next', 'latency']);
  });
});
