import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, request } from 'undici';
import { type SyncError, VendorContractError, VendorUnavailableError } from '../errors.ts';
import { decompress, maxBodyDefault } from './body.ts';
import { type Delivery, readWhatComes, Start, tellingStart } from './delivery.ts';
import { mayUseProxy, openDispatcher, type ProxySettings } from './dispatcher.ts';
import { networkSentence } from './network.ts';
import { refusalOf } from './status.ts';

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
  /** How long a socket without a request is used again. Default 10 s. */
  idleMs?: number;
  /** For requests that must not be sent twice. Default false. */
  http1Only?: boolean;
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
  /** What an answer without success means at this vendor; undefined for what it means everywhere. */
  explain?: (answer: HttpAnswer, place: string) => SyncError | undefined;
}

/** A body and how it is written. */
export interface HttpBody {
  type: string;
  text: string;
}

export const jsonBody = (value: unknown): HttpBody => ({ type: 'application/json', text: JSON.stringify(value) });

type Sent = HttpRequest & ({ method: 'GET'; body?: undefined } | { method: 'POST' | 'PUT'; body: HttpBody });

/**
 * One vendor's HTTP connection: keep-alive, time-outs, a size cap, compression. It never follows a redirect, so that no
 * credential goes to another host, and repeats a GET only once, where the connection closed before an answer began.
 */
export class HttpClient {
  readonly #options: HttpOptions;
  readonly #dispatcher: Dispatcher;
  readonly #base: URL;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#base = new URL(options.baseUrl);
    const { connections, timeoutMs = timeoutDefaultMs, idleMs, http1Only, proxy } = options;
    this.#dispatcher = openDispatcher(this.#base, { connections, timeoutMs, idleMs, http1Only, proxy });
  }

  /**
   * One GET with a 2XX answer.
   *
   * @throws AuthenticationError (401, 403), RateLimitedError (429, 503 with Retry-After), VendorUnavailableError (no
   * usable answer, 5xx), ConfigurationError (an answer that says the base URL is wrong), VendorContractError.
   */
  get(wanted: HttpRequest): Promise<HttpAnswer> {
    return this.#succeed({ ...wanted, method: 'GET' });
  }

  /**
   * One POST with a 2XX answer. Unlike a GET it is never repeated: who knows what the first one did.
   *
   * @throws what `get` throws.
   */
  post(wanted: HttpRequest, body: HttpBody): Promise<HttpAnswer> {
    return this.#succeed({ ...wanted, method: 'POST', body });
  }

  /**
   * One POST or PUT whose outcome has to be known whatever it is: any answer is one, and nothing is thrown. Where it has not
   * begun within `startWithinMs`, because there is no connection yet or the process stood still, it never does.
   */
  async deliver(
    { startWithinMs = null, ...wanted }: Omit<HttpRequest, 'explain'> & { startWithinMs?: number | null },
    body: HttpBody,
    method: 'POST' | 'PUT' = 'POST',
  ): Promise<Delivery> {
    const url = this.url(wanted);
    const timeoutMs = this.#options.timeoutMs ?? timeoutDefaultMs;
    const deadline = AbortSignal.timeout(timeoutMs);
    const start = new Start(startWithinMs);
    const signal = AbortSignal.any([wanted.signal, deadline, start.signal]);
    const dispatcher = tellingStart(this.#dispatcher, () => start.done());
    try {
      const answer = await this.#ask(url, { ...wanted, method, body }, signal, dispatcher);
      return await this.#readWhatComes(answer);
    } catch (error) {
      const why = wanted.signal.aborted
        ? 'the request was given up before an answer came.'
        : start.signal.aborted
          ? 'the request could not be begun in time.'
          : this.#why(error, deadline.aborted ? timeoutMs : null);
      return { answer: null, sent: start.isDone, why };
    } finally {
      start.end();
    }
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

  async #succeed(wanted: Sent): Promise<HttpAnswer> {
    const url = this.url(wanted);
    const place = `${this.#options.vendor} (${wanted.method} ${url.origin}${url.pathname})`;
    const answer = await this.#send(url, wanted, place);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw wanted.explain?.(answer, place) ?? refusalOf(answer.status, answer.headers, place);
  }

  async #send(url: URL, wanted: Sent, place: string): Promise<HttpAnswer> {
    const timeoutMs = this.#options.timeoutMs ?? timeoutDefaultMs;
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([wanted.signal, deadline]);
    try {
      const ask = () => this.#ask(url, wanted, signal);
      const answer = await ask().catch((error) => {
        if (wanted.method !== 'GET' || !closedUnanswered(error)) throw error;
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

  #ask(
    url: URL,
    { method, headers, body }: Sent,
    signal: AbortSignal,
    dispatcher = this.#dispatcher,
  ): Promise<Dispatcher.ResponseData> {
    return request(url, {
      dispatcher,
      signal,
      method,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'gzip, br, deflate',
        'user-agent': this.#options.userAgent,
        ...(body === undefined ? {} : { 'content-type': body.type }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: body.text }),
    });
  }

  async #readWhatComes({ statusCode: status, headers, body: stream }: Dispatcher.ResponseData): Promise<Delivery> {
    const cap = this.#options.maxBodyBytes ?? maxBodyDefault;
    const { bytes, complete } = await readWhatComes(stream, cap);
    const encoding = headers['content-encoding'];
    // Whatever cannot be unpacked says nothing, like a body that never came.
    const body = await decompress(bytes, encoding, cap, this.#options.vendor).catch(() => null);
    return { answer: { status, headers, body: body ?? Buffer.alloc(0) }, complete: complete && body !== null };
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
