import { type SyncError, VendorUnavailableError } from '../../errors.ts';
import type { Delivery } from '../delivery.ts';
import { type HttpAnswer, HttpClient, type HttpOptions, jsonBody } from '../http.ts';
import type { RecordSlice } from '../json/split.ts';
import { Pace } from '../pace.ts';
import { busyRefusal, refusalOf } from '../status.ts';
import { bodyOf, type Pool, type Settings } from './pool.ts';
import { explain, vendorSentences } from './refusals.ts';
import { readOnePool, readPoolList, readPools } from './wire.ts';

export interface VibesOptions extends Omit<HttpOptions, 'vendor'> {
  companyKey: string;
  /** Called for each request, so that a rotated password is used at once. */
  username: () => string;
  password: () => string;
}

/** All pools, with the body that they point into. */
export interface PoolList {
  body: Buffer;
  records: RecordSlice[];
}

/** What the list tells; nothing of it is kept. */
export interface Probe {
  total: number;
  records: number;
  /** The vendor's clock when it answered, in milliseconds since 1970; null where it did not tell. */
  serverTime: number | null;
}

/** What became of a request to create or change a pool. Sentences are for people. */
export type Written =
  | { outcome: 'done' }
  /** The vendor says no; nothing was changed. */
  | { outcome: 'refused'; sentence: string }
  /** It was sent, and nobody said what came of it: look before it is sent again. */
  | { outcome: 'unknown'; sentence: string };

/** Calls for a company, over which the vendor answers 429 (developer-platform.vibes.com, Technical Details). */
const mostPerSecond = 100;

/**
 * Vibes' incentive pools: `/companies/{companyKey}/incentives/pools[/{id}]` with HTTP Basic and `X-API-Version: 2`
 * (developer-platform.vibes.com, Incentive Pool API).
 */
export class VibesClient {
  readonly #http: HttpClient;
  readonly #authorization: () => string;
  readonly #companyKey: string;
  readonly #pace = new Pace(mostPerSecond);

  constructor({ companyKey, username, password, ...http }: VibesOptions) {
    this.#http = new HttpClient({ ...http, vendor: 'Vibes', http1Only: true });
    this.#companyKey = companyKey;
    this.#authorization = () => `Basic ${Buffer.from(`${username()}:${password()}`).toString('base64')}`;
  }

  /**
   * Every pool, as it came: the vendor knows no pages.
   *
   * @throws the errors of `HttpClient.get`; ConfigurationError also for an unknown company; VendorContractError for an
   * answer that is no list.
   */
  async list(signal: AbortSignal): Promise<PoolList> {
    const { body } = await this.#get('', signal);
    return { body, records: readPoolList(body, this.#place('GET')) };
  }

  /** Every pool that tells its id. @throws what `list` throws. */
  async pools(signal: AbortSignal): Promise<Pool[]> {
    const { body } = await this.#get('', signal);
    return readPools(body, this.#place('GET'));
  }

  /** One pool; null where there is none of that id. @throws what `list` throws. */
  async pool(id: string, signal: AbortSignal): Promise<Pool | null> {
    await this.#pace.wait(signal);
    const gone = new NoSuchPool();
    const explained = explain(this.#companyKey);
    const wanted = {
      ...this.#wanted(`/${id}`, signal),
      explain: (answer: HttpAnswer, place: string) =>
        answer.status === 404 || answer.status === 410 ? gone : explained(answer, place),
    };
    try {
      const { body } = await this.#http.get(wanted);
      return readOnePool(body, this.#place('GET', id));
    } catch (error) {
      if (error === gone) return null;
      throw error;
    }
  }

  /**
   * One POST, never repeated.
   *
   * @throws VendorUnavailableError where not a byte of it left; AuthenticationError, RateLimitedError and
   * ConfigurationError where the vendor did not look at it.
   */
  create(settings: Settings, signal: AbortSignal): Promise<Written> {
    return this.#write('POST', '', settings, signal);
  }

  /** One PUT with all settings, never repeated. @throws what `create` throws. */
  update(id: string, settings: Settings, signal: AbortSignal): Promise<Written> {
    return this.#write('PUT', id, settings, signal);
  }

  /** @throws what `list` throws. */
  async probe(signal: AbortSignal): Promise<Probe> {
    const { body, headers } = await this.#get('', signal);
    const { length } = readPoolList(body, this.#place('GET'));
    const told = Date.parse(String(headers.date));
    return { total: length, records: length, serverTime: Number.isNaN(told) ? null : told };
  }

  close(): Promise<void> {
    return this.#http.close();
  }

  async #get(path: string, signal: AbortSignal): Promise<HttpAnswer> {
    await this.#pace.wait(signal);
    return this.#http.get({ ...this.#wanted(path, signal), explain: explain(this.#companyKey) });
  }

  async #write(method: 'POST' | 'PUT', id: string, settings: Settings, signal: AbortSignal): Promise<Written> {
    await this.#pace.wait(signal);
    const wanted = this.#wanted(id === '' ? '' : `/${id}`, signal);
    const delivery = await this.#http.deliver(wanted, jsonBody(bodyOf(settings)), method);
    return writtenBy(delivery, this.#place(method, id), explain(this.#companyKey));
  }

  #wanted(path: string, signal: AbortSignal) {
    const headers = { authorization: this.#authorization(), 'x-api-version': '2' };
    return { path: `companies/${encodeURIComponent(this.#companyKey)}/incentives/pools${path}`, headers, signal };
  }

  #place(method: string, id = ''): string {
    const path = `companies/${encodeURIComponent(this.#companyKey)}/incentives/pools${id === '' ? '' : `/${id}`}`;
    const { origin, pathname } = this.#http.url({ path });
    return `Vibes (${method} ${origin}${pathname})`;
  }
}

class NoSuchPool extends VendorUnavailableError {
  constructor() {
    super('There is no such pool.');
  }
}

type Explain = (answer: HttpAnswer, place: string) => SyncError | undefined;

function writtenBy(delivery: Delivery, place: string, explained: Explain): Written {
  const { answer } = delivery;
  if (answer === null) {
    if (!delivery.sent) throw new VendorUnavailableError(`${place}: ${delivery.why}`);
    return { outcome: 'unknown', sentence: `${place}: ${delivery.why}` };
  }
  const { status, headers, body } = answer;
  // Whatever the body is: the vendor's own client expects an empty one as well.
  if (status >= 200 && status < 300) return { outcome: 'done' };
  if (status >= 500 || status === 408) {
    return { outcome: 'unknown', sentence: `${place} answered ${status}.` };
  }
  const untouched = busyRefusal(status, headers, place);
  if (untouched !== null) throw untouched;
  if (status < 400) throw refusalOf(status, headers, place);
  if (status === 401 || status === 403) throw explained(answer, place) ?? refusalOf(status, headers, place);
  const told = vendorSentences(body);
  return { outcome: 'refused', sentence: `${place} answered ${status}${told === null ? '' : `: ${told}`}.` };
}
