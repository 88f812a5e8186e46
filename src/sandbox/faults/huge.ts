import { z } from 'zod';
import { faultKind, scope } from './fault.ts';

const megabyte = Buffer.alloc(1024 * 1024, ' ');

/** Puts blanks before the body, which JSON allows, of a size that no client should read to the end. */
export const huge = faultKind(
  'huge',
  z.strictObject({ kind: z.literal('huge'), ...scope, megabytes: z.int().positive() }),
  ({ megabytes }) => ({
    send: async (answer, exchange) => {
      exchange.head(answer, megabytes * megabyte.length + answer.body.length);
      for (let sent = 0; sent < megabytes && !exchange.response.closed; sent += 1) await exchange.write(megabyte);
      exchange.finish(answer.body);
    },
  }),
);
