/** A token as the vendor hands it out. */
export interface IssuedToken {
  readonly token: string;
  /** From the moment it was asked for. */
  readonly lifetimeMs: number;
}

/** A token is renewed when this much of its life is left, or a tenth of a short life. */
const marginMs = 60_000;

/** Keeps one token in memory, renews it before it ends, and asks once however many want it at the same time. */
export class TokenKeeper {
  readonly #ask: () => Promise<IssuedToken>;
  #held: { token: string; until: number } | null = null;
  #asking: Promise<string> | null = null;

  constructor(ask: () => Promise<IssuedToken>) {
    this.#ask = ask;
  }

  /** A token that is good for now. @throws what asking for one throws; the signal's reason when that comes first. */
  async token(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    if (this.#held !== null && Date.now() < this.#held.until) return this.#held.token;
    this.#asking ??= this.#renew().finally(() => {
      this.#asking = null;
    });
    return await withSignal(this.#asking, signal);
  }

  /** The vendor refused this token: the next one to ask gets another. One that was renewed by then stays. */
  refused(token: string): void {
    if (this.#held?.token === token) this.#held = null;
  }

  async #renew(): Promise<string> {
    const asked = Date.now();
    const { token, lifetimeMs } = await this.#ask();
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
