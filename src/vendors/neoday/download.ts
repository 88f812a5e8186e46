import { type Dispatcher, request } from 'undici';
import { VendorContractError, VendorUnavailableError } from '../../errors.ts';
import { longestSilenceMs, type ProxySettings } from '../dispatcher.ts';
import { defaultLookup, ForbiddenAddressError, type Lookup } from '../guard.ts';
import { networkSentence } from '../network.ts';
import { busyRefusal } from '../status.ts';
import { encodingOf } from './decode.ts';
import { ResultGoneError, UrlExpiredError } from './errors.ts';
import { fileBody } from './file-body.ts';
import { contentRange, type FileFacts, type FilePlace, isSameFile, rangeHeaders } from './place.ts';
import type { SignedUrl } from './signed-url.ts';
import { forbidden, Targets } from './targets.ts';

export interface DownloadOptions {
  /** The gateway's address: files may be in a private network only where it is there too. */
  baseUrl: string;
  /** Largest file, before and after decompression. */
  maxFileBytes: number;
  userAgent: string;
  proxy?: ProxySettings | undefined;
  /** An answer may not keep silent for longer. Default 30 s. */
  silenceMs?: number | undefined;
  lookup?: Lookup | undefined;
}

/** A file that is being read. Either `body` is read to its end or left early, or `cancel` is called. */
export interface Download {
  /**
   * `fresh`: from the beginning, as was asked for. `resumed`: the server began at the offset. `skip`: it began at the
   * beginning, and what lies before the offset is read and thrown away. `changed`: it is another file than before, given
   * from its beginning.
   */
  readonly start: 'fresh' | 'resumed' | 'skip' | 'changed';
  /** The file's ETag, strong or weak; its Last-Modified where it has none; null where it has neither. */
  readonly etag: string | null;
  /** Bytes of the whole file; null where the server does not tell, or where it is compressed. */
  readonly length: number | null;
  /** Whether a later request can begin in the middle. */
  readonly resumable: boolean;
  /** Requests made, redirects included. */
  readonly requests: number;
  /** Decompressed; from the offset where `resumed` or `skip`, else from the beginning. */
  readonly body: AsyncIterable<Buffer>;
  /** Bytes that have come over the network so far. */
  received(): number;
  cancel(): void;
}

interface Answer extends Dispatcher.ResponseData {
  place: string;
  requests: number;
}

const mostRedirects = 3;

/**
 * Reads the files that signed URLs lead to, without the gateway's token. What a URL holds besides its origin is a secret,
 * and in no error.
 */
export class Downloader {
  readonly #options: DownloadOptions;
  readonly #targets: Targets;
  readonly #closing = new AbortController();

  constructor(options: DownloadOptions) {
    this.#options = options;
    const { baseUrl, proxy = {}, silenceMs = longestSilenceMs, lookup = defaultLookup } = options;
    this.#targets = new Targets({ base: new URL(baseUrl), proxy, silenceMs, lookup });
  }

  /**
   * Begins to read a file, where an earlier reading stopped if the server can do that and has still the same file.
   *
   * @throws UrlExpiredError (401, 403), ResultGoneError (404, 410), RateLimitedError, VendorUnavailableError (no usable
   * answer, 5xx), ConfigurationError (above `maxFileBytes`), VendorContractError (an address that is refused). The body
   * throws the same, FileChangedError where the file turns out shorter than before, and FileCutError with the byte where
   * it is cut.
   */
  async open(url: SignedUrl, from: FilePlace, signal: AbortSignal): Promise<Download> {
    const range = rangeHeaders(from);
    const answer = await this.#ask(url, range ?? {}, signal);
    if (answer.statusCode === 206 && range === null) {
      discard(answer);
      throw new VendorContractError(`${answer.place} answered with a part of the file, which was not asked for.`);
    }
    if (fits(answer, from)) return this.#begin(answer, from, 'resumed', signal);
    if (answer.statusCode === 200) return this.#begin(answer, from, startOf(answer, from), signal);
    // Too short by now, another file, or a part that cannot be joined: the whole one tells.
    discard(answer);
    const whole = await this.#ask(url, {}, signal, answer.requests);
    if (whole.statusCode === 200) return this.#begin(whole, from, startOf(whole, from), signal);
    discard(whole);
    throw new VendorContractError(`${whole.place} answered ${whole.statusCode} to a request for the whole file.`);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#targets.close();
  }

