import type { SignedUrl } from '../vendors/neoday/signed-url.ts';

/** A URL that nobody took is forgotten: it would have expired, and is a credential. */
const keptMs = 10 * 60_000;
const mostKept = 100;

/**
 * Signed URLs between the activity that fetches one and the one that downloads with it, in this worker's memory alone:
 * they are credentials, and neither Temporal nor the database ever has one. A download on another worker fetches its own.
 */
export class SignedUrls {
  readonly #urls = new Map<string, { url: SignedUrl; until: number }>();

  put(connection: string, resultId: string, url: SignedUrl): void {
    const key = keyOf(connection, resultId);
    this.#urls.delete(key);
    this.#urls.set(key, { url, until: Date.now() + keptMs });
    for (const [oldest, { until }] of this.#urls) {
      if (until < Date.now() || this.#urls.size > mostKept) this.#urls.delete(oldest);
    }
  }

  /** Each only once: one that is refused is not tried again. */
  take(connection: string, resultId: string): SignedUrl | null {
    const key = keyOf(connection, resultId);
    const known = this.#urls.get(key);
    this.#urls.delete(key);
    return known !== undefined && known.until > Date.now() ? known.url : null;
  }
}

const keyOf = (connection: string, resultId: string): string => `${connection}/${resultId}`;
