import { request } from 'undici';
import { describe, expect, it } from 'vitest';
import { admin, get, key, sandboxWith } from './help.ts';

describe('the journal', () => {
  it('tells what was asked, when, and what was sent', async () => {
    const sandbox = await sandboxWith();
    const before = Date.now();
    const { bytes } = await get(`${sandbox.incentify.baseUrl}/credits?page=2&x=%20`, { ...key, 'user-agent': 'me/1' });
    await get(`${sandbox.incentify.baseUrl}/credits?page=zero`);
    await get(`${sandbox.incentify.baseUrl}/projects`, {});
    await get(`${sandbox.incentify.baseUrl}/projects`, { 'x-api-key': 'nope' });
    await get(`${sandbox.url}/elsewhere?a=b`);
    const entries = sandbox.journal();
    expect(entries[0]).toEqual({
      seq: 1,
      system: 'incentify',
      stream: 'credits',
      method: 'GET',
      path: '/incentify/credits',
      query: 'page=2&x=%20',
      page: 2,
      step: null,
      result: null,
      rangeStart: null,
      key: 'accepted',
      authorization: false,
      userAgent: 'me/1',
      receivedAt: expect.any(Number),
      answeredAt: expect.any(Number),
      status: 200,
      bytes: bytes.length,
      faults: [],
      outcome: 'completed',
    });
    expect(entries[0]?.receivedAt).toBeGreaterThanOrEqual(before);
    expect(Number(entries[0]?.answeredAt)).toBeLessThanOrEqual(Date.now());
    expect(entries.slice(1)).toMatchObject([
      { seq: 2, page: null, status: 422, key: 'accepted' },
      { seq: 3, page: 1, status: 403, key: 'missing' },
      { seq: 4, page: 1, status: 403, key: 'wrong' },
      { seq: 5, system: null, stream: null, path: '/elsewhere', query: 'a=b', status: 404, key: null },
    ]);
  });

  it('never holds a key, right or wrong', async () => {
    const sandbox = await sandboxWith({ incentify: { apiKey: 'k-right-secret' } });
    const path = `${sandbox.incentify.baseUrl}/projects`;
    await get(path, { 'x-api-key': 'k-right-secret' });
    await get(path, { 'x-api-key': 'k-wrong-secret', authorization: 'Bearer k-other-secret' });
    await get(`${path}?api_key=k-right-secret`, {});
    const { json } = await admin(sandbox, 'GET', '/journal');
    expect(json).toHaveLength(3);
    expect(JSON.stringify([json, sandbox.state()])).not.toContain('secret');
  });

  it('is read by stream, path or from a number on, and emptied', async () => {
    const sandbox = await sandboxWith();
    for (const stream of ['projects', 'credits', 'credits']) await get(`${sandbox.incentify.baseUrl}/${stream}`);
    const seqs = async (query: string) =>
      ((await admin(sandbox, 'GET', `/journal${query}`)).json as { seq: number }[]).map(({ seq }) => seq);
    expect(await seqs('')).toEqual([1, 2, 3]);
    expect(await seqs('?stream=credits')).toEqual([2, 3]);
    expect(await seqs('?path=/incentify/projects')).toEqual([1]);
    expect(await seqs('?path=/incentify/*&after=1')).toEqual([2, 3]);
    expect(await seqs('?system=neoday')).toEqual([]);
    expect((await admin(sandbox, 'GET', '/journal?pth=x')).status).toBe(400);
    await admin(sandbox, 'DELETE', '/journal');
    await get(`${sandbox.incentify.baseUrl}/projects`);
    expect(await seqs('')).toEqual([4]);
  });

  it('is a copy: what was read does not change afterwards', async () => {
    const sandbox = await sandboxWith();
    sandbox.setFaults([{ kind: 'hold' }]);
    const asked = get(`${sandbox.incentify.baseUrl}/projects`);
    while (sandbox.held().length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    const [held] = sandbox.journal();
    sandbox.release();
    await asked;
    expect(held).toMatchObject({ outcome: 'open', answeredAt: null, status: null });
    expect(sandbox.journal()[0]).toMatchObject({ outcome: 'completed', status: 200 });
  });

  it('forgets the oldest entries beyond its limit, and says so', async () => {
    const sandbox = await sandboxWith({ journalLimit: 2 });
    for (let page = 1; page <= 5; page += 1) await get(`${sandbox.incentify.baseUrl}/utilizations?page=${page}`);
    expect(sandbox.journal().map(({ page }) => page)).toEqual([3, 4, 5]);
    expect(sandbox.state().journal).toEqual({ entries: 3, dropped: 2 });
  });

  it('has other methods too, refused', async () => {
    const sandbox = await sandboxWith();
    const answer = await request(`${sandbox.incentify.baseUrl}/projects`, { method: 'POST', headers: key });
    await answer.body.dump();
    expect(answer.statusCode).toBe(404);
    expect(sandbox.journal()).toMatchObject([{ method: 'POST', status: 404, stream: null }]);
  });
});
