import { EventEmitter } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type { Sql } from 'postgres';

/**
 * Sockets for postgres.js 3.4, which ends the whole process with an uncaught TypeError when a connection is lost under a
 * transaction: the transaction's next statement, its ROLLBACK, is written to a socket that is no longer there
 * (porsager/postgres #1066, #1154, #1208). A connection that closes while a write is queued is never used rightly again
 * either. Therefore such a socket first fails everything on it, and reports that it is closed only when nobody can write
 * to it any more: when the transactions that were under way are over and no write has come for a turn.
 */
export class GuardedSockets {
  readonly #transactions = new Set<Promise<unknown>>();

  /** Connects at once; what goes wrong arrives as `error` and `close`, as the library expects. */
  open(host: string, port: number): EventEmitter {
    const socket = connect({ host, port, noDelay: true });
    return new GuardedSocket(socket, () => Promise.allSettled(this.#transactions));
  }

  /** Lets the sockets know of this client's transactions. */
  watch(sql: Sql): Sql {
    const begin: (...given: unknown[]) => Promise<unknown> = Reflect.get<object, string>(sql, 'begin');
    const watched = (...given: unknown[]) => {
      const work = given.pop();
      if (typeof work !== 'function') throw new TypeError('a transaction needs a function');
      return begin(...given, (transaction: unknown) => this.#track(() => Reflect.apply(work, null, [transaction])));
    };
    return Object.assign(sql, { begin: watched });
  }

  async #track(work: () => unknown): Promise<unknown> {
    const running = (async () => work())();
    this.#transactions.add(running);
    try {
      return await running;
    } finally {
      this.#transactions.delete(running);
    }
  }
}

type Written = (error?: Error | null) => void;

const readyForQuery = 0x5a;
const idle = 0x49;

/** As much of a socket as postgres.js uses. No subclass, because Node replaces `write` of one that the server has ended. */
class GuardedSocket extends EventEmitter {
  readonly #socket: Socket;
  readonly #transactionsOver: () => Promise<unknown>;
  /** False from the moment a statement is written until PostgreSQL says that it waits for one, outside of a transaction. */
  #idle = false;
  #lost = false;
  #writesInVain = 0;

  constructor(socket: Socket, transactionsOver: () => Promise<unknown>) {
    super();
    this.#socket = socket;
    this.#transactionsOver = transactionsOver;
    socket.on('data', (data: Buffer) => this.#received(data));
    socket.on('drain', () => this.emit('drain'));
    socket.on('error', (error) => this.#report(error));
    socket.on('close', (failed) => void this.#closeWhenUnused(failed));
  }

  get readyState(): string {
    return this.#lost ? 'closed' : this.#socket.readyState;
  }

  write(data: Uint8Array, written?: Written): boolean {
    this.#idle = false;
    if (!this.#lost) return this.#socket.write(data, written);
    this.#writesInVain += 1;
    setImmediate(() => {
      written?.(lost());
      this.#report(lost());
    });
    return true;
  }

  end(data: Uint8Array): void {
    this.#socket.end(data);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  setKeepAlive(on: boolean, afterMs: number): void {
    this.#socket.setKeepAlive(on, afterMs);
  }

  /** The last message of an answer is ReadyForQuery: a type, a length of 5, the state of the transaction. */
  #received(data: Buffer): void {
    const end = data.length - 6;
    if (end >= 0 && data[end] === readyForQuery && data.readUInt32BE(end + 1) === 5) {
      this.#idle = data[end + 5] === idle;
    }
    this.emit('data', data);
  }

  async #closeWhenUnused(failed: boolean): Promise<void> {
    this.#lost = true;
    const wasIdle = this.#idle;
    this.#report(lost());
    if (!wasIdle) await this.#transactionsOver();
    for (let seen = -1; seen !== this.#writesInVain; ) {
      seen = this.#writesInVain;
      await turn();
      await turn();
    }
    this.emit('close', failed);
  }

  /** Rejects every statement that was given to this connection. */
  #report(error: Error): void {
    // Without a listener an emitted error would be thrown.
    if (this.listenerCount('error') > 0) this.emit('error', error);
  }
}

function lost(): Error {
  return Object.assign(new Error('The connection to PostgreSQL was lost.'), { code: 'CONNECTION_CLOSED' });
}
