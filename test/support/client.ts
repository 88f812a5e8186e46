import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';

export interface ClosableClient {
  client: Client;
  close(): Promise<void>;
}

/**
 * A client that is closed only when no call of its waits to be tried again: a watcher that has gone leaves such calls
 * behind, and one that begins on a closed connection throws where nobody can catch it.
 */
export async function openClient(address: string, namespace: string): Promise<ClosableClient> {
  const { retryableDecider, delayFunction } = defaultGrpcRetryOptions();
  let closing = false;
  let lastRetryAt = 0;
  const retrying = makeGrpcRetryInterceptor({
    retryableDecider: (attempt, status) => !closing && retryableDecider(attempt, status),
    delayFunction: (attempt, status) => {
      const delayMs = delayFunction(attempt, status);
      lastRetryAt = Math.max(lastRetryAt, performance.now() + delayMs);
      return delayMs;
    },
  });
  const connection = await Connection.connect({ address, interceptors: [retrying] });
  return {
    client: new Client({ connection, namespace }),
    close: async () => {
      closing = true;
      const untilRetryMs = lastRetryAt - performance.now();
      if (untilRetryMs > 0) await sleep(untilRetryMs + 20);
      await connection.close();
    },
  };
}
