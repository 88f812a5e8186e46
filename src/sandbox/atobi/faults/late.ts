import { z } from 'zod';
import { faultKind } from '../../faults/fault.ts';
import { transfers } from './scope.ts';

/** The transfer is taken at once and answered so much later; with `latency` it is taken then. */
export const late = faultKind(
  'late',
  z.strictObject({ kind: z.literal('late'), ...transfers, ms: z.number().nonnegative() }),
  ({ ms }) => ({
    send: async (answer, exchange) => {
      await exchange.pause(ms);
      if (!exchange.response.closed) await exchange.send(answer);
    },
  }),
);
