import { z } from 'zod';
import { faultKind } from '../../faults/fault.ts';
import { transfers } from './scope.ts';

/** The connection ends without a byte and the transfer was not taken; with `drop` it was. */
export const lost = faultKind('lost', z.strictObject({ kind: z.literal('lost'), ...transfers }), () => ({
  change: ({ status, headers, body }) => ({ status, headers, body }),
  send: async (_answer, exchange) => exchange.disconnect('reset'),
}));
