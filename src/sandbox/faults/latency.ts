import { z } from 'zod';
import { faultKind, scope } from './fault.ts';

/** Answers late, by the same time for every page or by a time for each. */
export const latency = faultKind(
  'latency',
  z.strictObject({
    kind: z.literal('latency'),
    ...scope,
    ms: z.number().nonnegative().default(0),
    /** Milliseconds by page number, in place of `ms`. */
    byPage: z.record(z.string(), z.number().nonnegative()).default({}),
  }),
  ({ ms, byPage }) => ({ wait: (exchange) => exchange.pause(byPage[String(exchange.entry.page)] ?? ms) }),
);
