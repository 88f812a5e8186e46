/** An export as the admin API's generic requests see it: the rows of its newest result. */
import { NoSuchRecord } from '../records.ts';
import type { EditableStream } from '../vendor.ts';
import type { Account, Result } from './account.ts';
import { bytesOfFile } from './file/export-file.ts';
import { rowTexts } from './file/rows.ts';

export function exportStream(account: Account, systemName: string): EditableStream {
  const newest = (): Result | undefined => account.export(systemName).results.at(-1);
  return {
    get size() {
      const result = newest();
      return result === undefined ? 0 : account.file(result).rows.count;
    },
    *records() {
      const result = newest();
      if (result === undefined) return;
      for (const text of rowTexts(account.file(result).rows)) yield { id: null, text };
    },
    edit() {
      throw new NoSuchRecord(`Files of ${systemName} do not change once they are there: add a result instead.`);
    },
    reset: () => account.reset(systemName),
    precompute() {
      // Only what every request of a file would build anew; the rows are made as they are sent.
      for (const result of account.export(systemName).results.slice(-keptResults)) bytesOfFile(account.file(result));
    },
  };
}

/** More would push out those of other exports. */
const keptResults = 4;
