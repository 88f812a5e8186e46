import { z } from 'zod';
import { faultKind, scope } from './fault.ts';

/** A vendor whose clock is wrong: the header Date is so many seconds ahead (negative: behind). */
export const clock = faultKind(
  'clock',
  z.strictObject({ kind: z.literal('clock'), ...scope, seconds: z.number() }),
  ({ seconds }) => ({
    change: (answer) => {
      const date = new Date(Date.now() + seconds * 1000).toUTCString();
      return { ...answer, headers: { ...answer.headers, date } };
    },
  }),
);
