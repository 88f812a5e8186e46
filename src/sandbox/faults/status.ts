import { z } from 'zod';
import { faultKind, scope } from './fault.ts';

/** Another status in place of the answer, in the vendor's own failure shape. */
export const status = faultKind(
  'status',
  z.strictObject({
    kind: z.literal('status'),
    ...scope,
    status: z.int().min(400).max(599),
    retryAfterSeconds: z.number().nonnegative().optional(),
    /** Writes the Retry-After header as a number of seconds, or as the date then. */
    retryAfterAs: z.enum(['seconds', 'date']).default('seconds'),
  }),
  ({ status: code, retryAfterSeconds, retryAfterAs }) => ({
    change: (_answer, exchange) => {
      const failure = exchange.failure(code, `The sandbox was told to answer ${code}.`);
      if (retryAfterSeconds === undefined) return failure;
      const retryAfter = retryAfterAs === 'date' ? httpDate(retryAfterSeconds) : String(retryAfterSeconds);
      return { ...failure, headers: { ...failure.headers, 'retry-after': retryAfter } };
    },
  }),
);

function httpDate(secondsFromNow: number): string {
  return new Date(Date.now() + secondsFromNow * 1000).toUTCString();
}
