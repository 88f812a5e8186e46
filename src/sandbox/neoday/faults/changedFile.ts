import { z } from 'zod';
import { faultKind } from '../../faults/fault.ts';
import { rowText } from '../file/rows.ts';
import { downloads, storing } from './file.ts';

/** Blocks from here on are in no other file. */
const elsewhere = 20_000_000;

/**
 * Another file under the same URL: other rows, another ETag, and a row more unless the length is to stay. With `skip`
 * it changes under a reader who comes back for the rest. A result whose content was given keeps its rows.
 */
export const changedFile = faultKind(
  'changed-file',
  z.strictObject({ kind: z.literal('changed-file'), ...downloads, sameLength: z.boolean().default(false) }),
  ({ sameLength }) =>
    storing((stored) => {
      const file = stored.again(elsewhere);
      const modified = new Date(stored.modified.getTime() + 3_600_000);
      if (sameLength) return { ...stored, modified, file };
      const { rows } = stored.again(elsewhere + 1);
      const prepended = rows.count === 0 ? '{}' : rowText(rows, 0);
      return { ...stored, modified, file: { ...file, prepended } };
    }),
);
