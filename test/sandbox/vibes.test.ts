import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { admin, sandboxWith } from './help.ts';
import { askVibes, newPool } from './vibes-help.ts';

describe('the list of pools', () => {
  it('is a bare array of pools with every documented field, the same for the same seed', async () => {
    const [one, other] = [await sandboxWith({ vibes: { pools: 300 } }), await sandboxWith({ vibes: { pools: 300 } })];
    const { status, json } = await askVibes(one);
    expect(status).toBe(200);
    expect(json).toHaveLength(300);
    expect(new Set(json.map(({ name }: { name: string }) => name)).size).toBe(300);
    expect(json[7]).toEqual({
      id: 308,
      name: expect.any(String),
      issuance_allowed: expect.any(Boolean),
      redemption_allowed: expect.any(Boolean),
      incentive_codes: {
        total: expect.any(Number),
        issued: expect.any(Number),
        remaining: json[7].incentive_codes.total - json[7].incentive_codes.issued,
        low_threshold: expect.any(Number),
        max_characters: expect.any(Number),
      },
      distribution: { method: expect.stringMatching(/^(unique|multi)$/) },
      notification_email_address: expect.stringContaining('@'),
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/),
      updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/),
      url: '/companies/Sandbox1/incentives/pools/308',
      labels: [expect.any(String)],
    });
    expect((await askVibes(other)).json).toEqual(json);
    expect((await askVibes(one, '/308')).json).toEqual(json[7]);
  });

  it('can spell max_characters as the vendor’s OpenAPI document does, and have times with seconds', async () => {
    const sandbox = await sandboxWith({ vibes: { misspelt: true, seconds: true } });
    const { json } = await askVibes(sandbox);
    expect(json[0].incentive_codes).toMatchObject({ max_charachters: expect.any(Number) });
    expect(json[0].incentive_codes).not.toHaveProperty('max_characters');
    expect(json[0].created_at).toMatch(/:\d\dZ$/);
    const { json: created } = await askVibes(sandbox, '', { method: 'POST', body: newPool });
    expect(created.incentive_codes).toEqual({
      total: 0,
      issued: 0,
      remaining: 0,
      low_threshold: 10,
      max_charachters: 12,
    });
  });
});

describe('a user', () => {
  it('that is missing or wrong gets 401 with an empty body, and never stands in the journal', async () => {
    const sandbox = await sandboxWith();
    for (const authorization of [null, 'Basic d3Jvbmc6d3Jvbmc=']) {
      expect(await askVibes(sandbox, '', { authorization })).toMatchObject({ status: 401, text: '' });
    }
    expect(sandbox.journal().map(({ key, step }) => [key, step])).toEqual([
      ['missing', 'list'],
      ['wrong', 'list'],
    ]);
    expect(JSON.stringify(sandbox.journal())).not.toMatch(/sandbox-password|d3Jvbmc/);
  });

  it('may not work for another company', async () => {
    const { status, json } = await askVibes(await sandboxWith(), '', { company: 'Other' });
    expect({ status, json }).toEqual({ status: 404, json: { errors: [{ message: expect.any(String), code: 404 }] } });
  });

  it('gets 429 beyond the limit of a second', async () => {
    const sandbox = await sandboxWith({ vibes: { requestsPerSecond: 3 } });
    const answers = await Promise.all([1, 2, 3, 4].map(() => askVibes(sandbox)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429]);
  });
});

