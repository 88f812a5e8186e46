import { HttpClient, type HttpOptions } from '../http.ts';
import { createPace, type Pace } from '../pace.ts';
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
    this.#pace = createPace(requestsPerSecond);
  }

  /**
   * One page. `query` is what stands after `?`.
   *
   * @throws the errors of `HttpClient.get`, and VendorContractError for an answer that is no documented list.
   */
  async page(stream: string, query: string, signal: AbortSignal): Promise<IncentifyPage> {
    await this.#pace(signal);
    const wanted = { path: stream, query, headers: { 'x-api-key': this.#apiKey() }, signal };
    const { body } = await this.#http.get(wanted);
    const url = this.#http.url(wanted);
    const place = `Incentify (GET ${url.origin}${url.pathname}${url.search})`;
    const { records, lastPage, total, next } = readListPage(body, place);
    return { body, records, lastPage, total, next: next === null ? null : nextQuery(next, url, place) };
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}
