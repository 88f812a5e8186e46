import { HttpClient, type HttpOptions } from '../http.ts';
import { Pace } from '../pace.ts';
import { type ListPage, readListPage } from './envelope.ts';
import { nextQuery } from './next-link.ts';

export interface IncentifyOptions extends Omit<HttpOptions, 'vendor'> {
  /** Called for each request, so that a rotated key is used at once. */
  apiKey: () => string;
  /** Upper limit, over all streams and attempts; none where undefined. */
  requestsPerSecond?: number | undefined;
}

/** One page of a list, with the body that its records point into. */
export interface IncentifyPage extends Omit<ListPage, 'next'> {
  body: Buffer;
  /** Query of the next page; null at the end. */
  next: string | null;
}

/** What a stream's first page tells of the source; nothing of it is kept. */
export interface Probe {
  /** Records that the source says it has; null where it does not say. */
  total: number | null;
  /** Records on the first page. */
  records: number;
  /** The vendor's clock when it answered, in milliseconds since 1970; null where it did not tell. */
  serverTime: number | null;
}

/**
 * Incentify's list endpoints: `GET /{stream}?page=N` with `x-api-key`, 50 records a page (developer.incentify.com, API
 * resources).
 */
export class IncentifyClient {
  readonly #http: HttpClient;
  readonly #apiKey: () => string;

  readonly #pace: Pace;

  constructor({ apiKey, requestsPerSecond, ...http }: IncentifyOptions) {
    this.#http = new HttpClient({ ...http, vendor: 'Incentify' });
    this.#apiKey = apiKey;
    this.#pace = new Pace(requestsPerSecond);
  }

  /**
   * One page. `query` is what stands after `?`.
   *
   * @throws the errors of `HttpClient.get`, and VendorContractError for an answer that is no documented list.
   */
  async page(stream: string, query: string, signal: AbortSignal): Promise<IncentifyPage> {
    const { body, url, place, list } = await this.#list(stream, query, signal);
    const { records, lastPage, total, next } = list;
    return { body, records, lastPage, total, next: next === null ? null : nextQuery(next, url, place) };
  }

  /** Asks for a stream's first page. @throws what `page` throws. */
  async probe(stream: string, signal: AbortSignal): Promise<Probe> {
    const { headers, list } = await this.#list(stream, 'page=1', signal);
    const told = Date.parse(String(headers.date));
    return { total: list.total, records: list.records.length, serverTime: Number.isNaN(told) ? null : told };
  }

  /** From the next request on at most so many a second; no limit where undefined. */
  limit(requestsPerSecond: number | undefined): void {
    this.#pace.limit(requestsPerSecond);
  }

  async #list(stream: string, query: string, signal: AbortSignal) {
    await this.#pace.wait(signal);
    const wanted = { path: stream, query, headers: { 'x-api-key': this.#apiKey() }, signal };
    const { body, headers } = await this.#http.get(wanted);
    const url = this.#http.url(wanted);
    const place = `Incentify (GET ${url.origin}${url.pathname}${url.search})`;
    return { body, headers, url, place, list: readListPage(body, place) };
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}
