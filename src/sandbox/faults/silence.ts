import { once } from 'node:events';
import { z } from 'zod';
import { faultKind, scope } from './fault.ts';

/** Takes the request and never answers. */
export const silence = faultKind('silence', z.strictObject({ kind: z.literal('silence'), ...scope }), () => ({
  wait: async ({ gone }) => {
    if (!gone.aborted) await once(gone, 'abort');
  },
}));
