import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const open: (TcpServer | Server)[] = [];

afterAll(async () => {
  for (const server of open.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  }
});

async function listen(server: TcpServer | Server): Promise<number> {
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A server on a free port, closed after the file's tests. */
export async function serve(handler: Handler): Promise<string> {
  return `http://127.0.0.1:${await listen(createServer(handler))}`;
}

/** The same with a certificate for localhost, 127.0.0.1 and portfolio.test, from an authority that nobody knows. */
export async function serveTls(handler: Handler): Promise<{ origin: string; port: number }> {
  const [key, cert] = await Promise.all(['server-key.pem', 'server.pem'].map((name) => readFile(tlsFile(name))));
  const port = await listen(createTlsServer({ key: key!, cert: cert! }, handler));
  return { origin: `https://127.0.0.1:${port}`, port };
}

/** A server that reads and never writes a byte of HTTP. */
export async function serveBytes(answer: string | null): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => answer !== null && socket.end(answer));
  });
  return `http://127.0.0.1:${await listen(server)}`;
}

export const tlsFile = (name: string): string => fileURLToPath(new URL(`tls/${name}`, import.meta.url));

export interface ForwardProxy {
  url: string;
  /** What it was asked for: `GET http://…` or `CONNECT host:port`. */
  asked: string[];
}

/** A forward proxy that takes every host for 127.0.0.1; `CONNECT` goes to `tunnelTo`, or is refused with a status. */
export async function serveProxy(upstream: string, tunnelTo?: number, refuse?: number): Promise<ForwardProxy> {
  const asked: string[] = [];
  const { port } = new URL(upstream);
  const server = createServer((incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    const { pathname, search } = new URL(incoming.url ?? '', upstream);
    const onward = { host: '127.0.0.1', port, path: `${pathname}${search}`, headers: incoming.headers };
    request(onward, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    }).end();
  });
  server.on('connect', (incoming, socket) => {
    asked.push(`CONNECT ${incoming.url}`);
    socket.on('error', () => undefined);
    if (refuse !== undefined) {
      socket.end(`HTTP/1.1 ${refuse} No\r\n\r\n`);
      return;
    }
    const onward = connect(tunnelTo ?? 0, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, asked };
}
