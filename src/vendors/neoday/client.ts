import { VendorContractError } from '../../errors.ts';
import { type HttpAnswer, HttpClient, type HttpOptions, type HttpRequest, jsonBody } from '../http.ts';
import { readToken, TokenKeeper } from '../token.ts';
import { type Download, Downloader } from './download.ts';
import type { FilePlace } from './place.ts';
import { explainFetch, explainGateway, explainResults, explainToken, TokenRefusedError } from './refusals.ts';
import type { SignedUrl } from './signed-url.ts';
import {
  type NeodayExport,
  type NeodayResult,
  type ResultsPage,
  readDownloadUrl,
  readExports,
  readResults,
} from './wire.ts';

export interface NeodayOptions extends Omit<HttpOptions, 'vendor'> {
  /** Called for each token, so that a changed one is used. */
  clientId: () => string;
  clientSecret: () => string;
  /** `en_GB`; sent with every request where set. */
  locale?: string | undefined;
  /** Largest file, before and after decompression. */
  maxFileBytes: number;
}

/** What an export's first page of results tells; nothing of it is kept. */
export interface Probe {
  /** Results that the vendor says the export has; null where it does not say. */
  total: number | null;
  /** Results on the page. */
  records: number;
  /** The vendor's clock when it answered, in milliseconds since 1970; null where it did not tell. */
  serverTime: number | null;
}

type Explain = NonNullable<HttpRequest['explain']>;

const perPage = 100;
const mostPages = 100_000;
const root = 'api/1/data-exporter/automated';

/**
 * NeoDay's automated exports: a bearer token by client credentials, lists of exports and of their results, and the files
 * (dev.neoday.com/server-apis and its page Automated Exports).
 */
export class NeodayClient {
  readonly #http: HttpClient;
  readonly #locale: string | undefined;
  readonly #credentials: () => { client_id: string; client_secret: string };
  readonly #tokens = new TokenKeeper(() => this.#askToken());
  readonly #downloader: Downloader;
  readonly #closing = new AbortController();

  constructor({ clientId, clientSecret, locale, maxFileBytes, ...http }: NeodayOptions) {
    this.#http = new HttpClient({ ...http, vendor: 'NeoDay' });
    this.#locale = locale;
    this.#credentials = () => ({ client_id: clientId(), client_secret: clientSecret() });
    const { baseUrl, proxy, userAgent } = http;
    this.#downloader = new Downloader({ baseUrl, proxy, userAgent, maxFileBytes });
  }

  /**
   * Every active export, each name once.
   *
   * @throws the errors of `HttpClient.get`; AuthenticationError also for a refused client id or secret;
   * ConfigurationError where the gateway misses a locale; VendorContractError for an answer that is not as documented.
   */
  async exports(signal: AbortSignal): Promise<NeodayExport[]> {
    const answer = await this.#get(root, {}, explainGateway, signal);
    const listed = readExports(answer.body, answer.place);
    return listed.filter(({ systemName }, index) => listed.findIndex((one) => one.systemName === systemName) === index);
  }

  /** One page of an export's results, from 1. @throws what `exports` throws; ConfigurationError for an unknown export. */
  async results(systemName: string, page: number, signal: AbortSignal): Promise<ResultsPage> {
    const { body, place } = await this.#results(systemName, page, perPage, signal);
    return readResults(body, place);
  }

