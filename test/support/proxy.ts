import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy on loopback that can be frozen: bytes then stay where they are, in both directions. */
export interface TcpProxy {
  readonly port: number;
  freeze(): void;
  thaw(): void;
  /** Bytes from clients that wait for `thaw`. */
  readonly heldBytes: number;
  close(): Promise<void>;
}

export async function startProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  let frozen = false;
  let held: { socket: Socket; data: Buffer; fromClient: boolean }[] = [];
  const sockets = new Set<Socket>();
  const pass = (from: Socket, to: Socket, fromClient: boolean) => {
    sockets.add(from);
    from.on('data', (data: Buffer) => {
      if (frozen) held.push({ socket: to, data, fromClient });
      else to.write(data);
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer((client) => {
    const upstream = connect({ ...target, noDelay: true });
    client.setNoDelay();
    pass(client, upstream, true);
    pass(upstream, client, false);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    freeze: () => {
      frozen = true;
    },
    thaw: () => {
      frozen = false;
      for (const { socket, data } of held) socket.write(data);
      held = [];
    },
    get heldBytes() {
      return held.reduce((sum, { data, fromClient }) => sum + (fromClient ? data.length : 0), 0);
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
