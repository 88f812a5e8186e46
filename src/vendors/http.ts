import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, EnvHttpProxyAgent, Pool, request } from 'undici';
import {
  AuthenticationError,
  ConfigurationError,
  RateLimitedError,
  VendorContractError,
  VendorUnavailableError,
} from '../errors.ts';
import { decompress, maxBodyDefault } from './body.ts';
import { networkSentence } from './network.ts';
import { retryAfterMs } from './retry-after.ts';

export interface ProxySettings {
  httpProxy?: string | undefined;
  httpsProxy?: string | undefined;
  noProxy?: string | undefined;
}

export interface HttpOptions {
  /** Who is asked, for sentences: `Incentify`. */
  vendor: string;
  /** Absolute URL; requests append to its path. */
  baseUrl: string;
  /** Sockets kept open at once. */
  connections: number;
  proxy?: ProxySettings;
  /** Whole answer, body included. Default 120 s. */
  timeoutMs?: number;
  /** Largest body after decompression. Default 64 MiB. */
  maxBodyBytes?: number;
  userAgent: string;
}

export interface HttpAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** Decompressed. */
  body: Buffer;
}

/** Headers of one request; secrets belong here and nowhere else. */
export interface HttpRequest {
  /** Appended to the base URL's path, without a leading slash. */
  path: string;
  /** Without `?`; empty for none. */
  query?: string;
  headers: Record<string, string>;
  signal: AbortSignal;
}

/**
 * One vendor's HTTP connection: keep-alive, time-outs, a size cap, compression. It never follows a redirect, so that no
 * credential goes to another host, and repeats a request only once, where a kept-alive connection turned out closed.
 */
export class HttpClient {
  readonly #options: HttpOptions;
  readonly #dispatcher: Dispatcher;
  readonly #base: URL;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#base = new URL(options.baseUrl);
    this.#dispatcher = dispatcher(this.#base, options);
  }

  /**
   * One GET with a 2XX answer.
   *
   * @throws AuthenticationError (401, 403), RateLimitedError (429, 503 with Retry-After), VendorUnavailableError (no
   * usable answer, 5xx), ConfigurationError (an answer that says the base URL is wrong), VendorContractError.
   */
  async get(wanted: HttpRequest): Promise<HttpAnswer> {
    const url = this.url(wanted);
    const place = `${this.#options.vendor} (GET ${url.origin}${url.pathname})`;
    const answer = await this.#send(url, wanted, place);
    refuseStatus(answer, place);
    return answer;
  }

  url({ path, query = '' }: Pick<HttpRequest, 'path' | 'query'>): URL {
    const url = new URL(this.#base);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
    url.search = query;
    return url;
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  async #send(url: URL, wanted: HttpRequest, place: string): Promise<HttpAnswer> {
    const deadline = AbortSignal.timeout(this.#options.timeoutMs ?? 120_000);
    const signal = AbortSignal.any([wanted.signal, deadline]);
    try {
      return await this.#once(url, wanted, signal, place).catch((error) => {
        if (!wasKeptAliveSocket(error)) throw error;
        return sleep(0).then(() => this.#once(url, wanted, signal, place));
      });
    } catch (error) {
      wanted.signal.throwIfAborted();
      if (error instanceof VendorContractError) throw error;
      throw new VendorUnavailableError(`${place}: ${networkSentence(error, deadline.aborted)}`, { cause: error });
    }
  }

  async #once(url: URL, wanted: HttpRequest, signal: AbortSignal, place: string): Promise<HttpAnswer> {
    const answer = await request(url, {
      dispatcher: this.#dispatcher,
      signal,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'gzip, br, deflate',
        'user-agent': this.#options.userAgent,
        ...wanted.headers,
      },
    });
    const body = await readBody(answer.body, this.#options.maxBodyBytes ?? maxBodyDefault, place);
    const encoding = answer.headers['content-encoding'];
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: await decompress(body, encoding, this.#options.maxBodyBytes ?? maxBodyDefault, place),
    };
  }
}

function dispatcher(base: URL, { connections, proxy, timeoutMs = 120_000 }: HttpOptions): Dispatcher {
  const timeouts = { connect: { timeout: 10_000 }, headersTimeout: timeoutMs, bodyTimeout: 30_000 };
  if (proxy?.httpProxy === undefined && proxy?.httpsProxy === undefined) {
    return new Pool(base.origin, { ...timeouts, connections, keepAliveTimeout: 10_000 });
  }
  const { httpProxy, httpsProxy, noProxy } = proxy;
  return new EnvHttpProxyAgent({
    ...timeouts,
    connections,
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    ...(noProxy === undefined ? {} : { noProxy }),
  });
}

async function readBody(stream: AsyncIterable<Buffer>, cap: number, place: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > cap) throw tooLarge(place, cap);
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, bytes);
}

function tooLarge(place: string, cap: number): VendorContractError {
  return new VendorContractError(`${place} sent more than ${Math.round(cap / 1_048_576)} MiB for one page.`);
}

/** The server closed an idle connection just as it was used again: nothing was answered, so asking once more is safe. */
function wasKeptAliveSocket(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'UND_ERR_SOCKET') return false;
  const { socket } = error as { socket?: { bytesRead?: number; bytesWritten?: number } };
  return socket?.bytesRead === 0 || /other side closed/.test(error.message);
}

function refuseStatus({ status, headers }: HttpAnswer, place: string): void {
  if (status >= 200 && status < 300) return;
  if (status === 401 || status === 403) {
    throw new AuthenticationError(
      `${place} answered ${status}: it does not accept the key, or the key may not read this. Correct the key, then resume.`,
    );
  }
  const pause = retryAfterMs(headers['retry-after'], Date.now());
  if (status === 429 || (status === 503 && pause !== null)) {
    throw new RateLimitedError(`${place} answered ${status}: it asks for a pause.`, pause ?? 5_000);
  }
  if (status >= 500 || status === 408) throw new VendorUnavailableError(`${place} answered ${status}.`);
  if (status >= 300 && status < 400) {
    throw new ConfigurationError(
      `${place} answered ${status}: it redirects elsewhere, where the key is not sent. Set \`baseUrl\` to the address that it redirects to.`,
    );
  }
  throw new ConfigurationError(
    `${place} answered ${status}: there is no such resource. Check \`baseUrl\`: its host and the path in front of the resource.`,
  );
}
