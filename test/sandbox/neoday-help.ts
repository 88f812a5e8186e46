import { request } from 'undici';
import type { NeodayOptions } from '../../src/sandbox/neoday/server.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { type Got, get, sandboxWith } from './help.ts';

/** Small exports: a test names what it needs more of. */
export function neodayWith(options: NeodayOptions = {}): Promise<Sandbox> {
  return sandboxWith({ neoday: { rows: 60, ...options } });
}

export async function askToken({ neoday }: Sandbox, change: Record<string, unknown> = {}) {
  const body = {
    grant_type: 'client_credentials',
    client_id: neoday.clientId,
    client_secret: neoday.clientSecret,
    ...change,
  };
  const answer = await request(`${neoday.baseUrl}/api/1/oauth2/access_token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  // biome-ignore lint/suspicious/noExplicitAny: compared with literals
  return { status: answer.statusCode, json: (await answer.body.json()) as any };
}

export async function bearer(sandbox: Sandbox): Promise<Record<string, string>> {
  const { json } = await askToken(sandbox);
  return { authorization: `Bearer ${json.access_token}` };
}

/** A request to the gateway, below `/api/1/data-exporter/automated`. */
export async function ask(sandbox: Sandbox, path = '', headers?: Record<string, string>): Promise<Got> {
  return get(`${sandbox.neoday.baseUrl}/api/1/data-exporter/automated${path}`, headers ?? (await bearer(sandbox)));
}

export function resultId(sandbox: Sandbox, name = 'win-info', index = 0): string {
  const result = sandbox.neoday.results(name)[index];
  if (result === undefined) throw new Error(`${name} has no result ${index}.`);
  return result.id;
}

export async function linkTo(sandbox: Sandbox, name = 'win-info', index = 0): Promise<string> {
  const { json } = await ask(sandbox, `/fetch/${resultId(sandbox, name, index)}`);
  return json.result.download_url;
}

/** The file of a result, through the gateway and the store. */
export async function download(sandbox: Sandbox, name = 'win-info', index = 0): Promise<Got> {
  return get(await linkTo(sandbox, name, index), {});
}
