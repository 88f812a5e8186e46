import { AuthenticationError, type SyncError } from '../../errors.ts';
import { type HttpAnswer, HttpClient, type HttpOptions } from '../http.ts';
import { type IssuedToken, readToken, TokenKeeper } from '../token.ts';
import type { KpiAnswer } from './answer.ts';
import { contextOf } from './body.ts';
import { classify } from './classify.ts';

export interface AtobiOptions extends Omit<HttpOptions, 'vendor'> {
  /** Called for each token, so that a changed one is used. */
  clientId: () => string;
  clientSecret: () => string;
  scope?: string | undefined;
  /** One step of the address: `v1`. */
  apiVersion: string;
  /** For sentences; the body has it already. */
  type: string;
  /** Texts of `status` that say failure, in any case of letters. */
  refusedStatuses: readonly string[];
}

/** Waits until another request may be made; throws where none may be. */
export type BeforeRequest = () => Promise<void>;

/** An idle socket that the server has just closed would make it unknown what became of a transfer. */
const idleMs = 2000;
/** Reasons for hundreds of elements; more says nothing more. */
const maxAnswerBytes = 8 * 1024 * 1024;

/** Sends KPIs to Atobi: an access token by client credentials, and one transfer at a time (help.atobi.io, "KPI Integration"). */
export class AtobiClient {
  readonly #http: HttpClient;
  readonly #options: AtobiOptions;
  readonly #refusedStatuses: readonly string[];
  readonly #tokens = new TokenKeeper<BeforeRequest>((before) => this.#askToken(before));
  /** As it was sent last. */
  #secret = '';
  readonly #closing = new AbortController();

  constructor(options: AtobiOptions) {
    this.#options = options;
    this.#refusedStatuses = options.refusedStatuses.map((status) => status.trim().toLowerCase());
    this.#http = new HttpClient({ maxBodyBytes: maxAnswerBytes, ...options, idleMs, http1Only: true, vendor: 'Atobi' });
  }

  /**
   * A token is good: to be called before a transfer is written down as one that is being sent. `beforeRequest` is called
   * before the one request that this may need, not where a token is there or another caller is asking for one.
   *
   * @throws what `beforeRequest` throws; AuthenticationError for a refused client id or secret; else the errors of
   * `HttpClient.get`
   */
  async ready(signal: AbortSignal, beforeRequest: BeforeRequest): Promise<void> {
    for (;;) {
      try {
        await this.#tokens.token(signal, beforeRequest);
        return;
      } catch (error) {
        if (!(error instanceof NotAsked)) throw error;
        if (error.by === beforeRequest) throw error.cause;
        // Another caller's: it says nothing about this one's.
      }
    }
  }

  /**
   * One transfer, sent once and never repeated. Nothing is sent without a token from `ready`, nor where it has not begun
   * within `startWithinMs`. Never throws.
   */
  async push(body: string, signal: AbortSignal, startWithinMs: number | null = null): Promise<KpiAnswer> {
    const token = this.#tokens.last;
    if (token === null) return this.#withoutToken();
    const path = this.#kpiPath();
    const headers = { authorization: `Bearer ${token}` };
    const wanted = { path, headers, signal, startWithinMs };
    const delivery = await this.#http.deliver(wanted, { type: 'application/json', text: body });
    const answer = classify(delivery, {
      place: this.#place(path),
      refusedStatuses: this.#refusedStatuses,
      hint: () => this.#hint(body),
      secrets: [token, this.#secret],
    });
    if (answer.why === 'token') this.#tokens.refused(token);
    return answer;
  }

  /** Asks for a token, be there one or not. @throws what `ready` throws */
  async probeToken(signal: AbortSignal): Promise<{ serverTime: number | null }> {
    const { headers } = await this.#requestToken(AbortSignal.any([signal, this.#closing.signal]));
    const told = Date.parse(String(headers.date));
    return { serverTime: Number.isNaN(told) ? null : told };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#http.close();
  }

  async #askToken(beforeRequest: BeforeRequest): Promise<IssuedToken> {
    await beforeRequest().catch((error: unknown) => {
      throw new NotAsked(beforeRequest, error);
    });
    return (await this.#requestToken(this.#closing.signal)).token;
  }

  async #requestToken(signal: AbortSignal) {
    const { clientId, clientSecret, scope } = this.#options;
    this.#secret = clientSecret();
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId(),
      client_secret: this.#secret,
      ...(scope === undefined ? {} : { scope }),
    });
    const wanted = { path: tokenPath, headers: {}, explain: explainToken, signal };
    const { body, headers } = await this.#http.post(wanted, {
      type: 'application/x-www-form-urlencoded',
      text: form.toString(),
    });
    // One whose life is not told, or told to be none, is used until it is refused.
    const issued = readToken(body, this.#place(tokenPath), Number.POSITIVE_INFINITY);
    const token = issued.lifetimeMs > 0 ? issued : { ...issued, lifetimeMs: Number.POSITIVE_INFINITY };
    return { token, headers };
  }

  #withoutToken(): KpiAnswer {
    const sentence = `${this.#place(this.#kpiPath())}: the token that was there is not accepted any more. Nothing was sent.`;
    return { kind: 'refused', why: 'token', http: null, status: null, answer: '', sent: false, sentence };
  }

  #kpiPath(): string {
    return `api/external/${encodeURIComponent(this.#options.apiVersion)}/kpi`;
  }

  #hint(body: string): string {
    const { apiVersion, type } = this.#options;
    const context = contextOf(body);
    const ofKpi = context === null ? '' : ` and the KPI’s \`context\` (${context})`;
    return `Check \`baseUrl\`, \`apiVersion\` (${apiVersion}), \`type\` (${type})${ofKpi}.`;
  }

  #place(path: string): string {
    const { origin, pathname } = this.#http.url({ path });
    return `Atobi (POST ${origin}${pathname})`;
  }
}

const tokenPath = 'oauth/token';

/** A token was not asked for, because the one caller that would have may make no request. */
class NotAsked extends Error {
  readonly by: BeforeRequest;

  constructor(by: BeforeRequest, cause: unknown) {
    super('no request may be made', { cause });
    this.by = by;
  }
}

/** Whatever the token's endpoint finds wrong with the request, it is about the values that are sent. */
function explainToken({ status }: HttpAnswer, place: string): SyncError | undefined {
  if (![400, 401, 403, 422].includes(status)) return undefined;
  return new AuthenticationError(
    `${place} answered ${status}: it does not accept \`clientId\` and \`clientSecret\`, or not \`scope\`.`,
  );
}
