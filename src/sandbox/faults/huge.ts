import { z } from 'zod';
import { streamOf } from '../answer.ts';
import { faultKind, scope } from './fault.ts';

const megabyte = Buffer.alloc(1024 * 1024, ' ');

/** Puts blanks before the body, which JSON allows, of a size that no client should read to the end. */
export const huge = faultKind(
  'huge',
  z.strictObject({ kind: z.literal('huge'), ...scope, megabytes: z.int().positive() }),
  ({ megabytes }) => ({
    send: async (answer, exchange) => {
      const stream = streamOf(answer);
      exchange.head(answer, stream.length === null ? null : megabytes * megabyte.length + stream.length);
      for (let sent = 0; sent < megabytes && !exchange.response.closed; sent += 1) await exchange.write(megabyte);
      await exchange.stream(stream);
    },
  }),
);
