import { AuthenticationError, ConfigurationError } from '../errors.ts';
import type { ProxySettings } from './dispatcher.ts';
import { IncentifyClient } from './incentify/client.ts';
import { userAgent } from './user-agent.ts';

/** What a connection to Incentify needs; the configuration's type has it. */
interface IncentifySettings {
  readonly name: string;
  readonly baseUrl: string;
  readonly apiKey: { resolve(): string };
  readonly concurrency: number;
  readonly timeout: number;
  readonly requestsPerSecond?: number | undefined;
}

/** One client a connection, made when first used and kept for its sockets. */
export function openVendors(proxy: ProxySettings) {
  const { httpProxy, httpsProxy, noProxy } = proxy;
  const clients = new Map<string, IncentifyClient>();
  return {
    incentify: (connection: IncentifySettings): IncentifyClient => {
      const known = clients.get(connection.name);
      if (known !== undefined) return known;
      const client = new IncentifyClient({
        baseUrl: connection.baseUrl,
        apiKey: () => currentKey(connection),
        requestsPerSecond: connection.requestsPerSecond,
        connections: connection.concurrency,
        timeoutMs: connection.timeout,
        proxy: { httpProxy, httpsProxy, noProxy },
        userAgent,
      });
      clients.set(connection.name, client);
      return client;
    },
    close: async () => {
      await Promise.all([...clients.values()].map((client) => client.close()));
    },
  };
}

/** A key that is gone for the moment, such as a file that is just being rewritten, is a refused key: it can be mended. */
function currentKey({ apiKey }: IncentifySettings): string {
  try {
    return apiKey.resolve();
  } catch (error) {
    if (error instanceof ConfigurationError) throw new AuthenticationError(error.message);
    throw error;
  }
}
