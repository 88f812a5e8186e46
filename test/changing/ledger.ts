import type { PassFindings } from '../../src/rules.ts';
import type { PassMissing } from '../../src/store/settle.ts';

/** What one pass showed, as a person would tell it. */
export interface ShownPass {
  run: number;
  pass: number;
  /** Ids page by page, doubles included. */
  pages: number[][];
  /** Records without an id. */
  anonymous: number;
  /** What the source says on each page. */
  totals: (number | null)[];
}

/** The test's own judgement, written without a look at the product's. */
export function addsUp({ pages, anonymous, totals }: ShownPass): boolean {
  const shown = pages.flat();
  const last = totals.at(-1) ?? null;
  const fell = totals.some((total, index) => index > 0 && (total ?? 0) < (totals[index - 1] ?? 0));
  return !fell && new Set(shown).size === shown.length && (last === null || shown.length + anonymous === last);
}

/** Whether it can name what is missing. */
export const tells = (pass: ShownPass) => addsUp(pass) && (pass.totals.at(-1) ?? null) !== null && pass.anonymous === 0;

/**
 * Rows and missing rows in memory, kept in the simplest way: for each row, the passes that could tell and did not show it
 * since it was last shown.
 */
export class Ledger {
  readonly live = new Set<number>();
  readonly #absences = new Map<number, Set<string>>();

  findings(pass: ShownPass): PassFindings {
    const shown = pass.pages.flat();
    const { totals } = pass;
    return {
      distinct: new Set(shown).size,
      shown: shown.length,
      anonymous: pass.anonymous,
      total: totals.at(-1) ?? null,
      shrank: totals.some((total, index) => index > 0 && (total ?? 0) < (totals[index - 1] ?? 0)),
      putAside: 0,
      startedAt: `${pass.run}/${pass.pass}`,
    };
  }

  /** Repeating it changes nothing. */
  note(pass: ShownPass): PassMissing {
    const shown = new Set(pass.pages.flat());
    for (const id of shown) {
      this.live.add(id);
      this.#absences.delete(id);
    }
    const unseen = [...this.live].filter((id) => !shown.has(id));
    if (tells(pass)) for (const id of unseen) this.#absencesOf(id).add(`${pass.run}/${pass.pass}`);
    const confirmed = this.confirmed();
    return {
      live: this.live.size,
      unseen: unseen.length,
      missing: this.#absences.size,
      confirmed: confirmed.length,
      digest: confirmed.join(','),
    };
  }

  /** Rows that two passes did not show which could tell, in order. */
  confirmed(): number[] {
    const twice = [...this.#absences].filter(([, passes]) => passes.size > 1).map(([id]) => id);
    return twice.sort((a, b) => a - b);
  }

  sweep(): number[] {
    const swept = this.confirmed();
    for (const id of swept) {
      this.live.delete(id);
      this.#absences.delete(id);
    }
    return swept;
  }

  #absencesOf(id: number): Set<string> {
    const known = this.#absences.get(id) ?? new Set();
    this.#absences.set(id, known);
    return known;
  }
}
