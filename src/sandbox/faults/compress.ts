import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Answer } from '../answer.ts';
import { faultKind, scope } from './fault.ts';

const encoding = z.enum(['gzip', 'br']);

/**
 * Compresses the body when the request accepts one of the encodings; the first of the list wins. A vendor's file, made
 * while it is sent, is left alone: it has an encoding of its own.
 */
export const compress = faultKind(
  'compress',
  z.strictObject({ kind: z.literal('compress'), ...scope, encodings: z.array(encoding).default(['gzip', 'br']) }),
  ({ encodings }) => ({
    encode: (answer, { request }) => {
      const accepted = acceptedEncodings(request.headers['accept-encoding']);
      const chosen = encodings.find((candidate) => accepted.has(candidate));
      return chosen === undefined || answer.stream !== undefined ? answer : compressed(answer, chosen);
    },
  }),
);

function compressed(answer: Answer, chosen: z.infer<typeof encoding>): Answer {
  const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } };
  const body = chosen === 'gzip' ? gzipSync(answer.body) : brotliCompressSync(answer.body, quick);
  return { ...answer, headers: { ...answer.headers, 'content-encoding': chosen, vary: 'accept-encoding' }, body };
}

function acceptedEncodings(header: string | string[] | undefined): Set<string> {
  const items = String(header ?? '').split(',');
  const named = items.filter((item) => !/;\s*q=0(\.0*)?\s*$/.test(item));
  return new Set(named.map((item) => (item.split(';')[0] ?? '').trim().toLowerCase()));
}
