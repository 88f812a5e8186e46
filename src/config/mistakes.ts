import type { z } from 'zod';
import type { Path } from './document.ts';
import { didYouMean, nearest } from './suggest.ts';

/** One thing that is wrong, at one place of the file. */
export interface Mistake {
  readonly path: Path;
  readonly message: string;
}

/** Begins the sentence about an absent value. */
export const missing = 'is missing';

/** One mistake per wrong place from what zod reports; `known` are the keys that may stand where an unknown one does. */
export function mistakesOf(issues: readonly z.core.$ZodIssue[], known: (path: Path) => readonly string[]): Mistake[] {
  const all = issues.map((issue) => ({ ...issue, path: issue.path.map(toStep) }));
  const unknown = all.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [],
  );
  const others = all.filter((issue) => issue.code !== 'unrecognized_keys' && !followsFrom(unknown, known, issue));
  const mistakes = [...others, ...unknown.map((path) => unknownKey(path, known(path.slice(0, -1))))];
  return mistakes.filter(({ path }, index) => mistakes.findIndex((other) => samePath(other.path, path)) === index);
}

export function unknownKey(path: Path, known: readonly string[]): Mistake {
  const hint = didYouMean(String(path.at(-1)), known);
  return { path, message: `is not a key that is known here${hint}: the keys are ${known.join(', ')}` };
}

/** `connections.portfolio.streams[1]`; a step that does not look like a name is shown as `…`, it could be a secret. */
export function showPath(path: Path): string {
  const shown = path.map((step) => {
    if (typeof step === 'number') return `[${step}]`;
    return /^[A-Za-z0-9_-]{1,63}$/.test(step) ? `.${step}` : '.…';
  });
  return shown.join('').replace(/^\./, '');
}

/** A misspelt key is one mistake: neither the right one's absence nor what its mapping then lacks is a second. */
function followsFrom(unknown: readonly Path[], known: (path: Path) => readonly string[], issue: Mistake): boolean {
  return unknown.some((path) => {
    const parent = path.slice(0, -1);
    if (samePath(parent, issue.path)) return true;
    const meant = nearest(String(path.at(-1)), known(parent));
    return meant !== undefined && issue.message.startsWith(missing) && samePath([...parent, meant], issue.path);
  });
}

function toStep(step: PropertyKey): string | number {
  return typeof step === 'symbol' ? String(step) : step;
}

function samePath(one: Path, other: Path): boolean {
  return one.length === other.length && one.every((step, index) => step === other[index]);
}
