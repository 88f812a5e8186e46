import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, request } from 'undici';
import {
  AuthenticationError,
  ConfigurationError,
  RateLimitedError,
  VendorContractError,
  VendorUnavailableError,
} from '../errors.ts';
import { decompress, maxBodyDefault } from './body.ts';
import { mayUseProxy, openDispatcher, type ProxySettings } from './dispatcher.ts';
import { networkSentence } from './network.ts';
import { retryAfterMs } from './retry-after.ts';

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

const timeoutDefaultMs = 120_000;

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
 * credential goes to another host, and repeats a request only once, where the connection closed before an answer began.
 */
export class HttpClient {
  readonly #options: HttpOptions;
  readonly #dispatcher: Dispatcher;
  readonly #base: URL;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#base = new URL(options.baseUrl);
    const { connections, timeoutMs = timeoutDefaultMs, proxy } = options;
    this.#dispatcher = openDispatcher(this.#base, { connections, timeoutMs, proxy });
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
    const timeoutMs = this.#options.timeoutMs ?? timeoutDefaultMs;
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([wanted.signal, deadline]);
    try {
      const ask = () => this.#ask(url, wanted, signal);
      const answer = await ask().catch((error) => {
        if (!closedUnanswered(error)) throw error;
        return sleep(0).then(ask);
      });
      return await this.#read(answer, place);
    } catch (error) {
      wanted.signal.throwIfAborted();
      if (error instanceof VendorContractError) throw error;
      throw new VendorUnavailableError(`${place}: ${this.#why(error, deadline.aborted ? timeoutMs : null)}`, {
        cause: error,
      });
    }
  }

  #why(error: unknown, timedOutMs: number | null): string {
    return networkSentence(error, { timedOutMs, mayUseProxy: mayUseProxy(this.#base, this.#options.proxy) });
  }

  #ask(url: URL, wanted: HttpRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    return request(url, {
      dispatcher: this.#dispatcher,
      signal,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'gzip, br, deflate',
        'user-agent': this.#options.userAgent,
        ...wanted.headers,
      },
    });
  }

  async #read({ statusCode, headers, body }: Dispatcher.ResponseData, place: string): Promise<HttpAnswer> {
    const cap = this.#options.maxBodyBytes ?? maxBodyDefault;
    const bytes = await readBody(body, cap, place);
    return {
      status: statusCode,
      headers,
      body: await decompress(bytes, headers['content-encoding'], cap, place),
    };
  }
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

const closedCodes = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** The server closed an idle connection just as it was used again: nothing was answered, so asking once more is safe. */
function closedUnanswered(error: unknown): boolean {
  return error instanceof Error && 'code' in error && closedCodes.has(String(error.code));
}

function refuseStatus({ status, headers }: HttpAnswer, place: string): void {
  if (status >= 200 && status < 300) return;
  if (status === 401 || status === 403) {
    throw new AuthenticationError(
      `${place} answered ${status}: it does not accept the key, or the key may not read this.`,
    );
  }
  const pause = retryAfterMs(headers['retry-after'], Date.now());
  if (status === 429 || (status === 503 && pause !== null)) {
    throw rateLimited(`${place} answered ${status}`, pause ?? pauseDefaultMs);
  }
  if (status >= 500 || status === 408) throw new VendorUnavailableError(`${place} answered ${status}.`);
  if (status >= 300 && status < 400) {
    const target = originOf(headers.location);
    throw new ConfigurationError(
      `${place} answered ${status}: it redirects to ${target}, where the key is not sent. If that is right, set \`baseUrl\` to the address that it redirects to.`,
    );
  }
  if (status !== 404 && status !== 410) {
    throw new VendorContractError(`${place} answered ${status}: it refuses the request. Check \`baseUrl\`.`);
  }
  throw new ConfigurationError(
    `${place} answered ${status}: there is no such resource. Check \`baseUrl\`: its host and the path in front of the resource.`,
  );
}

/** How long to wait where the vendor does not say it. */
const pauseDefaultMs = 5_000;

/** The pause's end is part of the sentence, so that it is seen wherever the failure is. */
function rateLimited(what: string, pauseMs: number): RateLimitedError {
  const end = new Date(Date.now() + pauseMs).toISOString().slice(0, 19);
  return new RateLimitedError(`${what}: it asks for a pause until ${end}Z.`, pauseMs);
}

/** Nothing but scheme and host: the rest of an address can carry secrets. */
function originOf(location: string | string[] | undefined): string {
  const url = typeof location === 'string' ? URL.parse(location) : null;
  return url === null ? 'another path' : url.origin;
}
