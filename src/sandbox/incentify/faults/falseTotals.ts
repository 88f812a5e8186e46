import { z } from 'zod';
import { faultKind, scope } from '../../faults/fault.ts';
import { changeTail } from '../envelope.ts';

/** A `meta` that lies: `last_page`, `total` and `current_page` shifted by the numbers given. Links stay true. */
export const falseTotals = faultKind(
  'false-totals',
  z.strictObject({
    kind: z.literal('false-totals'),
    ...scope,
    lastPage: z.int().default(0),
    total: z.int().default(0),
    currentPage: z.int().default(0),
  }),
  ({ lastPage, total, currentPage }) => ({
    change: (answer) => ({
      ...answer,
      body: changeTail(answer.body, (tail) => ({
        ...tail,
        meta: {
          ...tail.meta,
          last_page: tail.meta.last_page + lastPage,
          total: tail.meta.total + total,
          current_page: tail.meta.current_page + currentPage,
        },
      })),
    }),
  }),
);
