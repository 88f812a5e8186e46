import { z } from 'zod';
import { faultKind, scope } from './fault.ts';

/** Sends the body a little at a time. */
export const trickle = faultKind(
  'trickle',
  z.strictObject({
    kind: z.literal('trickle'),
    ...scope,
    bytes: z.int().positive().default(1024),
    everyMs: z.number().positive().default(100),
  }),
  ({ bytes, everyMs }) => ({
    send: async (answer, exchange) => {
      const { body } = answer;
      exchange.head(answer, body.length);
      let from = 0;
      for (; from + bytes < body.length && !exchange.response.closed; from += bytes) {
        await exchange.write(body.subarray(from, from + bytes));
        await exchange.pause(everyMs);
      }
      exchange.finish(body.subarray(from));
    },
  }),
);
