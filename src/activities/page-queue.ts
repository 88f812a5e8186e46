/**
 * Pages between the one who reads and the one who commits: while one commit is under way the next pages are fetched, and
 * the next commit takes all that have come. A slow source makes a commit per page, a fast one large commits.
 */
export class PageQueue<T> {
  readonly #limits: { items: number; bytes: number };
  #items: { item: T; bytes: number }[] = [];
  #bytes = 0;
  #end: { error?: unknown } | null = null;
  #changed = Promise.withResolvers<void>();

  constructor(limits: { items: number; bytes: number }) {
    this.#limits = limits;
  }

  /** Resolves once there is room for the next item. */
  async put(item: T, bytes: number): Promise<void> {
    this.#items.push({ item, bytes });
    this.#bytes += bytes;
    this.#notify();
    while (this.#end === null && (this.#items.length >= this.#limits.items || this.#bytes >= this.#limits.bytes)) {
      await this.#changed.promise;
    }
  }

  /** No more items will come: what is queued is still taken, then `error`, if any, is thrown to the taker. */
  close(error?: unknown): void {
    this.#end ??= error === undefined ? {} : { error };
    this.#notify();
  }

  /** What is queued, at least one item and at most `most`; null at the end. */
  async take(most: number): Promise<T[] | null> {
    while (this.#items.length === 0) {
      if (this.#end !== null) {
        if ('error' in this.#end) throw this.#end.error;
        return null;
      }
      await this.#changed.promise;
    }
    const taken = this.#items.splice(0, most);
    this.#bytes -= taken.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#notify();
    return taken.map(({ item }) => item);
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
