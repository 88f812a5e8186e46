import { request } from 'undici';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';

export const newPool = {
  name: 'Spring',
  issuance_allowed: true,
  redemption_allowed: true,
  incentive_codes: { low_threshold: 10, max_characters: 12 },
  distribution: { method: 'unique' },
  notification_email_address: 'campaigns@example.test',
};

interface Asked {
  method?: 'GET' | 'POST' | 'PUT';
  body?: unknown;
  authorization?: string | null;
  company?: string;
}

/** Asks below `…/incentives/pools` with the right user unless told otherwise. */
export async function askVibes({ vibes }: Sandbox, path = '', asked: Asked = {}) {
  const { method = 'GET', body, company = vibes.companyKey } = asked;
  const right = `Basic ${Buffer.from(`${vibes.username}:${vibes.password}`).toString('base64')}`;
  const authorization = asked.authorization === undefined ? right : asked.authorization;
  const answer = await request(`${vibes.baseUrl}/companies/${company}/incentives/pools${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      'x-api-version': '2',
      ...(authorization === null ? {} : { authorization }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.body.text();
  return {
    status: answer.statusCode,
    text,
    json: text.startsWith('[') || text.startsWith('{') ? JSON.parse(text) : null,
  };
}
