import { z } from 'zod';
import { faultKind } from '../../faults/fault.ts';
import type { ExportFile } from '../file/export-file.ts';
import { downloads, storing } from './file.ts';

/** How the store hands a file out, and what is odd about the file; what is not named stays. */
export const store = faultKind(
  'store',
  z.strictObject({
    kind: z.literal('store'),
    ...downloads,
    etag: z.enum(['strong', 'weak', 'none']).optional(),
    ranges: z.boolean().optional(),
    gzip: z.boolean().optional(),
    rootKey: z.string().optional(),
    /** Other keys before and after the list, some with lists of their own. */
    extraKeys: z.boolean().optional(),
    /** No byte at all, or a list without rows. */
    empty: z.enum(['file', 'list']).optional(),
  }),
  ({ etag, ranges, gzip, rootKey, extraKeys, empty }) =>
    storing((stored) => {
      const { file } = stored;
      const changed: ExportFile = {
        ...file,
        rootKey: rootKey ?? file.rootKey,
        ...(extraKeys === undefined ? {} : { extraKeys }),
        ...(empty === undefined ? {} : { empty }),
      };
      return {
        ...stored,
        etag: etag ?? stored.etag,
        ranges: ranges ?? stored.ranges,
        gzip: gzip ?? stored.gzip,
        file: changed,
      };
    }),
);
