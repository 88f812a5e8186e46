import { AuthenticationError, ConfigurationError } from '../errors.ts';
import { AtobiClient } from './atobi/client.ts';
import type { ProxySettings } from './dispatcher.ts';
import { IncentifyClient } from './incentify/client.ts';
import { NeodayClient } from './neoday/client.ts';
import { userAgent } from './user-agent.ts';
import { VibesClient } from './vibes/client.ts';

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

/** What a connection to Atobi needs; the configuration's type has it. */
interface AtobiSettings {
  readonly name: string;
  readonly baseUrl: string;
  readonly clientId: Secret;
  readonly clientSecret: Secret;
  readonly scope?: string | undefined;
  readonly apiVersion: string;
  readonly type: string;
  readonly refusedStatuses: readonly string[];
  readonly timeout: number;
}

/** More transfers are never under way at once: the budget is a rate, so only slow answers make it many. */
const atobiSockets = 32;

/** What a connection to Vibes needs; the configuration's type has it. */
interface VibesSettings {
  readonly name: string;
  readonly baseUrl: string;
  readonly companyKey: string;
  readonly username: Secret;
  readonly password: Secret;
  readonly timeout: number;
}

/** Nearly every request waits for the one before. */
const vibesSockets = 2;

interface Secret {
  resolve(): string;
}

/** One client a connection, made when first used and kept for its sockets. */
export function openVendors(proxy: ProxySettings) {
  const { httpProxy, httpsProxy, noProxy } = proxy;
  const network = { proxy: { httpProxy, httpsProxy, noProxy }, userAgent };
  const incentify = new Map<string, IncentifyClient>();
  const neoday = new Map<string, NeodayClient>();
  const atobi = new Map<string, AtobiClient>();
  const vibes = new Map<string, VibesClient>();
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
    atobi: (connection: AtobiSettings): AtobiClient => {
      const { name, baseUrl, clientId, clientSecret, scope, apiVersion, type, refusedStatuses, timeout } = connection;
      return kept(
        atobi,
        name,
        () =>
          new AtobiClient({
            baseUrl,
            clientId: () => current(clientId),
            clientSecret: () => current(clientSecret),
            scope,
            apiVersion,
            type,
            refusedStatuses,
            connections: atobiSockets,
            timeoutMs: timeout,
            ...network,
          }),
      );
    },
    vibes: (connection: VibesSettings): VibesClient => {
      const { name, baseUrl, companyKey, username, password, timeout } = connection;
      return kept(
        vibes,
        name,
        () =>
          new VibesClient({
            baseUrl,
            companyKey,
            username: () => current(username),
            password: () => current(password),
            connections: vibesSockets,
            timeoutMs: timeout,
            ...network,
          }),
      );
    },
    close: async () => {
      const clients = [...incentify.values(), ...neoday.values(), ...atobi.values(), ...vibes.values()];
      await Promise.all(clients.map((client) => client.close()));
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
