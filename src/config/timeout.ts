import type { z } from 'zod';
import { durationPattern, parseDuration } from './duration.ts';
import { orVariable, type Values } from './values.ts';

const shortest = 1000;
const longest = 5 * 60_000;
const answerTime = 120_000;
const timeoutError = 'must be a duration from 1s to 5m, like 30s or 2m';

/** Milliseconds that a vendor may take for one whole answer, or whoever else; `standard` without a word. */
export function timeoutSchema(values: Values, standard = answerTime) {
  return values
    .text(timeoutError)
    .transform((text, context: z.core.$RefinementCtx<string>) => {
      const ms = parseDuration(text);
      if (ms !== undefined && ms >= shortest && ms <= longest) return ms;
      context.addIssue({ code: 'custom', message: timeoutError });
      return standard;
    })
    .meta({ pattern: orVariable(durationPattern) })
    .default(standard);
}
