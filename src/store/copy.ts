import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { TransactionSql } from 'postgres';
import type { Fence, RecordRow } from './commit.ts';
import { filledColumns } from './commit.ts';
import type { RecordTable } from './tables.ts';

const chunkCharacters = 256 * 1024;

const special = /[\\\n\r\t]/g;
const escapes: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A value in the text format of COPY; null is `\N`. */
function copyText(value: string | null): string {
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
  await copyInto(transaction, `${table.name} (${filledColumns(table)})`, rows, (row) =>
    copyLine([fence.connection, row.id, ...row.values, row.raw, row.hash, fence.runId]),
  );
}

/** Streams rows into `target`, a table with its columns; `lineOf` makes a line of each (`copyLine`). */
export function copyInto<Row>(
  transaction: TransactionSql,
  target: string,
  rows: readonly Row[],
  lineOf: (row: Row) => string,
): Promise<void> {
  return rows.length === 0 ? Promise.resolve() : copyChunks(transaction, target, chunksOf(rows, lineOf));
}

function* chunksOf<Row>(rows: readonly Row[], lineOf: (row: Row) => string): Generator<string> {
  let chunk = '';
  for (const row of rows) {
    chunk += lineOf(row);
    if (chunk.length < chunkCharacters) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}

/** Streams lines of COPY's text format, in chunks of any size, into `target`, a table with its columns. */
export async function copyChunks(
  transaction: TransactionSql,
  target: string,
  chunks: Iterable<string | Buffer>,
): Promise<void> {
  const statement = transaction.unsafe(`COPY ${target} FROM STDIN`);
  const refused = refusalOf(statement);
  const copy = await statement.writable();
  try {
    await Promise.race([writeAll(copy, chunks), refused]);
  } catch (error) {
    // Ends the COPY, so that the connection takes the ROLLBACK that follows.
    copy.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

async function writeAll(copy: Writable, chunks: Iterable<string | Buffer>): Promise<void> {
  const ended = finished(copy, { readable: false });
  ended.catch(() => undefined);
  for (const chunk of chunks) {
    if (!copy.write(chunk)) await Promise.race([once(copy, 'drain'), ended]);
  }
  copy.end();
  await ended;
}

/**
 * Rejects when PostgreSQL refuses what was copied. postgres.js forgets the stream once all data is handed over, and what
 * PostgreSQL then says of it goes to the statement, which has settled already: the stream never ends, nor fails.
 */
function refusalOf(statement: object): Promise<never> {
  const refused = new Promise<never>((_, refuse) => {
    if (!('reject' in statement) || typeof statement.reject !== 'function') return;
    const { reject } = statement;
    Object.assign(statement, {
      reject: (error: unknown) => {
        reject(error);
        refuse(error);
      },
    });
  });
  refused.catch(() => undefined);
  return refused;
}

/** Most rows need no escape at all, and four native searches over the whole line are cheaper than a look at each value. */
export function copyLine(values: readonly (string | null)[]): string {
  const text = needsEscape(values.join('')) ? copyText : plainText;
  return `${values.map(text).join('\t')}\n`;
}

/** The values of a line that `copyLine` made, without its line break. */
export function readCopyLine(line: string): (string | null)[] {
  return line.split('\t').map((text) => (text === '\\N' ? null : text.replaceAll(/\\(.)/g, unescaped)));
}

const unescaped = (_: string, letter: string): string => ({ n: '\n', r: '\r', t: '\t' })[letter] ?? letter;

function needsEscape(text: string): boolean {
  return text.includes('\\') || text.includes('\n') || text.includes('\t') || text.includes('\r');
}

const plainText = (value: string | null): string => value ?? '\\N';
