import type { Sql } from 'postgres';
import type { StreamKey } from './claim.ts';
import { databaseError } from './errors.ts';
import { readMissing } from './settle.ts';
import type { RecordTable } from './tables.ts';

/** A row that is going to be marked as deleted. Every value as PostgreSQL prints it. */
export interface MissingRow {
  id: string;
  title: string | null;
  status: string | null;
  updated_at: string | null;
}

/** `rows` are the first of the confirmed ones, by id. */
export type MissingList = Awaited<ReturnType<typeof readMissing>> & { rows: MissingRow[] };

/** The rows that an approval would mark as deleted, and the digest that names exactly these; both of one moment. */
export async function listMissing(sql: Sql, table: RecordTable, key: StreamKey, atMost: number): Promise<MissingList> {
  const shown = (column: string) => (table.columns.includes(column) ? `row."${column}"::text` : 'NULL');
  try {
    return await sql.begin('ISOLATION LEVEL REPEATABLE READ READ ONLY', async (transaction) => {
      const found = await readMissing(transaction, table, key);
      const rows = await transaction.unsafe<MissingRow[]>(
        `SELECT missing.id::text, ${shown(table.columns.includes('title') ? 'title' : 'name')} AS title, ${shown('status')} AS status,
           ${shown('updated_at')} AS updated_at
         FROM sync.missing LEFT JOIN ${table.name} AS row
           ON row.connection = missing.connection AND row.id = missing.id
         WHERE missing.connection = $1 AND missing.stream = $2 AND missing.confirmed
         ORDER BY missing.id LIMIT $3::int`,
        [key.connection, key.stream, String(atMost)],
      );
      return { ...found, rows: [...rows] };
    });
  } catch (error) {
    throw databaseError(`list what is missing of \`${key.connection}\` / ${key.stream}`, error);
  }
}
