import { afterEach, describe, expect, it } from 'vitest';
import { sampleMessage } from '../../src/alerts/message.ts';
import { send } from '../../src/alerts/send.ts';
import type { MailChannel, WebhookChannel } from '../../src/config/alerts/settings.ts';
import { mailReceiver, webhookReceiver } from '../support/receivers.ts';

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

const secret = (value: string) => ({ reference: '$' + '{HOOK}', resolve: () => value });
const message = { ...sampleMessage(new Date('2026-03-01T06:00:00Z')), title: 'portfolio: <all> is *not* fresh & old' };

function webhook(url: string, format: WebhookChannel['format'] = 'json'): WebhookChannel {
  return { name: 'ops', type: 'webhook', url: secret(url), format };
}

function mail(port: number, changes: Partial<MailChannel> = {}): MailChannel {
  const to = ['ops@example.com', 'boss@example.com'];
  return {
    name: 'mail',
    type: 'smtp',
    host: '127.0.0.1',
    port,
    security: 'none',
    from: 'sync@example.com',
    to,
    ...changes,
  };
}

async function hook() {
  const receiver = await webhookReceiver();
  endings.push(receiver.close);
  return receiver;
}

async function post(options: Parameters<typeof mailReceiver>[0] = {}) {
  const receiver = await mailReceiver({ disabledCommands: ['STARTTLS'], ...options });
  endings.push(receiver.close);
  return receiver;
}

describe('a webhook', () => {
  it('gets one document with the id in it and beside it, at exactly its address', async () => {
    const receiver = await hook();
    expect(await send(webhook(`${receiver.url}?room=7`), message, {})).toEqual({ ok: true, note: null });
    expect(receiver.posts).toHaveLength(1);
    const [{ path, headers, body }] = receiver.posts as [(typeof receiver.posts)[0]];
    expect(path).toBe('/services/T0/secret-of-the-hook?room=7');
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'idempotency-key': message.id });
    expect(body).toMatchObject({ version: 1, id: message.id, event: 'test', title: message.title, subject: null });
  });

  it('of Slack gets blocks in which nothing of ours becomes markup', async () => {
    const receiver = await hook();
    await send(webhook(receiver.url, 'slack'), message, {});
    const { text, blocks } = receiver.posts[0]!.body;
    expect(text).toBe('🔵 portfolio: &lt;all&gt; is *not* fresh &amp; old');
    expect(blocks.map(({ type }: { type: string }) => type)).toEqual(['header', 'section', 'context']);
    expect(blocks[1].text.text).toContain('`incentive-sync alerts list`');
  });

  it.each([
    [302, 'it answered 302, a redirect, which is not followed. Correct `url`.'],
    [404, 'it answered 404. Check `url`: there is nothing.'],
    [500, 'it answered 500.'],
  ])('that answers %i has not taken it', async (status, why) => {
    const receiver = await hook();
    receiver.answer(() => status);
    expect(await send(webhook(receiver.url), message, {})).toEqual({ ok: false, why });
    expect(receiver.posts).toHaveLength(1);
  });

  it('that nobody runs is told without its address', async () => {
    const sent = await send(webhook('http://127.0.0.1:1/services/secret-of-the-hook'), message, {});
    expect(sent).toEqual({ ok: false, why: 'nothing listens at that address. Check host and port of `url`.' });
  });
});

describe('an e-mail', () => {
  it('goes to every recipient, with a Message-ID that is the same at every attempt', async () => {
    const receiver = await post();
    expect(await send(mail(receiver.port), message, {})).toEqual({ ok: true, note: null });
    const [{ from, to, headers, raw }] = receiver.mails as [(typeof receiver.mails)[0]];
    expect({ from, to }).toEqual({ from: 'sync@example.com', to: ['ops@example.com', 'boss@example.com'] });
    expect(headers).toMatchObject({
      subject: '[incentive-sync] portfolio: <all> is *not* fresh & old',
      'message-id': `<${message.id}@example.com>`,
      references: `<${message.alertId}@example.com>`,
      'auto-submitted': 'auto-generated',
    });
    expect(raw).toContain('What to type:');
  });

  it('is sent with a password only over TLS', async () => {
    const login = { username: secret('alerts'), password: secret('mail-password') };
    const without = await post();
    const refused = await send(mail(without.port, { ...login, security: 'starttls' }), message, {});
    expect(refused).toEqual({ ok: false, why: expect.stringMatching(/no STARTTLS, or it failed/) });
    expect(without.mails).toEqual([]);
  });

  it('is told as not sent where the password is wrong, nobody listens, or every recipient is refused', async () => {
    const open = await post({ allowInsecureAuth: true, hideSTARTTLS: true });
    const login = { username: secret('alerts'), password: secret('wrong-password') };
    expect(await send(mail(open.port, login), message, {})).toEqual({
      ok: false,
      why: 'the mail server refused the user name or the password. Check `username` and `password`.',
    });
    expect(await send(mail(1), message, {})).toEqual({
      ok: false,
      why: 'there is no connection to the mail server. Check `host`, `port` and `security`.',
    });
    const choosy = await post({ onRcptTo: (_address, _session, done) => done(new Error('unknown: ops@example.com')) });
    expect(await send(mail(choosy.port), message, {})).toEqual({
      ok: false,
      why: 'the mail server refused the sender or every recipient. Check `from` and `to`.',
    });
  });

  it('that one of two recipients was refused for is delivered, and says so', async () => {
    const receiver = await post({
      onRcptTo: ({ address }, _session, done) => done(address.startsWith('boss') ? new Error('no') : null),
    });
    expect(await send(mail(receiver.port), message, {})).toEqual({ ok: true, note: '1 of 2 recipients were refused.' });
  });
});
