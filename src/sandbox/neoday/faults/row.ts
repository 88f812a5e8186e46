import { z } from 'zod';
import { faultKind } from '../../faults/fault.ts';
import type { ExportFile } from '../file/export-file.ts';
import { rowText } from '../file/rows.ts';
import { rowTypeOf } from '../rows/types.ts';
import { downloads, storing } from './file.ts';

type Wrong = 'broken-json' | 'number' | 'null' | 'list' | 'no-key' | 'no-date' | { text: string };

/** Row number `row`, counted from 1, is not as it should be; `no-date` needs a row type with a time. */
export const row = faultKind(
  'row',
  z.strictObject({
    kind: z.literal('row'),
    ...downloads,
    row: z.int().positive(),
    as: z.union([
      z.enum(['broken-json', 'number', 'null', 'list', 'no-key', 'no-date']),
      /** Exactly this. */
      z.strictObject({ text: z.string() }),
    ]),
  }),
  ({ row: number, as }) =>
    storing((stored) => {
      const { file } = stored;
      if (number > file.rows.count) return stored;
      const replaced = new Map([...(file.replaced ?? []), [number, wrongRow(file, number, as)] as const]);
      return { ...stored, file: { ...file, replaced } };
    }),
);

function wrongRow({ rootKey, rows }: ExportFile, number: number, as: Wrong): string {
  const text = rowText(rows, number - 1);
  const type = rowTypeOf(rootKey.replaceAll('_', '-'));
  if (typeof as === 'object') return as.text;
  switch (as) {
    case 'broken-json':
      return `${text.slice(0, -1)},"broken"`;
    case 'number':
      return '42';
    case 'null':
      return 'null';
    case 'list':
      return `[${text}]`;
    case 'no-key':
      return withField(text, type.key, undefined);
    case 'no-date':
      return type.date === null ? text : withField(text, type.date, '2024-02-30 25:61:00');
  }
}

function withField(text: string, name: string, value: string | undefined): string {
  return JSON.stringify({ ...JSON.parse(text), [name]: value });
}
