import { z } from 'zod';
import { faultKind, scope } from './fault.ts';

/** Ends the connection without a byte of an answer, as a server does that had just given up a kept-alive connection. */
export const drop = faultKind(
  'drop',
  z.strictObject({ kind: z.literal('drop'), ...scope, how: z.enum(['close', 'reset']).default('close') }),
  ({ how }) => ({
    send: async (_answer, exchange) => exchange.disconnect(how),
  }),
);
