// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import { expect, it } from 'vitest';
import { exitCodeOf, findings } from '../../src/commands/check-findings.ts';
import { askAll } from '../../src/commands/check-probes.ts';
import { configOf } from '../config/write.ts';
import { serve } from '../vendors/local-servers.ts';

/** What `check` finds where the token's endpoint answers so, and how often it was asked. */
async function check(status: number, answer: unknown) {
  const asked: string[] = [];
  const origin = await serve((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(status).end(JSON.stringify(answer));
  });
  const connection = configOf(
    `connections: {kpis: {system: atobi, baseUrl: "${origin}", clientId: id, clientSecret: "\${KEY}", type: acme}}`,
  ).connection('kpis');
  const { streams, asked: all } = await askAll(connection, new AbortController().signal);
  const found = findings({ pointsAt: origin, system: connection.system }, streams, all);
  const told = Object.fromEntries(found.map(({ what, state, sentence }) => [what, `${state}: ${sentence}`]));
  return { told, code: exitCodeOf(found, all), asked };
}

it('a check of a connection to Atobi asks for a token and sends nothing', async () => {
  const { told, code, asked } = await check(200, { access_token: 'a-token' });
  expect(told).toEqual({
    address: expect.stringMatching(/^ok: .* answers/),
    key: 'ok: is accepted',
    clock: 'ok: agrees with the vendor’s',
  });
  expect({ code, asked }).toEqual({ code: 0, asked: ['/oauth/token'] });
});

it('a check of a connection to Atobi tells a refused secret', async () => {
  const { told, code } = await check(401, { error: 'invalid_client' });
  expect(told).toMatchObject({ key: 'failed: is refused' });
  expect(code).toBe(1);
});
