import { z } from 'zod';
import { faultKind, scope } from './fault.ts';

/** Ends the connection in the middle of the body, after announcing all of it. */
export const cut = faultKind(
  'cut',
  z.strictObject({
    kind: z.literal('cut'),
    ...scope,
    /** Bytes of the body that arrive; half of it where not given. */
    afterBytes: z.int().nonnegative().optional(),
    how: z.enum(['close', 'reset']).default('close'),
  }),
  ({ afterBytes, how }) => ({
    send: async (answer, exchange) => {
      const { body } = answer;
      const part = body.subarray(0, Math.min(afterBytes ?? body.length >> 1, body.length - 1));
      exchange.head(answer, body.length);
      if (part.length === 0) exchange.response.flushHeaders();
      else await exchange.write(part);
      exchange.disconnect(how);
    },
  }),
);