  async #begin(answer: Answer, from: FilePlace, start: Download['start'], signal: AbortSignal): Promise<Download> {
    const { place, requests, headers } = answer;
    const { etag, length } = factsOf(answer);
    const { encoded, ...file } = await fileBody(answer.body, {
      place,
      signal,
      maxFileBytes: this.#options.maxFileBytes,
      encoding: encodingOf(headers['content-encoding'], place),
      first: start === 'resumed' ? from.offset : 0,
      total: start === 'resumed' ? length : countOf(headers['content-length']),
      skip: start === 'skip' ? from.offset : 0,
      explain: (error) => this.#why(error),
    });
    return { start, etag, length: encoded ? null : length, resumable: !encoded && length !== null, requests, ...file };
  }

  /** The answer that the redirects end at. */
  async #ask(url: SignedUrl, headers: Record<string, string>, signal: AbortSignal, before = 0): Promise<Answer> {
    const reach = await this.#targets.reach();
    let target = url.reveal();
    for (let redirects = 0; redirects <= mostRedirects; redirects++) {
      const place = `NeoDay's file server (GET ${target.origin})`;
      const dispatcher = await this.#targets.dispatcher(target, reach, place);
      const data = await this.#request(target, { dispatcher, headers, signal }, place);
      const answer = Object.assign(data, { place, requests: before + redirects + 1 });
      if (!isRedirect(data.statusCode)) return accepted(answer);
      target = redirectedTo(answer, target);
    }
    throw new VendorContractError(`NeoDay's file server redirects more than ${mostRedirects} times.`);
  }

  async #request(
    url: URL,
    { dispatcher, headers, signal }: { dispatcher: Dispatcher; headers: Record<string, string>; signal: AbortSignal },
    place: string,
  ): Promise<Dispatcher.ResponseData> {
    try {
      return await request(url, {
        dispatcher,
        signal: AbortSignal.any([signal, this.#closing.signal]),
        headers: {
          accept: 'application/json',
          'accept-encoding': 'identity',
          'user-agent': this.#options.userAgent,
          ...headers,
        },
      });
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ForbiddenAddressError) throw forbidden(place);
      // Without its cause: that may quote the address.
      throw new VendorUnavailableError(`${place}: ${this.#why(error)}`);
    }
  }

  #why(error: unknown): string {
    const { proxy = {} } = this.#options;
    const proxied = proxy.httpProxy !== undefined || proxy.httpsProxy !== undefined;
    return networkSentence(error, { timedOutMs: null, mayUseProxy: proxied, configured: false });
  }
}

/** An error of a body that nobody reads any more must not end the process. */
function discard({ body }: Answer): void {
  body.on('error', () => undefined).destroy();
}

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

function redirectedTo(answer: Answer, from: URL): URL {
  const { headers, place } = answer;
  discard(answer);
  const { location } = headers;
  const target = typeof location === 'string' ? URL.parse(location, from.href) : null;
  if (target !== null) return target;
  throw new VendorContractError(`${place} redirects to something that is no URL.`);
}

/** @throws for an answer that holds nothing of the file and never will. 416 may mean that the file is shorter by now. */
function accepted(answer: Answer): Answer {
  const { statusCode, headers, place } = answer;
  if (statusCode === 200 || statusCode === 206 || statusCode === 416) return readable(answer);
  discard(answer);
  if (statusCode === 401 || statusCode === 403) {
    throw new UrlExpiredError(`${place} answered ${statusCode}: the download URL does not hold any more.`);
  }
  if (statusCode === 404 || statusCode === 410) {
    throw new ResultGoneError(`${place} answered ${statusCode}: the file is gone.`);
  }
  throw (
    busyRefusal(statusCode, headers, place) ??
    new VendorContractError(`${place} answered ${statusCode}: it refuses the request.`)
  );
}

function readable(answer: Answer): Answer {
  try {
    encodingOf(answer.headers['content-encoding'], answer.place);
    return answer;
  } catch (error) {
    discard(answer);
    throw error;
  }
}

/** Whether a part begins where it should, and is one of the same file. */
function fits(answer: Answer, from: FilePlace): boolean {
  if (answer.statusCode !== 206 || encodingOf(answer.headers['content-encoding'], answer.place) !== null) return false;
  return contentRange(answer.headers['content-range'])?.start === from.offset && isSameFile(from, factsOf(answer));
}

function startOf(answer: Answer, from: FilePlace): 'fresh' | 'skip' | 'changed' {
  if (from.offset === 0) return 'fresh';
  return isSameFile(from, factsOf(answer)) ? 'skip' : 'changed';
}

/** The length of a compressed file says nothing of what comes out of it. */
function factsOf({ statusCode, headers, place }: Answer): FileFacts {
  const tag = headers.etag ?? headers['last-modified'];
  const encoded = encodingOf(headers['content-encoding'], place) !== null;
  const whole =
    statusCode === 206 ? (contentRange(headers['content-range'])?.total ?? null) : countOf(headers['content-length']);
  return { etag: typeof tag === 'string' && tag !== '' ? tag : null, length: encoded ? null : whole };
}

function countOf(header: string | string[] | undefined): number | null {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : null;
}
