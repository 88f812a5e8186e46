import { AuthenticationError, ConfigurationError } from '../errors.ts';
import type { ProxySettings } from './dispatcher.ts';
import { IncentifyClient } from './incentify/client.ts';
import { NeodayClient } from './neoday/client.ts';
import { userAgent } from './user-agent.ts';

/** What a connection to Incentify needs; the configuration's type has it. */
interface IncentifySettings {
  readonly name: string;
  readonly baseUrl: string;
  readonly apiKey: Secret;
  readonly concurrency: number;
  readonly timeout: number;
  readonly requestsPerSecond?: number | undefined;
}

/** What a connection to NeoDay needs; the configuration's type has it. */
interface NeodaySettings {
  readonly name: string;
  readonly baseUrl: string;
  readonly clientId: Secret;
  readonly clientSecret: Secret;
  readonly locale?: string | undefined;
  readonly concurrency: number;
  readonly maxFileBytes: number;
  readonly timeout: number;
}

interface Secret {
  resolve(): string;
}

/** One client a connection, made when first used and kept for its sockets. */
export function openVendors(proxy: ProxySettings) {
  const { httpProxy, httpsProxy, noProxy } = proxy;
  const network = { proxy: { httpProxy, httpsProxy, noProxy }, userAgent };
  const incentify = new Map<string, IncentifyClient>();
  const neoday = new Map<string, NeodayClient>();
  return {
    incentify: (connection: IncentifySettings): IncentifyClient => {
      const { name, baseUrl, apiKey, requestsPerSecond, concurrency, timeout } = connection;
      return kept(
        incentify,
        name,
        () =>
          new IncentifyClient({
            baseUrl,
            apiKey: () => current(apiKey),
            requestsPerSecond,
            connections: concurrency,
            timeoutMs: timeout,
            ...network,
          }),
      );
    },
    neoday: (connection: NeodaySettings): NeodayClient => {
      const { name, baseUrl, clientId, clientSecret, locale, concurrency, maxFileBytes, timeout } = connection;
      return kept(
        neoday,
        name,
        () =>
          new NeodayClient({
            baseUrl,
            clientId: () => current(clientId),
            clientSecret: () => current(clientSecret),
            locale,
            maxFileBytes,
            connections: concurrency,
            timeoutMs: timeout,
            ...network,
          }),
      );
    },
    close: async () => {
      await Promise.all([...incentify.values(), ...neoday.values()].map((client) => client.close()));
    },
  };
}

function kept<Client>(clients: Map<string, Client>, name: string, open: () => Client): Client {
  const client = clients.get(name) ?? open();
  clients.set(name, client);
  return client;
}

/** A key that is gone for the moment, such as a file that is just being rewritten, is a refused key: it can be mended. */
function current(secret: Secret): string {
  try {
    return secret.resolve();
  } catch (error) {
    if (error instanceof ConfigurationError) throw new AuthenticationError(error.message);
    throw error;
  }
}