  /**
   * Page after page of an export's results, each result once, until as many were listed as the vendor says there are or
   * a page is empty. The number of pages decides nothing: the vendor does not say how many results a page may have.
   *
   * @throws what `results` throws; VendorContractError for a list without end.
   */
  async *allResults(systemName: string, signal: AbortSignal): AsyncGenerator<NeodayResult[], void> {
    const seen = new Set<string>();
    let listed = 0;
    for (let page = 1; page <= mostPages; page++) {
      const { results, total } = await this.results(systemName, page, signal);
      if (results.length === 0) return;
      listed += results.length;
      const fresh = uniqueResults(results).filter(({ id }) => !seen.has(id));
      for (const { id } of fresh) seen.add(id);
      if (fresh.length > 0) yield fresh;
      if (total !== null && listed >= total) return;
      if (fresh.length > 0) continue;
      // Some answer with their last page, or always with their first, to any number that is too high.
      if (total === null) return;
      throw new VendorContractError(
        `NeoDay lists ${seen.size} results of \`${systemName}\` and says that there are ${total}, but page ${page} holds no further one.`,
      );
    }
    throw new VendorContractError(
      `NeoDay lists results of \`${systemName}\` without end: gave up after ${mostPages} pages.`,
    );
  }

  /** Where to read a result's file, for a short time. @throws ResultGoneError, and what `exports` throws. */
  async downloadUrl(resultId: string, signal: AbortSignal): Promise<SignedUrl> {
    const path = `${root}/fetch/${encodeURIComponent(resultId)}`;
    const { body, place } = await this.#get(path, {}, explainFetch, signal);
    return readDownloadUrl(body, place, resultId);
  }

  /** Begins to read a file. @throws what `Downloader.open` throws. */
  download(url: SignedUrl, from: FilePlace, signal: AbortSignal): Promise<Download> {
    return this.#downloader.open(url, from, signal);
  }

  /** Asks for the first of an export's results. @throws what `results` throws. */
  async probe(systemName: string, signal: AbortSignal): Promise<Probe> {
    const { body, place, headers } = await this.#results(systemName, 1, 1, signal);
    const { results, total } = readResults(body, place);
    const told = Date.parse(String(headers.date));
    return { total, records: results.length, serverTime: Number.isNaN(told) ? null : told };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#http.close(), this.#downloader.close()]);
  }

  #results(systemName: string, page: number, size: number, signal: AbortSignal) {
    const path = `${root}/${encodeURIComponent(systemName)}/results`;
    return this.#get(path, { page: String(page), perPage: String(size) }, explainResults(systemName), signal);
  }

  async #get(path: string, query: Record<string, string>, explain: Explain, signal: AbortSignal) {
    const wanted = { path, query: this.#query(query), explain, signal };
    const place = this.#place('GET', path);
    return { ...(await this.#authorized(wanted, signal)), place };
  }

  /** A token may be taken back before it ends: then it is renewed, once. */
  async #authorized(wanted: Omit<HttpRequest, 'headers'>, signal: AbortSignal): Promise<HttpAnswer> {
    const ask = (token: string) => this.#http.get({ ...wanted, headers: { authorization: `Bearer ${token}` } });
    const token = await this.#tokens.token(signal);
    try {
      return await ask(token);
    } catch (error) {
      if (!(error instanceof TokenRefusedError)) throw error;
      this.#tokens.refused(token);
      return await ask(await this.#tokens.token(signal));
    }
  }

  async #askToken() {
    const path = 'api/1/oauth2/access_token';
    const body = jsonBody({ grant_type: 'client_credentials', ...this.#credentials() });
    const { signal } = this.#closing;
    const wanted = { path, query: this.#query({}), headers: {}, explain: explainToken, signal };
    const answer = await this.#http.post(wanted, body);
    // An answer that does not say is trusted for an hour; one that has ended by then is refused and asked for anew.
    return readToken(answer.body, this.#place('POST', path), 3_600_000);
  }

  #query(query: Record<string, string>): string {
    const locale = this.#locale === undefined ? {} : { locale: this.#locale };
    return new URLSearchParams({ ...query, ...locale }).toString();
  }

  #place(method: string, path: string): string {
    const { origin, pathname } = this.#http.url({ path });
    return `NeoDay (${method} ${origin}${pathname})`;
  }
}

function uniqueResults(results: readonly NeodayResult[]): NeodayResult[] {
  return [...new Map(results.map((result) => [result.id, result])).values()];
}
