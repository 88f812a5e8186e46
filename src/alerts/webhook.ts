import type { WebhookChannel } from '../config/alerts/settings.ts';
import { HttpClient, jsonBody } from '../vendors/http.ts';
import { retryAfterMs } from '../vendors/retry-after.ts';
import { userAgent } from '../vendors/user-agent.ts';
import { jsonDocument, slackDocument } from './bodies.ts';
import type { Message } from './message.ts';
import type { SendOptions, Sent } from './send.ts';

/** One POST. The address is a secret, so that no sentence names more than the channel. */
export async function sendWebhook(
  { url: reference, format }: WebhookChannel,
  message: Message,
  { proxy, signal, timeoutMs }: SendOptions,
): Promise<Sent> {
  const url = URL.parse(reference.resolve());
  if (url === null) return { ok: false, why: `${reference.reference} holds no address of a webhook. Correct it.` };
  const client = new HttpClient({
    vendor: 'The webhook',
    baseUrl: url.origin,
    connections: 1,
    proxy,
    timeoutMs,
    maxBodyBytes: 65_536,
    http1Only: true,
    userAgent,
  });
  try {
    const place = { path: url.pathname.slice(1), query: url.search, signal };
    const headers = { accept: '*/*', 'idempotency-key': message.id };
    const document = format === 'slack' ? slackDocument(message) : jsonDocument(message);
    const { answer, ...rest } = await client.deliver({ ...place, headers }, jsonBody(document));
    if (answer === null) return { ok: false, why: 'why' in rest ? ofChannel(rest.why) : 'no answer came.' };
    return judged(answer.status, answer.headers['retry-after']);
  } finally {
    await client.close();
  }
}

/** Sentences about vendors name the key of their address; here it is another. */
const ofChannel = (why: string): string => why.replaceAll('`baseUrl`', '`url`');

function judged(status: number, retryAfter: string | string[] | undefined): Sent {
  if (status >= 200 && status < 300) return { ok: true, note: null };
  if (status >= 300 && status < 400) {
    return { ok: false, why: `it answered ${status}, a redirect, which is not followed. Correct \`url\`.` };
  }
  const wait = retryAfterMs(retryAfter, Date.now());
  const remedy = remedies[status] ?? (status >= 500 ? '' : ' Check `url` and `format`.');
  return { ok: false, why: `it answered ${status}.${remedy}`, ...(wait === null ? {} : { retryAfterMs: wait }) };
}

const remedies: Readonly<Record<number, string>> = {
  401: ' Check `url`: it was refused.',
  403: ' Check `url`: it was refused.',
  404: ' Check `url`: there is nothing.',
  410: ' Check `url`: the webhook was taken away.',
  429: ' It was asked too often.',
};
