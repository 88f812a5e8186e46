/** Lets through so many requests in any window of time; those it turns away are not counted. */
export class SlidingLimit {
  readonly #most: number;
  readonly #windowMs: number;
  /** Arrivals that were let through within the window, oldest first. */
  #arrivals: number[] = [];

  constructor(most: number, windowMs: number) {
    this.#most = most;
    this.#windowMs = windowMs;
  }

  /** Milliseconds until one more would be let through; 0 where this one is, which counts it. */
  arrive(now: number): number {
    this.#arrivals = this.#arrivals.filter((arrival) => now - arrival < this.#windowMs);
    if (this.#arrivals.length < this.#most) {
      this.#arrivals.push(now);
      return 0;
    }
    return (this.#arrivals[this.#arrivals.length - this.#most] ?? now) + this.#windowMs - now;
  }

  reset(): void {
    this.#arrivals = [];
  }
}
