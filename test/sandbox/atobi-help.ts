import { request } from 'undici';
import type { AtobiOptions } from '../../src/sandbox/atobi/settings.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { sandboxWith } from './help.ts';

export const atobiWith = (options: AtobiOptions = {}): Promise<Sandbox> => sandboxWith({ atobi: options });

interface Answered {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  // biome-ignore lint/suspicious/noExplicitAny: compared with literals
  json: any;
}

async function post(url: string, headers: Record<string, string>, body: string): Promise<Answered> {
  const answer = await request(url, { method: 'POST', headers, body });
  const text = await answer.body.text();
  return { status: answer.statusCode, headers: answer.headers, json: text === '' ? undefined : JSON.parse(text) };
}

export function askToken({ atobi }: Sandbox, change: Record<string, string> = {}, headers = {}): Promise<Answered> {
  const { clientId, clientSecret } = atobi;
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, ...change };
  const type = { 'content-type': 'application/x-www-form-urlencoded', ...headers };
  return post(`${atobi.baseUrl}/oauth/token`, type, new URLSearchParams(form).toString());
}

export const element = (id: number, changed: object = {}) => ({
  id,
  kpi: 'points',
  object_type: 'number',
  value: '100',
  timestamp: '2026-01-31 13:09:23',
  ...changed,
});

export const transfer = (data: unknown, changed: object = {}) => ({
  ...{ type: 'sandbox-feed', version: '1.0.0', context: 'sales', data },
  ...changed,
});

export const ofUser = (user: string, ...ids: number[]) => ({
  user_id: user,
  elements: ids.map((id) => element(id)),
});

export type Sender = (body: unknown, headers?: Record<string, string>) => Promise<Answered>;

/** Sends transfers with a token of its own; text goes out as it is. */
export async function sender(sandbox: Sandbox, path = '/api/external/v1/kpi'): Promise<Sender> {
  const { json } = await askToken(sandbox);
  const common = { accept: 'application/json', 'content-type': 'application/json' };
  return (body, headers = {}) =>
    post(
      `${sandbox.atobi.baseUrl}${path}`,
      { ...common, authorization: `Bearer ${json.access_token}`, ...headers },
      typeof body === 'string' ? body : JSON.stringify(body),
    );
}