describe('a pool', () => {
  it('is created without codes and with an id of its own, and changed as a whole', async () => {
    const sandbox = await sandboxWith();
    const { status, json } = await askVibes(sandbox, '', { method: 'POST', body: newPool });
    expect(status).toBe(200);
    expect(json).toMatchObject({ id: 313, ...newPool, incentive_codes: { total: 0, issued: 0, remaining: 0 } });
    const body = { ...newPool, name: 'Summer', distribution: { method: 'multi' } };
    expect((await askVibes(sandbox, '/313', { method: 'PUT', body })).json).toMatchObject(body);
    expect((await askVibes(sandbox)).json).toHaveLength(13);
    sandbox.reset();
    expect((await askVibes(sandbox)).json).toHaveLength(12);
  });

  it('can be answered with an empty body', async () => {
    const sandbox = await sandboxWith({ vibes: { success: 'empty' } });
    expect(await askVibes(sandbox, '', { method: 'POST', body: newPool })).toMatchObject({ status: 200, text: '' });
  });

  it.each([
    ['no name', { ...newPool, name: undefined }, 422],
    ['an unknown method', { ...newPool, distribution: { method: 'random' } }, 422],
    ['a negative threshold', { ...newPool, incentive_codes: { low_threshold: -1, max_characters: 5 } }, 422],
    ['an e-mail that is none', { ...newPool, notification_email_address: 'nobody' }, 422],
    ['counts of codes', { ...newPool, incentive_codes: { low_threshold: 1, max_characters: 5, remaining: 5 } }, 422],
    ['no JSON', '{', 400],
  ])('with %s is refused in the documented shape', async (_, body, expected) => {
    const sandbox = await sandboxWith();
    for (const [path, method] of [
      ['', 'POST'],
      ['/301', 'PUT'],
    ] as const) {
      const { status, json } = await askVibes(sandbox, path, { method, body });
      expect({ status, json }).toEqual({
        status: expected,
        json: { errors: [{ message: expect.any(String), code: expect.any(Number) }] },
      });
    }
    expect((await askVibes(sandbox)).json).toHaveLength(12);
  });

  it('that is not there is answered 404, one that is locked 422', async () => {
    const sandbox = await sandboxWith();
    expect((await askVibes(sandbox, '/9')).status).toBe(404);
    expect((await askVibes(sandbox, '/9', { method: 'PUT', body: newPool })).status).toBe(404);
    sandbox.vibes.lock(301);
    expect((await askVibes(sandbox, '/301', { method: 'PUT', body: newPool })).status).toBe(422);
    sandbox.vibes.lock(301, false);
    expect((await askVibes(sandbox, '/301', { method: 'PUT', body: newPool })).status).toBe(200);
  });
});

describe('by other hands', () => {
  it('codes are issued, uploaded, and settings edited, in the process and by the admin API', async () => {
    const sandbox = await sandboxWith();
    const codes = async () => (await askVibes(sandbox, '/301')).json.incentive_codes;
    const before = await codes();
    sandbox.vibes.issue(301, 5);
    expect(await codes()).toMatchObject({ issued: before.issued + 5, remaining: before.remaining - 5 });
    const told = await admin(sandbox, 'POST', '/pools/vibes/301', {
      refill: 100,
      issue: 1,
      change: { name: 'Edited', incentive_codes: { low_threshold: 77 } },
      locked: true,
    });
    expect(told.status).toBe(200);
    expect(await codes()).toEqual({
      ...before,
      total: before.total + 100,
      issued: before.issued + 6,
      remaining: before.remaining + 94,
      low_threshold: 77,
    });
    expect((await askVibes(sandbox, '/301')).json.name).toBe('Edited');
    expect((await admin(sandbox, 'POST', '/pools/vibes/999', { issue: 1 })).status).toBe(404);
    expect((await admin(sandbox, 'POST', '/pools/vibes/301', { issue: -1 })).status).toBe(400);
  });

  it('levels fall with time, and never below nothing', async () => {
    const sandbox = await sandboxWith({ vibes: { issuedPerSecond: 20_000 } });
    await sleep(300);
    const { json } = await askVibes(sandbox);
    for (const { issuance_allowed: allowed, incentive_codes: codes } of json) {
      if (allowed) expect(codes).toMatchObject({ remaining: 0, issued: codes.total });
      else expect(codes.remaining).toBeGreaterThan(0);
    }
  });
});

describe('faults', () => {
  it('lose an answer after the pool was created, or the request before', async () => {
    const sandbox = await sandboxWith();
    const create = () => askVibes(sandbox, '', { method: 'POST', body: newPool });
    sandbox.addFaults({ kind: 'drop', steps: ['create'], first: 1 });
    await expect(create()).rejects.toThrow();
    expect((await askVibes(sandbox)).json).toHaveLength(13);
    sandbox.setFaults([{ kind: 'lost-request', steps: ['create'], first: 1 }]);
    await expect(create()).rejects.toThrow();
    expect((await askVibes(sandbox)).json).toHaveLength(13);
  });

  it('refuse by address, without a word of the API', async () => {
    const sandbox = await sandboxWith();
    sandbox.addFaults({ kind: 'allow-list', first: 1 }, { kind: 'allow-list', body: 'html', skip: 1, first: 1 });
    expect(await askVibes(sandbox)).toMatchObject({ status: 403, text: '' });
    expect((await askVibes(sandbox)).text).toContain('<html>');
    expect((await askVibes(sandbox)).status).toBe(200);
  });
});
