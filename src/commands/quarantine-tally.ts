import type { Replayed } from '../activities/replay.ts';

/** Entries that came to the same thing. */
export interface Outcome {
  result: Replayed['result'];
  sentence: string;
  count: number;
  /** The first few of them. */
  ids: number[];
}

/** Different sentences, and numbers of one, that are kept: what is counted must not grow with the quarantine. */
const mostOutcomes = 1000;
const mostIds = 10;
const mostResults = 1000;

/** Counts what became of entries, however many there are, and keeps the first results one by one. */
export class Tally {
  readonly first: Replayed[] = [];
  readonly #outcomes = new Map<string, Outcome>();
  tried = 0;

  add(one: Replayed): void {
    this.tried += 1;
    if (this.first.length < mostResults) this.first.push(one);
    const { result, sentence } = one;
    const known = this.#outcomes.get(`${result} ${sentence}`) ?? this.#begin(result, sentence);
    known.count += 1;
    if (known.ids.length < mostIds) known.ids.push(one.id);
  }

  /** The most frequent first. */
  get outcomes(): Outcome[] {
    return [...this.#outcomes.values()].sort((a, b) => b.count - a.count);
  }

  count(...results: Replayed['result'][]): number {
    return this.outcomes.reduce((sum, { result, count }) => sum + (results.includes(result) ? count : 0), 0);
  }

  #begin(result: Replayed['result'], wanted: string): Outcome {
    const sentence = this.#outcomes.size < mostOutcomes ? wanted : 'for further reasons';
    const key = `${result} ${sentence}`;
    const outcome = this.#outcomes.get(key) ?? { result, sentence, count: 0, ids: [] };
    this.#outcomes.set(key, outcome);
    return outcome;
  }
}
