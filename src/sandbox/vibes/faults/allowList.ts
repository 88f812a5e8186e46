import { z } from 'zod';
import { faultKind, scope } from '../../faults/fault.ts';

/** 403 from whatever stands before the API, which knows addresses and no users: without a body, or with a web page. */
export const allowList = faultKind(
  'allow-list',
  z.strictObject({ kind: z.literal('allow-list'), ...scope, body: z.enum(['empty', 'html']).default('empty') }),
  ({ body }) => ({
    change: () => ({
      status: 403,
      headers: body === 'html' ? { 'content-type': 'text/html' } : {},
      body: Buffer.from(body === 'html' ? '<html><body>403 Forbidden</body></html>' : ''),
    }),
  }),
);
