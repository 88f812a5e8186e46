import { z } from 'zod';
import { faultKind, scope } from '../../faults/fault.ts';
import { failureEnvelope } from '../envelope.ts';

/** Status 200 with `success: 0`: a failure that only the body tells. */
export const unsuccessful = faultKind(
  'unsuccessful',
  z.strictObject({ kind: z.literal('unsuccessful'), ...scope }),
  () => ({
    change: (answer) => ({ ...answer, status: 200, body: failureEnvelope(200, 'The sandbox was told to fail.') }),
  }),
);
