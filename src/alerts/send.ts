import type { Channel } from '../config/alerts/settings.ts';
import { ConfigurationError } from '../errors.ts';
import type { ProxySettings } from '../vendors/dispatcher.ts';
import { sendMail } from './mail.ts';
import type { Message } from './message.ts';
import { sendWebhook } from './webhook.ts';

/** What became of a message. `why` and `note` are for people and name neither a secret nor an address. */
export type Sent = { ok: true; note: string | null } | { ok: false; why: string; retryAfterMs?: number };

export interface SendOptions {
  proxy: ProxySettings;
  signal: AbortSignal;
  /** For each wait; the whole takes at most `longestSendMs`. */
  timeoutMs: number;
}

const answerMs = 10_000;

/** One attempt never takes longer, however slowly somebody answers. */
export const longestSendMs = 20_000;

/**
 * Sends one message once; never throws for what the channel does. Ends at once when `signal` is aborted: whether the
 * message went out is not known then.
 */
export async function send(
  channel: Channel,
  message: Message,
  proxy: ProxySettings,
  signal: AbortSignal = new AbortController().signal,
): Promise<Sent> {
  const over = AbortSignal.any([signal, AbortSignal.timeout(longestSendMs)]);
  try {
    const sending = attempt(channel, message, { proxy, signal: over, timeoutMs: answerMs });
    return await Promise.race([sending, givenUp(over, signal)]);
  } catch (error) {
    if (error instanceof ConfigurationError) return { ok: false, why: error.message };
    throw error;
  }
}

/** Not everybody ends at once when told to. */
async function givenUp(over: AbortSignal, asked: AbortSignal): Promise<Sent> {
  if (!over.aborted) await new Promise((resolve) => over.addEventListener('abort', resolve, { once: true }));
  if (asked.aborted) return { ok: false, why: 'the worker stopped before an answer came.' };
  return { ok: false, why: `it took longer than ${longestSendMs / 1000} s.` };
}

function attempt(channel: Channel, message: Message, options: SendOptions): Promise<Sent> {
  return channel.type === 'webhook' ? sendWebhook(channel, message, options) : sendMail(channel, message, options);
}

const firstWaitMs = 1000;
const longestWaitMs = 10 * 60_000;

/** Until the next attempt, after so many in vain: a second, doubling up to ten minutes, or as long as was asked for. */
export function waitAfter(attempts: number, askedMs = 0): number {
  return Math.max(Math.min(firstWaitMs * 2 ** Math.min(attempts - 1, 30), longestWaitMs), askedMs);
}
