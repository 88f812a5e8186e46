// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { expect, it } from 'vitest';
import { exitCodeOf, findings } from '../../src/commands/check-findings.ts';
import { askAll } from '../../src/commands/check-probes.ts';
import { configOf } from '../config/write.ts';
import { serve } from '../vendors/local-servers.ts';

type Answers = Record<string, { status?: number; body?: unknown }>;

const token = '/api/1/oauth2/access_token';
const list = '/api/1/data-exporter/automated';
const granted = { [token]: { body: { access_token: 't', expires_in: 60 } } };
const exportsOf = (...names: string[]) => ({
  [list]: { body: names.map((system_name) => ({ id: system_name, system_name })) },
});
const resultsOf = (name: string, total: number) => ({ [`${list}/${name}/results`]: { body: { results: [], total } } });

/** What `check` finds at a gateway that gives these answers; anything else is 403. */
async function check(answers: Answers, ...keys: string[]) {
  const origin = await serve((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://gateway');
    const { status = 200, body } = answers[pathname] ?? { status: 403 };
    response.writeHead(status).end(JSON.stringify(body ?? null));
  });
  const lines = ['system: neoday', `baseUrl: ${origin}`, 'clientId: id', 'clientSecret: ${KEY}', ...keys];
  const connection = configOf(`connections:\n  games:\n${lines.map((line) => `    ${line}\n`).join('')}`).connection(
    'games',
  );
  const { streams, asked } = await askAll(connection, new AbortController().signal);
  const found = findings({ pointsAt: origin, system: connection.system }, streams, asked);
  const told = Object.fromEntries(found.map(({ what, state, sentence }) => [what, `${state}: ${sentence}`]));
  return { told, code: exitCodeOf(found, asked) };
}

it('tells every export with its results, where all is well', async () => {
  const { told, code } = await check({
    ...granted,
    ...exportsOf('win-info', 'all-coupons'),
    ...resultsOf('win-info', 3),
    ...resultsOf('all-coupons', 1),
  });
  expect(told).toEqual({
    address: expect.stringMatching(/^ok: http.* answers/),
    key: 'ok: is accepted',
    clock: expect.stringMatching(/^ok: /),
    'list of exports': expect.stringMatching(/^ok: 2 exports, /),
    'win-info': expect.stringMatching(/^ok: 3 results, /),
    'all-coupons': expect.stringMatching(/^ok: 1 result, /),
  });
  expect(code).toBe(0);
});

it('tells an export that the vendor does not have, and one that may not be read', async () => {
  const answers = { ...granted, ...exportsOf('win-info', 'all-coupons'), ...resultsOf('win-info', 3) };
  const { told, code } = await check(answers, 'exports: [win-info, all-coupons, win-inof]');
  expect(told['win-info']).toMatch(/^ok/);
  expect(told['all-coupons']).toBe('failed: the key may not read it');
  expect(told['win-inof']).toMatch(/^failed: The vendor lists no export of that name, but win-info, all-coupons\./);
  expect(code).toBe(1);
});

it('tells a refused secret, and a missing locale as something else', async () => {
  const refused = await check({ [token]: { status: 401, body: { error: 'invalid_client' } } }, 'exports: [win-info]');
  expect(refused.told).toMatchObject({
    key: 'failed: is refused for every stream',
    'list of exports': expect.stringMatching(/does not accept `clientId` and `clientSecret`/),
    'win-info': 'skipped: was not asked for',
  });
  const missing = await check({ ...granted, [list]: { status: 401, body: 'Missing Locale' } });
  expect(missing.told.address).toMatch(/^failed: .*Missing Locale: set `locale:`/);
  expect([refused.code, missing.code]).toEqual([1, 1]);
});
