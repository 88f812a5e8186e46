import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  AuthenticationError,
  ConfigurationError,
  VendorContractError,
  VendorUnavailableError,
} from '../../src/errors.ts';
import { VibesClient } from '../../src/vendors/vibes/client.ts';
import { bodyOf, settingNames, settingsOf } from '../../src/vendors/vibes/pool.ts';
import { fingerprintOf, readPool } from '../../src/vendors/vibes/wire.ts';
import { sandboxWith } from '../sandbox/help.ts';
import { newPool } from '../sandbox/vibes-help.ts';
import { serve } from './local-servers.ts';

const clients: VibesClient[] = [];
afterAll(() => Promise.all(clients.map((client) => client.close())));

const signal = AbortSignal.timeout(60_000);
const settings = settingsOf({ ...newPool, distribution: { method: 'unique' } });

function clientAt(baseUrl: string, options: { companyKey?: string; password?: string; timeoutMs?: number } = {}) {
  const client = new VibesClient({
    baseUrl,
    companyKey: options.companyKey ?? 'Sandbox1',
    username: () => 'sandbox-user',
    password: () => options.password ?? 'sandbox-password',
    connections: 2,
    timeoutMs: options.timeoutMs ?? 5000,
    userAgent: 'test',
  });
  clients.push(client);
  return client;
}

/** A client of a server that answers everything so. */
async function answering(status: number, body: string, headers: Record<string, string> = {}) {
  const asked: IncomingMessage[] = [];
  const bodies: string[] = [];
  const origin = await serve((request, response: ServerResponse) => {
    asked.push(request);
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      bodies.push(text);
      response.writeHead(status, headers).end(body);
    });
  });
  return { client: clientAt(`${origin}/api`), asked, bodies };
}

