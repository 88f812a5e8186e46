import { z } from 'zod';
import { scope } from '../../faults/fault.ts';

/** The usual scope, but of transfers alone where nothing else is said: only they are counted. */
export const transfers = {
  ...scope,
  system: z.literal('atobi').default('atobi'),
  steps: z.array(z.string()).default(['kpi']),
};
