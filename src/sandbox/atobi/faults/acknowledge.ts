import { z } from 'zod';
import { jsonAnswer } from '../../answer.ts';
import { faultKind } from '../../faults/fault.ts';
import { isTransferAnswer } from '../kpi.ts';
import { transfers } from './scope.ts';

/** Another acknowledgement of a transfer that could be taken: to the byte as given. */
export const acknowledge = faultKind(
  'acknowledge',
  z.strictObject({
    kind: z.literal('acknowledge'),
    ...transfers,
    body: z.string(),
    status: z.int().min(200).max(299).default(200),
    /** Whether the vendor has taken the transfer, whatever the body says. */
    taken: z.boolean().default(false),
  }),
  ({ body, status, taken }) => ({
    change: (answer) => {
      if (!isTransferAnswer(answer)) return answer;
      return { ...jsonAnswer(status, body), ...(taken ? { took: answer.took } : {}) };
    },
  }),
);
