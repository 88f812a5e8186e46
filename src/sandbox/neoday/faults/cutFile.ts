import { z } from 'zod';
import { streamOf } from '../../answer.ts';
import { beginning } from '../../faults/cut.ts';
import { faultKind } from '../../faults/fault.ts';
import { downloads } from './file.ts';

/** Ends the connection after so many bytes of each answer; unlike `cut`, it lets an answer that is no longer arrive. */
export const cutFile = faultKind(
  'cut-file',
  z.strictObject({
    kind: z.literal('cut-file'),
    ...downloads,
    afterBytes: z.int().positive(),
    how: z.enum(['close', 'reset']).default('close'),
  }),
  ({ afterBytes, how }) => ({
    send: async (answer, exchange) => {
      const stream = streamOf(answer);
      if (stream.length !== null && stream.length <= afterBytes) return exchange.send(answer);
      exchange.head(answer, stream.length);
      await beginning(exchange, stream.parts(), afterBytes);
      exchange.disconnect(how);
    },
  }),
);
