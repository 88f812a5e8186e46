import { z } from 'zod';
import { streamOf } from '../answer.ts';
import type { Exchange } from '../exchange.ts';
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
      const stream = streamOf(answer);
      const whole = stream.length ?? Number.POSITIVE_INFINITY;
      exchange.head(answer, stream.length);
      await beginning(exchange, stream.parts(), Math.min(afterBytes ?? Math.floor(whole / 2), whole - 1));
      exchange.disconnect(how);
    },
  }),
);

/** Sends so many bytes, or fewer where there are no more. */
export async function beginning(
  exchange: Exchange,
  parts: Iterable<Buffer> | AsyncIterable<Buffer>,
  bytes: number,
): Promise<void> {
  let left = bytes;
  // Without a byte of the body, the head still has to leave.
  if (left <= 0) exchange.response.flushHeaders();
  else {
    for await (const part of parts) {
      await exchange.write(part.subarray(0, left));
      left -= part.length;
      if (left <= 0 || exchange.response.closed) return;
    }
  }
}
