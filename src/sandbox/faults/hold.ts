import { z } from 'zod';
import { faultKind, scope } from './fault.ts';

/** Keeps requests waiting until they are released: a test decides how long a page is under way. */
export const hold = faultKind('hold', z.strictObject({ kind: z.literal('hold'), ...scope }), () => ({
  wait: (exchange) => exchange.gate.wait(exchange.entry, exchange.gone),
}));
