import { z } from 'zod';
import { faultKind } from '../../faults/fault.ts';
import { downloads, storing } from './file.ts';

/** The store has only the beginning of the file, up to the middle of a row: no retry brings the rest. */
export const endsEarly = faultKind(
  'ends-early',
  z.strictObject({ kind: z.literal('ends-early'), ...downloads, row: z.int().positive() }),
  ({ row }) => storing((stored) => ({ ...stored, file: { ...stored.file, endsInRow: row } })),
);
