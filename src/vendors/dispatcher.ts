import { Agent, type buildConnector, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';

export interface ProxySettings {
  httpProxy?: string | undefined;
  httpsProxy?: string | undefined;
  noProxy?: string | undefined;
}

export interface DispatcherOptions {
  /** Sockets kept open at once. */
  connections: number;
  /** For the whole answer. */
  timeoutMs: number;
  /** How long a socket without a request is used again. Default 10 s. */
  idleMs?: number | undefined;
  /** Without HTTP/2, over which undici sends again by itself what a server says that it has not handled. */
  http1Only?: boolean | undefined;
  proxy?: ProxySettings | undefined;
}

/** A body that has begun may not stop for longer. */
export const longestSilenceMs = 30_000;

/** Sockets to one origin, kept open; through the proxy where one is set and is not excepted. */
export function openDispatcher(
  base: URL,
  { connections, timeoutMs, idleMs, http1Only = false, proxy = {} }: DispatcherOptions,
): Dispatcher {
  const timeouts = {
    connect: { timeout: 10_000 },
    headersTimeout: timeoutMs,
    bodyTimeout: Math.min(timeoutMs, longestSilenceMs),
    // The second, because a server may say that it allows more.
    ...(idleMs === undefined ? {} : { keepAliveTimeout: idleMs, keepAliveMaxTimeout: idleMs }),
    ...(http1Only ? { allowH2: false } : {}),
  };
  if (!mayUseProxy(base, proxy)) {
    return new Pool(base.origin, { keepAliveTimeout: 10_000, ...timeouts, connections });
  }
  return new EnvHttpProxyAgent({
    ...timeouts,
    connections,
    ...given(proxy),
    ...(http1Only ? { requestTls: { allowH2: false } } : {}),
  });
}

export interface DirectOptions {
  /** Makes every connection but those to a proxy. */
  connect: buildConnector.connector;
  /** An answer may not keep silent for longer, neither before it begins nor in the middle. */
  silenceMs: number;
}

/** A new connection for each request, to any origin, without a limit for the whole answer. Through a proxy where given. */
export function openDirect({ connect, silenceMs }: DirectOptions, proxy?: ProxySettings): Dispatcher {
  const options = { connect, headersTimeout: silenceMs, bodyTimeout: silenceMs, pipelining: 0 };
  return proxy === undefined ? new Agent(options) : new EnvHttpProxyAgent({ ...options, ...given(proxy) });
}

function given({ httpProxy, httpsProxy, noProxy }: ProxySettings) {
  return {
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    ...(noProxy === undefined ? {} : { noProxy }),
  };
}

/** Whether a proxy is set that could be asked for `base`; NO_PROXY may still except it. */
export function mayUseProxy(base: URL, { httpProxy, httpsProxy }: ProxySettings = {}): boolean {
  return (httpProxy !== undefined || httpsProxy !== undefined) && !isLoopback(base.hostname);
}

/** A proxy cannot reach this machine's own servers, such as the sandbox, under these names. */
function isLoopback(hostname: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
