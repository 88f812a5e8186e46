import { count, moment, printable } from '../screen/format.ts';
import { paint, type Screen } from '../screen/screen.ts';
import type { QuarantineEntry } from '../store/quarantine-entries.ts';

/** An entry for people, without what its record holds. */
export function entryLines(entry: QuarantineEntry, screen: Screen): string[] {
  const { id, connection, stream, lastSeenAt, resolvedAt, resolution } = entry;
  const seen = `last seen ${moment(new Date(lastSeenAt))}`;
  return [
    `${paint(screen, 'bold', String(id))}  ${connection} / ${printable(`${stream}, ${placeOf(entry, seen)}`)}`,
    `    ${printable(whyOf(entry))}`,
    ...(resolvedAt === null ? [] : [`    closed ${moment(new Date(resolvedAt))}: ${resolution ?? ''}`]),
  ];
}

function placeOf({ recordId, page, resultId, rowNumber, times }: QuarantineEntry, seen: string): string {
  const often = times > 1 ? `, ${count(times)} times in its file` : '';
  if (resultId !== null) return `row ${count(rowNumber ?? 0)} of result ${resultId}${often}, ${seen}`;
  return `${recordId === null ? 'a record without an id' : `record ${recordId}`}, ${seen} on page ${page}`;
}

function whyOf({ path, reason }: Pick<QuarantineEntry, 'path' | 'reason'>): string {
  return path === '' ? reason : `${path} ${reason}`;
}
