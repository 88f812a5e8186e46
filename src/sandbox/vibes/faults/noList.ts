import { z } from 'zod';
import { jsonAnswer } from '../../answer.ts';
import { faultKind, scope } from '../../faults/fault.ts';

/** The list is wrapped in an object, as other APIs do it. */
export const noList = faultKind('no-list', z.strictObject({ kind: z.literal('no-list'), ...scope }), () => ({
  change: ({ status, body }) => jsonAnswer(status, `{"pools":${body.toString()}}`),
}));
