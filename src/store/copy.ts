import { once } from 'node:events';
import type { TransactionSql } from 'postgres';
import type { Fence, RecordRow } from './commit.ts';
import { filledColumns } from './commit.ts';
import type { RecordTable } from './tables.ts';

const chunkCharacters = 256 * 1024;

const special = /[\\\n\r\t]/g;
const escapes: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A value in the text format of COPY; null is `\N`. */
export function copyText(value: string | null): string {
  if (value === null) return '\\N';
  return value.replace(special, (character) => escapes[character] ?? character);
}

/**
 * Streams rows that the table does not have yet straight into it: the locked cursor makes this the only writer of the
 * connection's stream, so no staging table and no conflict clause are needed.
 */
export async function copyRows(
  transaction: TransactionSql,
  table: RecordTable,
  fence: Fence,
  rows: readonly RecordRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const copy = await transaction.unsafe(`COPY ${table.name} (${filledColumns(table)}) FROM STDIN`).writable();
  const failed = once(copy, 'error').then(([error]) => Promise.reject(error));
  failed.catch(() => undefined);
  const finished = once(copy, 'finish');
  let chunk = '';
  for (const row of rows) {
    chunk += copyLine(fence, row);
    if (chunk.length < chunkCharacters) continue;
    if (!copy.write(chunk)) await Promise.race([once(copy, 'drain'), failed]);
    chunk = '';
  }
  copy.end(chunk);
  await Promise.race([finished, failed]);
}

function copyLine(fence: Fence, row: RecordRow): string {
  let line = `${copyText(fence.connection)}\t${row.id}`;
  for (const value of row.values) line += `\t${copyText(value)}`;
  return `${line}\t${copyText(row.raw)}\t${row.hash}\t${copyText(fence.runId)}\n`;
}
