import { createTransport } from 'nodemailer';
import type { MailChannel } from '../config/alerts/settings.ts';
import { mailText } from './bodies.ts';
import type { Message } from './message.ts';
import type { SendOptions, Sent } from './send.ts';

/** One e-mail to all recipients. What the server says is never repeated: it may quote addresses and more. */
export async function sendMail(channel: MailChannel, message: Message, options: SendOptions): Promise<Sent> {
  const transport = createTransport(settings(channel, options.timeoutMs));
  const end = () => transport.close();
  options.signal.addEventListener('abort', end, { once: true });
  try {
    const { accepted, rejected } = await transport.sendMail(letter(channel, message));
    const refused = rejected.length;
    return {
      ok: true,
      note: refused === 0 ? null : `${refused} of ${accepted.length + refused} recipients were refused.`,
    };
  } catch (error) {
    return { ok: false, why: why(error) };
  } finally {
    options.signal.removeEventListener('abort', end);
    transport.close();
  }
}

function settings({ host, port, security, username, password }: MailChannel, timeoutMs: number) {
  return {
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(username && password ? { auth: { user: username.resolve(), pass: password.resolve() } } : {}),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** A recovery answers the e-mail that it is the recovery of. */
function letter({ from, to }: MailChannel, message: Message) {
  const domain = from.split('@').at(-1) ?? 'incentive-sync';
  const named = (id: string) => `<${id}@${domain}>`;
  const thread = named(message.alertId);
  return {
    from: { name: 'incentive-sync', address: from },
    to: [...to],
    subject: `[incentive-sync] ${message.title}`,
    text: mailText(message),
    messageId: named(message.id),
    references: thread,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Incentive-Sync-Event': message.event },
  };
}

const sentences: Readonly<Record<string, string>> = {
  EAUTH: 'the mail server refused the user name or the password. Check `username` and `password`.',
  ENOAUTH: 'the mail server wants a user name and a password. Give `username` and `password`.',
  ETLS: 'the mail server has no STARTTLS, or it failed. Check `security` and `port`.',
  EDNS: 'the mail server’s name is not known. Check `host`.',
  EENVELOPE: 'the mail server refused the sender or every recipient. Check `from` and `to`.',
  EMESSAGE: 'the mail server refused the message.',
  ETIMEDOUT: 'the mail server did not answer in time. Check `host` and `port`, and the firewall.',
  ECONNECTION: 'the connection to the mail server was closed. Check `host`, `port` and `security`.',
  ESOCKET: 'there is no connection to the mail server. Check `host`, `port` and `security`.',
};

function why(error: unknown): string {
  const codes = [error, error instanceof Error ? error.cause : undefined].map(codeOf);
  const told = codes.map((code) => sentences[code ?? '']).find((sentence) => sentence !== undefined);
  return told ?? `the e-mail could not be sent${codes[0] === undefined ? '' : ` (${codes[0]})`}.`;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
