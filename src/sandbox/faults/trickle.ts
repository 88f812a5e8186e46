import { z } from 'zod';
import { type StreamedBody, streamOf } from '../answer.ts';
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
      const stream = streamOf(answer);
      exchange.head(answer, stream.length);
      let last: Buffer | undefined;
      for await (const slice of sliced(stream, bytes)) {
        if (last !== undefined) {
          await exchange.write(last);
          await exchange.pause(everyMs);
        }
        if (exchange.response.closed) return;
        last = slice;
      }
      exchange.finish(last ?? Buffer.alloc(0));
    },
  }),
);

async function* sliced({ parts }: StreamedBody, bytes: number): AsyncGenerator<Buffer> {
  for await (const part of parts()) {
    for (let from = 0; from < part.length; from += bytes) yield part.subarray(from, from + bytes);
  }
}
