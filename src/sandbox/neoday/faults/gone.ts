import { z } from 'zod';
import { faultKind } from '../../faults/fault.ts';
import { within } from './file.ts';

/** A result that is no longer kept, at the gateway and in the store; `steps` names one of them. */
export const gone = faultKind(
  'gone',
  z.strictObject({
    kind: z.literal('gone'),
    ...within('fetch', 'download'),
    status: z.union([z.literal(404), z.literal(410)]).default(404),
  }),
  ({ status }) => ({ change: (_answer, { failure }) => failure(status, 'The result is no longer kept.') }),
);
