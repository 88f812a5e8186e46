import { connect, createServer, type Socket } from 'node:net';

/** A port that is closed until `open`, and then leads to another one: a server that is away, and comes back. */
export interface Forward {
  port: number;
  open(): Promise<void>;
  close(): Promise<void>;
}

export async function forward(target: number): Promise<Forward> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const upstream = connect(target, '127.0.0.1');
    socket.pipe(upstream).pipe(socket);
    for (const end of [socket, upstream]) {
      sockets.add(end);
      end.on('error', () => {});
    }
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
  const close = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  await listen(0);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await close();
  return { port, open: () => listen(port), close };
}
