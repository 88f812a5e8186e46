/**
 * What the source had said it has when each page was asked for. Pages are read several at once and answered in any order,
 * so only an answer that had come before a page was asked for is certainly older than that page's.
 */
export class Totals {
  #largest: number | null;
  readonly #before = new WeakMap<object, number | null>();

  /** `known` is what the newest page stored had told. */
  constructor(known: number | null) {
    this.#largest = known;
  }

  /** Asks for one page and remembers what was known at that moment. */
  async around<Answer extends { total: number | null }>(ask: () => Promise<Answer>): Promise<Answer> {
    const before = this.#largest;
    const answer = await ask();
    this.#before.set(answer, before);
    if (answer.total !== null) this.#largest = Math.max(answer.total, this.#largest ?? 0);
    return answer;
  }

  /** The most that had been said when this answer was asked for; null where nothing had. */
  before(answer: object): number | null {
    return this.#before.get(answer) ?? null;
  }
}
