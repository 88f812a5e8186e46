import { z } from 'zod';
import { faultKind } from '../../faults/fault.ts';
import { failure } from '../token.ts';
import { within } from './file.ts';

/** A gateway that wants a `locale` in every request but the token's. Source: dev.neoday.com, "Missing Locale". */
export const missingLocale = faultKind(
  'missing-locale',
  z.strictObject({ kind: z.literal('missing-locale'), ...within('exports', 'results', 'fetch') }),
  () => ({
    change: (answer, { request }) =>
      /[?&]locale=[^&]/.test(request.url ?? '') ? answer : failure(401, 'Missing Locale'),
  }),
);
