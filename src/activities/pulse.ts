const beatMs = 250;

/** Tells whether the process has stood still, as one does that was stopped or whose machine slept. */
export class Pulse {
  readonly #longestMs: number;
  readonly #beat: NodeJS.Timeout;
  // By the clock on the wall: the other one stands still together with the machine.
  #last = Date.now();
  #missed = false;

  /** Gaps up to `longestMs` are none. Beats until `stop`. */
  constructor(longestMs: number) {
    this.#longestMs = longestMs;
    this.#beat = setInterval(() => this.#feel(), beatMs);
  }

  get stoodStill(): boolean {
    this.#feel();
    return this.#missed;
  }

  stop(): void {
    clearInterval(this.#beat);
  }

  #feel(): void {
    const now = Date.now();
    if (Math.abs(now - this.#last) > this.#longestMs) this.#missed = true;
    this.#last = now;
  }
}
