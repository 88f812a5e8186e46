import { z } from 'zod';
import { faultKind, scope } from '../../faults/fault.ts';

/** The connection ends and nothing was done; with `drop` it was, and only the answer is lost. */
export const lostRequest = faultKind(
  'lost-request',
  z.strictObject({ kind: z.literal('lost-request'), ...scope }),
  () => ({
    change: ({ status, headers, body }) => ({ status, headers, body }),
    send: async (_answer, exchange) => exchange.disconnect('close'),
  }),
);
