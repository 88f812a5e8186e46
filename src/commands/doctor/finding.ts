/** In the order in which they are printed. */
export const groups = ['machine', 'configuration', 'servers', 'database', 'Temporal', 'runs', 'vendors'] as const;

export type Group = (typeof groups)[number];

/** One line of `doctor`. */
export interface Finding {
  group: Group;
  what: string;
  /** Null where it is not about one. */
  connection: string | null;
  /** `skipped`: something before it failed, or a person left it out. */
  state: 'ok' | 'warning' | 'failed' | 'skipped';
  sentence: string;
  /** What to do now, with what is to be typed in backticks; null where nothing is to be done. */
  remedy: string | null;
}

/** A line before it is known to which group it belongs. */
export type Line = Omit<Finding, 'group'>;

export function ok(what: string, sentence: string, connection: string | null = null): Line {
  return { what, connection, state: 'ok', sentence, remedy: null };
}

export function skipped(what: string, sentence: string, connection: string | null = null): Line {
  return { what, connection, state: 'skipped', sentence, remedy: null };
}

export function warning(what: string, sentence: string, remedy: string | null, connection: string | null = null): Line {
  return { what, connection, state: 'warning', sentence, remedy };
}

export function failed(what: string, sentence: string, remedy: string | null, connection: string | null = null): Line {
  return { what, connection, state: 'failed', sentence, remedy };
}

/** A check could not be made, because what it needs is not there; which line says why, the sentence tells. */
export class Unreached extends Error {
  override readonly name = 'Unreached';
}
