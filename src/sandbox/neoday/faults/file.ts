/** What all faults of files have in common. */
import { z } from 'zod';
import type { Behaviour } from '../../faults/fault.ts';
import { scope } from '../../faults/fault.ts';
import { fileAnswer, isFileAnswer, type StoredFile } from '../storage.ts';

/** The usual scope, but of downloads alone where nothing else is said: only they are counted. */
export const downloads = { system: z.literal('neoday').default('neoday'), ...within('download') };

export function within(...steps: [string, ...string[]]) {
  const { system: _any, ...rest } = scope;
  return { ...rest, steps: z.array(z.string()).default(steps) };
}

/** Changes what the store has, so that ETag, length and ranges are those of the changed file. */
export function storing(change: (stored: StoredFile) => StoredFile): Behaviour {
  return {
    change: (answer, { request }) => (isFileAnswer(answer) ? fileAnswer(change(answer.stored), request) : answer),
  };
}
