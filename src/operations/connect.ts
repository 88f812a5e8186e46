import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { type AnsweredRequest, requestTeller } from './requests.ts';
import { clientConnectionOptions, type TemporalTarget, temporalSettings } from './target.ts';

/** Temporal did not answer. The message names the address and says what to do. */
export class TemporalUnreachableError extends Error {
  override readonly name = 'TemporalUnreachable';
}

export interface ConnectOptions {
  /** How long to keep trying, in milliseconds: 10 000 unless told; Infinity waits until `signal` ends it. */
  patience?: number;
  /** Called before each further try, with a sentence for the screen. */
  onWait?: (sentence: string) => void;
  /** Called after each request of the client, with how long it took. */
  onRequest?: ((request: AnsweredRequest) => void) | undefined;
  signal?: AbortSignal;
}

/**
 * A client whose connection has answered. The caller closes `client.connection`.
 * @throws TemporalUnreachableError when nobody answered within `patience`.
 */
export async function connectTemporal(target: TemporalTarget, options: ConnectOptions = {}): Promise<Client> {
  const settings = temporalSettings(target);
  const address = settings.connectionOptions.address ?? 'localhost:7233';
  const until = Date.now() + (options.patience ?? 10_000);
  for (;;) {
    options.signal?.throwIfAborted();
    const tryMs = Math.max(1000, Math.min(3000, until - Date.now()));
    try {
      return await abortable(connectOnce(settings, tryMs, options.onRequest), options.signal);
    } catch (error) {
      options.signal?.throwIfAborted();
      const refusal = refused(error);
      if (refusal || Date.now() >= until) throw unreachable(address, refusal);
      options.onWait?.(`Temporal at ${address} does not answer yet; trying again until it does.`);
      await abortable(sleep(1000), options.signal);
    }
  }
}

/** A connection attempt cannot be ended, only left alone: it gives up by itself within seconds. */
function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}

async function connectOnce(
  settings: ReturnType<typeof temporalSettings>,
  connectTimeout: number,
  onRequest: ConnectOptions['onRequest'],
): Promise<Client> {
  const interceptors = onRequest === undefined ? {} : { interceptors: [requestTeller(onRequest)] };
  const connection = await Connection.connect({
    connectTimeout,
    ...clientConnectionOptions(settings),
    ...interceptors,
  });
  return new Client({ connection, namespace: settings.namespace });
}

/** gRPC codes 7 and 16: a wrong key or certificate does not get better by waiting. */
function refused(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 7 || code === 16;
}

function unreachable(address: string, refusal: boolean): TemporalUnreachableError {
  return new TemporalUnreachableError(
    refusal
      ? `Temporal at ${address} refused the credentials. Check TEMPORAL_API_KEY or the client certificate, and that they belong to this namespace.`
      : `Temporal at ${address} does not answer. Start it, or correct TEMPORAL_ADDRESS (or the profile); without TEMPORAL_ADDRESS an embedded server is started.`,
  );
}
