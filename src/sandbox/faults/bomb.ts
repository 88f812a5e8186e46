import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { faultKind, scope } from './fault.ts';

/** A small gzip body that unpacks to `megabytes` of blanks before the JSON. Gzip members may follow one another. */
export const bomb = faultKind(
  'bomb',
  z.strictObject({ kind: z.literal('bomb'), ...scope, megabytes: z.int().positive() }),
  ({ megabytes }) => {
    const member = gzipSync(Buffer.alloc(1024 * 1024, ' '));
    const blanks = Buffer.concat(Array.from({ length: megabytes }, () => member));
    return {
      // A body that is made while it is sent is a vendor's file, with an encoding of its own.
      encode: (answer) =>
        answer.stream === undefined
          ? {
              ...answer,
              headers: { ...answer.headers, 'content-encoding': 'gzip' },
              body: Buffer.concat([blanks, gzipSync(answer.body)]),
            }
          : answer,
    };
  },
);
