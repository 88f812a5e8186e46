import type { z } from 'zod';
import type { Path } from './document.ts';
import { didYouMean } from './suggest.ts';

/** One thing that is wrong, at one place of the file. */
export interface Mistake {
  readonly path: Path;
  readonly message: string;
}

/** One mistake per wrong place from what zod reports; `known` are the keys that may stand where an unknown one does. */
export function mistakesOf(issues: readonly z.core.$ZodIssue[], known: (path: Path) => readonly string[]): Mistake[] {
  const all = issues.flatMap((issue): Mistake[] => {
    const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
    return issue.keys.map((key) => unknownKey([...path, key], known(path)));
  });
  return all.filter(({ path }, index) => all.findIndex((other) => samePath(other.path, path)) === index);
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

function samePath(one: Path, other: Path): boolean {
  return one.length === other.length && one.every((step, index) => step === other[index]);
}
