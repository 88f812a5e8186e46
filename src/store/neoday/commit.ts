import type { Sql, TransactionSql } from 'postgres';
import { VendorContractError } from '../../errors.ts';
import type { Fence } from '../commit.ts';
import { copyChunks } from '../copy.ts';
import { refusesValue, sqlState } from '../errors.ts';
import { quote } from '../tables.ts';
import { fenced, type Traffic } from './fence.ts';
import type { LoadingFile } from './file.ts';
import { type PackedRows, type StagedRow, withoutLine } from './packed-rows.ts';
import { type AsideRow, putRowsAside } from './quarantine.ts';
import type { RowTable } from './tables.ts';

/** What is committed together: rows, and the place after the last of them. */
export interface RowBatch {
  rows: PackedRows;
  aside: readonly AsideRow[];
  /** Byte after the last row. */
  bytesDone: number;
  /** Rows of the file up to here, those put aside included. */
  rowsDone: number;
  traffic: Traffic;
}

/** The file that rows are of, and by what it is known again. */
export type CommittedFile = Pick<LoadingFile, 'sequence' | 'resultId' | 'etag' | 'length'>;

/**
 * Commits rows of a file with the place after them, whole or not at all; analysts see none of them before the file is
 * merged. A row that PostgreSQL refuses, although it looked well, is put aside.
 *
 * @throws LeaseLostError when a newer attempt has the cursor.
 * @throws VendorContractError when PostgreSQL refuses something that no row is to blame for.
 * @throws DatabaseError when PostgreSQL is unreachable or refuses.
 */
export async function commitRows(
  sql: Sql,
  table: RowTable,
  fence: Fence,
  file: CommittedFile,
  batch: RowBatch,
): Promise<void> {
  await commitRowsAnd(sql, table, fence, file, batch, async () => undefined);
}

/** The same, and in the same transaction what `then` does with the rows once they are written. */
export async function commitRowsAnd<T>(
  sql: Sql,
  table: RowTable,
  fence: Fence,
  file: CommittedFile,
  batch: RowBatch,
  then: (transaction: TransactionSql) => Promise<T>,
): Promise<T> {
  const what = `store rows up to ${batch.rowsDone} of result ${file.resultId}`;
  let left = batch;
  for (;;) {
    const refused: { line: number | null; code: string | null } = { line: null, code: null };
    try {
      const write = async (transaction: TransactionSql): Promise<T> => {
        await writeBatch(transaction, table, fence, file, left).catch((error) => {
          if (!refusesValue(error)) throw error;
          refused.line = refusedLine(error);
          refused.code = sqlState(error);
          throw error;
        });
        return then(transaction);
      };
      return await fenced(sql, fence, what, write, left.traffic);
    } catch (error) {
      if (refused.code === null) throw error;
      const without = refused.line === null ? null : withoutLine(left.rows, refused.line);
      if (without === null) throw blameless(what, fence, refused.code, error);
      left = setAside({ ...left, rows: without.left }, table, without.removed, refused.code);
    }
  }
}

async function writeBatch(
  transaction: TransactionSql,
  table: RowTable,
  fence: Fence,
  { sequence, resultId, etag, length }: CommittedFile,
  batch: RowBatch,
): Promise<void> {
  await transaction`
    UPDATE neoday.results SET
      etag = ${etag}, length = ${length},
      bytes_done = ${batch.bytesDone}, rows_done = ${batch.rowsDone}, quarantined = quarantined + ${batch.aside.length}
    WHERE sequence = ${sequence}`;
  const columns = ['result', 'row_number', 'content_hash', ...table.columns, 'raw'].map(quote).join(', ');
  const { chunks, count } = batch.rows;
  if (count > 0) await copyChunks(transaction, `${table.staged} (${columns})`, chunks);
  await putRowsAside(transaction, fence, resultId, batch.aside);
}

/** PostgreSQL names the line of a COPY that it refuses in the error's context, in whichever language. */
function refusedLine(error: unknown): number | null {
  const where = error instanceof Error && 'where' in error ? String(error.where) : '';
  const line = /COPY \S+?,\D*(\d+)/.exec(where)?.[1];
  return line === undefined ? null : Number(line);
}

function setAside(batch: RowBatch, table: RowTable, { row, hash, values, raw }: StagedRow, code: string): RowBatch {
  const aside: AsideRow = {
    row,
    hash: BigInt.asUintN(64, BigInt(hash)).toString(16).padStart(32, '0'),
    path: '',
    reason: `PostgreSQL cannot hold the row (SQLSTATE ${code})`,
    rawText: raw ?? table.text(values),
    rawBase64: null,
  };
  return { ...batch, aside: [...batch.aside, aside] };
}

/** Not the database's error, which would be tried again for ever. */
function blameless(what: string, fence: Fence, code: string, cause: unknown): VendorContractError {
  return new VendorContractError(
    `PostgreSQL could not ${what} of \`${fence.connection}\` / ${fence.stream} (SQLSTATE ${code}), although no row is to blame. Report this as a defect of incentive-sync.`,
    { cause },
  );
}
