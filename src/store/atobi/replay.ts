import type { Sql } from 'postgres';
import { databaseError } from '../errors.ts';

/** An entry of the quarantine that may be an element's. */
export interface AsideEntry {
  connection: string;
  stream: string;
  recordId: string | null;
}

/**
 * Has an element that was put aside sent again by the next push. False where no element is aside under the entry: its
 * row never became one, or its value has changed since.
 */
export async function sendAsideAgain(sql: Sql, { connection, stream, recordId }: AsideEntry): Promise<boolean> {
  if (recordId === null) return false;
  try {
    const released = await sql`
      UPDATE atobi.elements SET state = 'refused', refused_value = NULL, refused_units = NULL
      WHERE connection = ${connection} AND kpi = ${stream} AND id = ${recordId}::text::bigint AND state = 'aside'
      RETURNING id`;
    return released.length > 0;
  } catch (error) {
    throw databaseError('offer an element again', error);
  }
}
