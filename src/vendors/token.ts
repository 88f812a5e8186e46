import { z } from 'zod';
import { readAnswer } from './read-answer.ts';

/** A token as the vendor hands it out. */
export interface IssuedToken {
  readonly token: string;
  /** From the moment it was asked for. */
  readonly lifetimeMs: number;
}

const longestLifeSeconds = 10 * 365 * 86_400;

const tokenAnswer = z.looseObject({
  // A header cannot carry anything else.
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  expires_in: z
    .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
    .pipe(z.number().nonnegative())
    .nullish(),
});

/** An access token's answer of OAuth 2.0. `untoldMs`: its life where `expires_in` is missing. @throws VendorContractError */
export function readToken(body: Buffer, place: string, untoldMs: number): IssuedToken {
  const { access_token: token, expires_in: seconds } = readAnswer(tokenAnswer, body, place, 'an access token');
  return { token, lifetimeMs: seconds == null ? untoldMs : Math.min(seconds, longestLifeSeconds) * 1000 };
}

/** A token is renewed when this much of its life is left, or a tenth of a short life. */
const marginMs = 60_000;

/** Keeps one token in memory, renews it before it ends, and asks once however many want it at the same time. */
export class TokenKeeper<Hint = void> {
  readonly #ask: (hint: Hint) => Promise<IssuedToken>;
  #held: { token: string; until: number } | null = null;
  #asking: Promise<string> | null = null;

  /** `ask` gets what the one caller of `token` gave whose wish led to the request. */
  constructor(ask: (hint: Hint) => Promise<IssuedToken>) {
    this.#ask = ask;
  }

  /** The one that was handed out last, however little of its life is left; null after it was refused. */
  get last(): string | null {
    return this.#held?.token ?? null;
  }

  /** A token that is good for now. @throws what asking for one throws; the signal's reason when that comes first. */
  async token(signal: AbortSignal, hint: Hint): Promise<string> {
    signal.throwIfAborted();
    if (this.#held !== null && Date.now() < this.#held.until) return this.#held.token;
    this.#asking ??= this.#renew(hint).finally(() => {
      this.#asking = null;
    });
    return await withSignal(this.#asking, signal);
  }

  /** The vendor refused this token: the next one to ask gets another. One that was renewed by then stays. */
  refused(token: string): void {
    if (this.#held?.token === token) this.#held = null;
  }

  async #renew(hint: Hint): Promise<string> {
    const asked = Date.now();
    const { token, lifetimeMs } = await this.#ask(hint);
    this.#held = { token, until: asked + lifetimeMs - Math.min(marginMs, lifetimeMs / 10) };
    return token;
  }
}

/** Only this caller stops waiting; others may still want what is under way. */
async function withSignal<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const stop = Promise.withResolvers<never>();
  const onAbort = () => stop.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, stop.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
