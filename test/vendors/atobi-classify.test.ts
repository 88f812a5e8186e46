import { describe, expect, it } from 'vitest';
import { classify } from '../../src/vendors/atobi/classify.ts';
import type { Delivery } from '../../src/vendors/delivery.ts';

const question = {
  place: 'Atobi (POST https://acme.erapp.dk/api/external/v1/kpi)',
  refusedStatuses: ['error', 'failed', 'false', '0'],
  hint: () => 'Check `baseUrl`, `apiVersion` (v1), `type` (acme).',
  secrets: ['the-token', 'the-secret'],
};

const judge = (status: number, body: unknown, headers = {}, complete = true) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return classify({ answer: { status, headers, body: Buffer.from(text) }, complete }, question);
};

describe('an answer to a transfer', () => {
  it.each([
    [200, { status: 'ok' }, 'ok'],
    [201, { status: 'queued', id: 7 }, 'queued'],
    [299, { status: 1 }, '1'],
    [200, { status: true }, 'true'],
    [200, '\ufeff{"status":"ok"}', 'ok'],
    [200, { status: 'no errors' }, 'no errors'],
  ])('%i %j is an acceptance', (status, body, told) => {
    expect(judge(status, body)).toMatchObject({ kind: 'accepted', http: status, status: told, sent: true });
  });

  it.each([
    [{ status: 'error' }, 'error'],
    [{ status: ' FAILED ' }, 'FAILED'],
    [{ status: false }, 'false'],
    [{ status: 0 }, '0'],
    [{ status: '0' }, '0'],
  ])('200 %j is a refusal', (body, told) => {
    expect(judge(200, body)).toMatchObject({ kind: 'refused', why: 'status', http: 200, status: told, sent: true });
  });

  it.each([
    [200, ''],
    [204, ''],
    [200, 'OK'],
    [200, '<html>Sign in</html>'],
    [200, '{"status":"o'],
    [200, []],
    [200, ['ok']],
    [200, 'null'],
    [200, {}],
    [200, { Status: 'ok' }],
    [200, { status: null }],
    [200, { status: ' ' }],
    [200, { status: { code: 'ok' } }],
    [200, { data: { status: 'ok' } }],
  ])('%i %j is unknown', (status, body) => {
    const answer = judge(status, body);
    expect(answer).toMatchObject({ kind: 'unknown', http: status, status: null, sent: true });
    expect(answer.why).toBeUndefined();
    expect(answer.sentence).toContain('is not known');
  });

  it('whose body does not come to its end is unknown where it began with success, whatever it began with', () => {
    expect(judge(200, { status: 'ok' }, {}, false)).toMatchObject({ kind: 'unknown', http: 200 });
    expect(judge(422, '{"mess', {}, false)).toMatchObject({ kind: 'refused', why: 'splittable', http: 422 });
  });

  it.each([
    [400, 'splittable'],
    [413, 'splittable'],
    [422, 'splittable'],
    [401, 'token'],
    [403, 'forbidden'],
    [429, 'rateLimited'],
    [408, 'transient'],
    [500, 'transient'],
    [502, 'transient'],
    [503, 'transient'],
    [599, 'transient'],
    [301, 'configuration'],
    [302, 'configuration'],
    [404, 'configuration'],
    [405, 'configuration'],
    [409, 'configuration'],
    [410, 'configuration'],
    [415, 'configuration'],
  ])('%i is a refusal, even where its body says ok', (status, why) => {
    const answer = judge(status, { status: 'ok' });
    expect(answer).toMatchObject({ kind: 'refused', why, http: status, status: null, sent: true });
    expect(answer.retryAfterMs).toBeUndefined();
    expect(answer.sentence).toMatch(`${question.place} answered ${status}: `);
    expect(answer.sentence.includes('`type` (acme)')).toBe(why === 'configuration');
  });

  it('says how long to wait, by seconds or by date, only where it asks to', () => {
    expect(judge(429, '', { 'retry-after': '7' })).toMatchObject({ why: 'rateLimited', retryAfterMs: 7000 });
    const inAMinute = new Date(Date.now() + 60_000).toUTCString();
    const { retryAfterMs = 0 } = judge(503, '', { 'retry-after': inAMinute });
    expect(retryAfterMs).toBeGreaterThan(55_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
    expect(judge(429, '', { 'retry-after': 'soon' }).retryAfterMs).toBeUndefined();
    expect(judge(500, '', { 'retry-after': '7' })).not.toHaveProperty('retryAfterMs');
  });

  it('is kept without secrets and control characters, and no longer than 4,000 characters', () => {
    const body = `no\u0000 such\r\n\tuser\u001b[31m, Bearer the-token, the-secret`;
    expect(judge(422, body).answer).toBe('no  such   user [31m, Bearer ***, ***');
    const long = judge(422, '😀'.repeat(5000)).answer;
    expect([...long]).toHaveLength(4000);
    expect(long.isWellFormed()).toBe(true);
    expect(judge(422, 'x'.repeat(4001)).answer).toHaveLength(4000);
    expect(judge(200, { status: `\u0007the-secret${'x'.repeat(300)}` }).status).toMatch(/^\*\*\*x{197}$/);
    for (const status of [200, 404, 422]) expect(judge(status, body).sentence).not.toMatch(/user|the-token|the-secret/);
  });
});

describe('no answer to a transfer', () => {
  const none = (sent: boolean): Delivery => ({ answer: null, sent, why: 'the connection was cut.' });

  it('is unknown where a byte may have left', () => {
    const answer = classify(none(true), question);
    expect(answer).toMatchObject({ kind: 'unknown', http: null, status: null, answer: '', sent: true });
    expect(answer.sentence).toMatch(/: the connection was cut\. Whether the transfer was taken is not known\.$/);
  });

  it('is a refusal where certainly none has', () => {
    const answer = classify(none(false), question);
    expect(answer).toMatchObject({ kind: 'refused', why: 'transient', http: null, sent: false });
    expect(answer.sentence).toMatch(/Nothing was sent\.$/);
  });
});
