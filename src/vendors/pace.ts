import { setTimeout as sleep } from 'node:timers/promises';

/** Spaces requests evenly, so that never more than a limit are let through in a second. */
export class Pace {
  #intervalMs = 0;
  #free = 0;

  /** No limit where `perSecond` is undefined. */
  constructor(perSecond?: number | undefined) {
    this.limit(perSecond);
  }

  limit(perSecond: number | undefined): void {
    this.#intervalMs = perSecond === undefined ? 0 : 1000 / perSecond;
  }

  /** Resolves when the next request may be sent. */
  async wait(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const start = Math.max(now, this.#free);
    this.#free = start + this.#intervalMs;
    if (start > now) await sleep(start - now, undefined, { signal });
  }
}
