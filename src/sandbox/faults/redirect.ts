import { z } from 'zod';
import { faultKind, scope } from './fault.ts';

/** Sends the client elsewhere. */
export const redirect = faultKind(
  'redirect',
  z.strictObject({
    kind: z.literal('redirect'),
    ...scope,
    to: z.string(),
    status: z.union([z.literal(301), z.literal(302), z.literal(307), z.literal(308)]).default(302),
  }),
  ({ to, status }) => ({ change: () => ({ status, headers: { location: to }, body: Buffer.alloc(0) }) }),
);
