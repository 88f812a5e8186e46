import { Agent, type Dispatcher, request } from 'undici';
import { afterEach } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts';

export const key = { 'x-api-key': 'sandbox-key' };

const running: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

const small = { projects: 60, credits: 120, utilizations: 260, incentivePrograms: 3 };

/** A sandbox on a free port, closed after the test. */
export async function sandboxWith(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ port: 0, ...options, incentify: { sizes: small, ...options.incentify } });
  running.push(sandbox);
  return sandbox;
}

export interface Got {
  status: number;
  headers: Dispatcher.ResponseData['headers'];
  bytes: Buffer;
  text: string;
  // The answers are compared with literals: a schema here would only repeat them.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  json: any;
}

/** GET with the accepted key and a connection of its own. Rejects when the body is cut. */
export async function get(url: string, headers: Record<string, string> = key): Promise<Got> {
  const dispatcher = new Agent({ connections: 1 });
  try {
    const answer = await request(url, { headers, dispatcher });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    const text = bytes.toString();
    return { status: answer.statusCode, headers: answer.headers, bytes, text, json: parsed(text) };
  } finally {
    await dispatcher.destroy();
  }
}

/** Sends JSON to the admin API. */
export async function admin(sandbox: Sandbox, method: Dispatcher.HttpMethod, path: string, body?: unknown) {
  const answer = await request(`${sandbox.url}/_sandbox${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await answer.body.text();
  return { status: answer.statusCode, json: parsed(text) };
}

/** Waits for what a test cannot be told of; fails after five seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('The condition did not come true within 5 s.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
