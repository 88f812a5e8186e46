import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedPost {
  path: string;
  headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was sent
  body: any;
  at: number;
}

/** What a receiver answers, told the post; a promise keeps the sender waiting. */
export type Answer = (post: ReceivedPost) => number | Promise<number>;

/** A real receiver of webhooks on this machine. */
export async function webhookReceiver() {
  const posts: ReceivedPost[] = [];
  const state = { answer: (() => 200) as Answer };
  const server = createServer(async (request, response) => {
    const body = JSON.parse(await text(request));
    const post = { path: request.url ?? '', headers: request.headers, body, at: Date.now() };
    posts.push(post);
    response.writeHead(await state.answer(post)).end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    posts,
    /** With a secret in its path, as webhooks have. */
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/T0/secret-of-the-hook`,
    answer: (answer: Answer) => {
      state.answer = answer;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface ReceivedMail {
  from: string;
  to: string[];
  raw: string;
  /** Of the message's head, unfolded, in lower case. */
  headers: Record<string, string>;
  secure: boolean;
  user: string | undefined;
}

/** A real mail server on this machine, which keeps what it gets. */
export async function mailReceiver(options: SMTPServerOptions = {}) {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    onAuth: ({ username, password }, _session, done) =>
      password === 'mail-password' ? done(null, { user: username }) : done(new Error('wrong password')),
    onData: (stream, { envelope, secure, user }, done) => {
      void buffer(stream).then((bytes) => {
        const raw = bytes.toString('utf8');
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        mails.push({ from, to, raw, headers: headersOf(raw), secure, user: user?.toString() });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    mails,
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

function headersOf(raw: string): Record<string, string> {
  const head = raw.split('\r\n\r\n')[0]!.replace(/\r\n[ \t]+/g, ' ');
  return Object.fromEntries(
    head.split('\r\n').map((line) => {
      const [name = '', ...value] = line.split(': ');
      return [name.toLowerCase(), value.join(': ')];
    }),
  );
}
