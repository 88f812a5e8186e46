import type { KeptEntry } from '../store/quarantine-entries.ts';
import type { ExportFormat } from './quarantine.ts';

/** How entries are written: `head`, the entries with `between` them, `tail`, which is told how many they were. */
interface Format {
  readonly head: string;
  entry(entry: KeptEntry): string;
  readonly between: string;
  tail(exported: number): string;
}

const columns = [
  'id',
  'connection',
  'stream',
  'recordId',
  'path',
  'reason',
  'page',
  'resultId',
  'rowNumber',
  'times',
  'mappingVersion',
  'runId',
  'firstSeenAt',
  'lastSeenAt',
  'resolvedAt',
  'resolution',
  'hash',
  'rawText',
  'rawBase64',
] as const satisfies readonly (keyof KeptEntry)[];

export const formats: Readonly<Record<ExportFormat, Format>> = {
  ndjson: {
    head: '',
    entry: (entry) => `${JSON.stringify(entry)}\n`,
    between: '',
    tail: () => '',
  },
  json: {
    head: '{"quarantine":[',
    entry: (entry) => JSON.stringify(entry),
    between: ',',
    tail: (exported) => `],"exported":${exported}}\n`,
  },
  csv: {
    head: `${columns.join(',')}\r\n`,
    entry: (entry) => `${columns.map((column) => cell(entry[column])).join(',')}\r\n`,
    between: '',
    tail: () => '',
  },
};

/** As RFC 4180 has it: the text as it is, in quotes where it needs them. */
function cell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
