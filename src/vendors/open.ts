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
        apiKey: () => connection.apiKey.resolve(),
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