describe('requests', () => {
  it('carry the user by HTTP Basic and version 2, below the company', async () => {
    const { client, asked, bodies } = await answering(200, '[]');
    await client.pools(signal);
    await client.create(settings, signal);
    await client.update('7', settings, signal);
    const path = '/api/companies/Sandbox1/incentives/pools';
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET ${path}`,
      `POST ${path}`,
      `PUT ${path}/7`,
    ]);
    for (const { headers } of asked) {
      expect(headers).toMatchObject({ 'x-api-version': '2', accept: 'application/json' });
      expect(headers.authorization).toBe(`Basic ${Buffer.from('sandbox-user:sandbox-password').toString('base64')}`);
    }
    expect(asked[1]?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(bodies[1] ?? '')).toEqual(newPool);
    expect(JSON.parse(bodies[2] ?? '')).toEqual(newPool);
  });

  it('are spaced, so that never more than 100 go out in a second', async () => {
    const { client } = await answering(200, '[]');
    const from = performance.now();
    await Promise.all(Array.from({ length: 41 }, () => client.pools(signal)));
    expect(performance.now() - from).toBeGreaterThanOrEqual(395);
  });
});

describe('pools', () => {
  it('are listed, shown, created and changed', async () => {
    const sandbox = await sandboxWith();
    const client = clientAt(sandbox.vibes.baseUrl);
    const listed = await client.pools(signal);
    expect(listed).toHaveLength(12);
    expect(await client.pool('301', signal)).toEqual(listed[0]);
    expect(await client.pool('9999', signal)).toBeNull();
    expect(await client.create(settings, signal)).toEqual({ outcome: 'done' });
    expect((await client.pools(signal)).at(-1)).toMatchObject({ id: '313', settings, total: 0, remaining: 0 });
    expect(await client.update('313', { ...settings, name: 'Summer' }, signal)).toEqual({ outcome: 'done' });
    expect((await client.pool('313', signal))?.settings.name).toBe('Summer');
    expect(await client.probe(signal)).toMatchObject({ total: 13, records: 13, serverTime: expect.any(Number) });
  });

  it('are read with either spelling of max_characters, and with ids beyond what a number holds', () => {
    const told = { incentive_codes: { total: 5, max_charachters: 9 } };
    expect(readPool(JSON.stringify({ id: 1, ...told }))).toMatchObject({
      total: 5,
      issued: null,
      settings: { 'incentive_codes.max_characters': 9 },
    });
    expect(readPool('{"id": 9007199254740993, "name": null}')).toMatchObject({ id: '9007199254740993', settings: {} });
    for (const text of ['{"name": "x"}', '[]', '7', '{', '{"id": "a"}']) expect(readPool(text)).toBeNull();
  });

  it('may be answered with an empty body when they are written', async () => {
    const sandbox = await sandboxWith({ vibes: { success: 'empty' } });
    const client = clientAt(sandbox.vibes.baseUrl);
    expect(await client.create(settings, signal)).toEqual({ outcome: 'done' });
    expect(await client.update('301', settings, signal)).toEqual({ outcome: 'done' });
  });

  it('are never written with counts: a body has the settings and nothing else', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean());
    const any = fc.record(Object.fromEntries(settingNames.map((name) => [name, value])), { requiredKeys: [] });
    fc.assert(
      fc.property(any, (some) => {
        const text = JSON.stringify(bodyOf(some));
        expect(readPool(JSON.stringify({ id: 1, ...JSON.parse(text) }))).toMatchObject({
          total: null,
          remaining: null,
        });
        const flat = Object.entries(bodyOf(some)).flatMap(([outer, inner]) =>
          typeof inner === 'object' && inner !== null ? Object.keys(inner).map((name) => `${outer}.${name}`) : [outer],
        );
        expect(flat.sort()).toEqual(Object.keys(some).sort());
      }),
    );
  });

  it('have another fingerprint after every edit, and the same after codes were issued', () => {
    const pool = { id: '1', settings };
    for (const name of settingNames) {
      const value = typeof settings[name] === 'boolean' ? !settings[name] : `${settings[name]}x`;
      expect(fingerprintOf({ id: '1', settings: { ...settings, [name]: value } })).not.toBe(fingerprintOf(pool));
    }
    expect(fingerprintOf({ ...pool, id: '2' })).not.toBe(fingerprintOf(pool));
    const reversed = Object.fromEntries(Object.entries(settings).reverse());
    expect(fingerprintOf({ id: '1', settings: reversed })).toBe(fingerprintOf(pool));
  });
});

describe('a list that is none', () => {
  it.each([
    ['an object', '{"pools": []}', VendorContractError, /sent an object where the vendor documents a list of pools/],
    ['a web page', '<html></html>', VendorContractError, /HTML page/],
    ['nothing', '', VendorContractError, /sent nothing/],
    ['half of one', '[{"id": 1', VendorUnavailableError, /cut/],
    ['no JSON', '[}', VendorContractError, /not JSON/],
  ])('because it is %s is refused in words, without its content', async (_, body, kind, sentence) => {
    const { client } = await answering(200, body);
    const error = await client.list(signal).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toMatch(sentence);
  });
});

describe('a refusal', () => {
  const refused = async (status: number, body: string, headers = {}) => {
    const { client } = await answering(status, body, headers);
    return client.list(signal).then(
      () => null,
      (error: Error) => error,
    );
  };
  const errors = (...list: object[]) => JSON.stringify({ errors: list });

  it('by 401 with an empty body is about user and password', async () => {
    const error = await refused(401, '');
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error?.message).toMatch(/answered 401: it does not accept `username` and `password`/);
  });

  it('by 403 is told apart: the API explains it, an allow-list of addresses does not', async () => {
    const rights = await refused(403, errors({ message: 'Not your company', code: 7 }));
    expect(rights).toBeInstanceOf(AuthenticationError);
    expect(rights?.message).toMatch(/the user is known, but may not .*“Not your company \(code 7\)”/);
    for (const body of ['', '<html>secret page</html>']) {
      const address = await refused(403, body);
      expect(address).toBeInstanceOf(AuthenticationError);
      expect(address?.message).toMatch(/IP address is not on the allow-list; then the password is not to blame/);
      expect(address?.message).not.toContain('secret page');
    }
  });

  it('by 404 names the company key', async () => {
    const error = await refused(404, errors({ message: 'No such company', code: 4 }));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error?.message).toMatch(/Check `companyKey`, which is `Sandbox1`.*“No such company \(code 4\)”/);
  });

  it('shows the vendor’s sentences as they are, a few, short and without control characters', async () => {
    const { client } = await answering(
      422,
      errors(
        { message: 'name is\u0007\nmissing', code: 1 },
        { message: 'x'.repeat(500), code: null },
        ...[3, 4, 5, 6, 7].map((code) => ({ message: 'more', code })),
      ),
    );
    const written = await client.update('7', settings, signal);
    expect(written).toEqual({
      outcome: 'refused',
      sentence: expect.stringMatching(
        /^Vibes \(PUT http:\S+\/pools\/7\) answered 422: “name is missing \(code 1\); x{200}; more \(code 3\); .*” and 2 more\.$/,
      ),
    });
  });

  it('shows nothing of another body', async () => {
    const { client } = await answering(422, '{"error": "for your eyes"}');
    expect(await client.create(settings, signal)).toEqual({
      outcome: 'refused',
      sentence: expect.stringMatching(/answered 422\.$/),
    });
  });
});

describe('a request that changes something', () => {
  it('is sent once, and its lost answer is told from a request that never left', async () => {
    const sandbox = await sandboxWith();
    const client = clientAt(sandbox.vibes.baseUrl);
    await client.pools(signal);
    sandbox.addFaults({ kind: 'drop', steps: ['create', 'update'] });
    expect(await client.create(settings, signal)).toMatchObject({ outcome: 'unknown' });
    expect(await client.update('301', settings, signal)).toMatchObject({ outcome: 'unknown' });
    expect(sandbox.journal().map(({ step }) => step)).toEqual(['list', 'create', 'update']);
    await sandbox.close();
    await expect(client.create(settings, signal)).rejects.toThrow(VendorUnavailableError);
    await expect(client.update('301', settings, signal)).rejects.toThrow(VendorUnavailableError);
  });

  it('is unknown after 500, 503 and a time-out; nothing was done after 401, 403 and 429', async () => {
    const written = async (status: number) => (await answering(status, '')).client.create(settings, signal);
    expect(await written(500)).toMatchObject({ outcome: 'unknown' });
    expect(await written(503)).toMatchObject({ outcome: 'unknown' });
    for (const status of [401, 403]) await expect(written(status)).rejects.toThrow(AuthenticationError);
    await expect(written(429)).rejects.toMatchObject({ kind: 'RateLimited' });
    await expect(written(302)).rejects.toThrow(ConfigurationError);
    const silent = clientAt(await serve(() => undefined), { timeoutMs: 300 });
    expect(await silent.create(settings, signal)).toMatchObject({
      outcome: 'unknown',
      sentence: expect.stringMatching(/no complete answer within 0\.3 s/),
    });
  });

  it('counts as done although the answer’s body is cut', async () => {
    const sandbox = await sandboxWith();
    sandbox.addFaults({ kind: 'cut', steps: ['create'] });
    expect(await clientAt(sandbox.vibes.baseUrl).create(settings, signal)).toEqual({ outcome: 'done' });
  });
});
