import type { TransactionSql } from 'postgres';
import type { StreamKey } from '../claim.ts';
import { copyChunks } from '../copy.ts';
import { quote } from '../tables.ts';
import { resolveCollisions } from './collisions.ts';
import { packRows, releaseRows, type StagedRow } from './packed-rows.ts';
import type { RowTable } from './tables.ts';

/** A row that was put aside, on its way into its table. */
export interface PlacedRow extends Omit<StagedRow, 'row'> {
  /** Of its entry. */
  id: number;
  /** Of its result. */
  sequence: number;
  /** Whether the export shows the row now, as far as is loaded. */
  open: boolean;
  /** How often its file shows it. */
  times: number;
  runId: string;
}

/**
 * Adds rows, as many of each as its file shows, less those that are there. The outcome is that of one after the other: rows
 * with the same hash go in different rounds.
 *
 * @returns the ids of those of which any was added.
 */
export async function insertRows(
  transaction: TransactionSql,
  table: RowTable,
  key: StreamKey,
  rows: readonly PlacedRow[],
): Promise<Set<number>> {
  const staging = await stagingOf(transaction, table);
  const added = new Set<number>();
  for (const [round, members] of roundsOf(rows).entries()) {
    const staged = packRows(
      round,
      members.map((row, index) => ({ ...row, row: index + 1 })),
    );
    await copyChunks(transaction, `${staging.staged} (${stagedColumns(table)})`, staged.chunks);
    releaseRows(staged);
    for (const row of await insertRound({ transaction, table: staging, key, round }, members)) {
      const id = members[row - 1]?.id;
      if (id !== undefined) added.add(id);
    }
  }
  return added;
}

/** A table of its own: that of the loads may hold millions of rows, which each statement would read. */
async function stagingOf(transaction: TransactionSql, table: RowTable): Promise<RowTable> {
  await transaction.unsafe(`CREATE TEMP TABLE replayed (LIKE ${table.staged}) ON COMMIT DROP`);
  return { ...table, staged: 'pg_temp.replayed' };
}

const stagedColumns = ({ columns }: RowTable): string =>
  ['result', 'row_number', 'content_hash', ...columns, 'raw'].map(quote).join(', ');

/** No two rows of a round have the same hash; of those that have, the earlier goes in an earlier one. */
function roundsOf(rows: readonly PlacedRow[]): PlacedRow[][] {
  const rounds: PlacedRow[][] = [];
  const met = new Map<string, number>();
  for (const row of rows) {
    const round = met.get(row.hash) ?? 0;
    met.set(row.hash, round + 1);
    const members = rounds[round] ?? [];
    rounds[round] = members;
    members.push(row);
  }
  return rounds;
}

interface Round {
  transaction: TransactionSql;
  table: RowTable;
  key: StreamKey;
  /** Under which its rows wait, in the place of a result's sequence. */
  round: number;
}

/** A row with another content under the same hash makes the new one go on to the next hash that is free. Equal ones count. */
async function insertRound(at: Round, members: readonly PlacedRow[]): Promise<number[]> {
  const { transaction, table, key, round } = at;
  const own = [String(round), key.connection, ...(table.shared ? [key.stream] : [])];
  const [met] = await transaction.unsafe<{ others: boolean }[]>(meetsOthers(table), own);
  if (met?.others !== false) await resolveCollisions(transaction, table, key, round);
  const sent = JSON.stringify(members.map(({ sequence, open, times, runId }) => ({ sequence, open, times, runId })));
  await transaction.unsafe(showStatement(table), [sent, ...own]);
  const added = await transaction.unsafe<{ row: number }[]>(addStatement(table), [sent, ...own]);
  return added.map(({ row }) => row);
}

/** The lateral look-up keeps the planner on the primary key, also of a table that was never analyzed. */
const meetsOthers = (table: RowTable): string => `
  SELECT EXISTS (
    SELECT FROM ${table.staged} AS staged
    CROSS JOIN LATERAL (
      SELECT ${table.record('stored')} AS record FROM ${table.name} AS stored
      WHERE stored.connection = $2${table.shared ? ' AND stored.export = $3' : ''}
        AND stored.content_hash = staged.content_hash AND stored.ordinal = 1 LIMIT 1
    ) AS known
    WHERE staged.result = $1::text::bigint AND known.record <> ${table.record('staged')}
  ) AS others`;

/**
 * Staged rows of a round with what is to become of them. Parameters: $1 that as JSON, in the rows' order, $2 the round,
 * $3 connection, and for a shared table $4 the export.
 */
const placed = (table: RowTable): string => `
  ${table.staged} AS staged
  JOIN ROWS FROM (
    json_to_recordset($1::text::json) AS (sequence bigint, open boolean, times int, "runId" text)
  ) WITH ORDINALITY AS sent (sequence, open, times, run_id, position)
    ON staged.result = $2::text::bigint AND staged.row_number = sent.position`;

/** Rows that are there were shown by these results too. Results that NeoDay made later and that no run has touched have not. */
const showStatement = (table: RowTable): string => `
  UPDATE ${table.name} AS known SET
    first_result = CASE WHEN ${isLater('known.first_result')} THEN shown.sequence ELSE known.first_result END,
    last_result = CASE
      WHEN shown.open OR known.last_result IS NULL THEN NULL
      WHEN ${isLater('known.last_result')} THEN known.last_result ELSE shown.sequence END
  FROM (
    SELECT stored.place, sent.sequence, sent.open, own.connection, own.export, own.created_at
    FROM ${placed(table)}
    JOIN neoday.results AS own ON own.sequence = sent.sequence
    CROSS JOIN LATERAL (
      SELECT ctid AS place FROM ${table.name} AS stored
      WHERE stored.connection = $3${table.shared ? ' AND stored.export = $4' : ''}
        AND stored.content_hash = staged.content_hash AND stored.ordinal <= sent.times
      OFFSET 0
    ) AS stored
  ) AS shown
  WHERE known.ctid = shown.place`;

const isLater = (sequence: string): string => `EXISTS (
      SELECT FROM neoday.results AS later
      WHERE later.sequence = ${sequence} AND later.run_id IS NOT NULL
        AND (later.connection, later.export) = (shown.connection, shown.export)
        AND (later.created_at, later.sequence) > (shown.created_at, shown.sequence))`;

/** Says of which staged rows any was added. */
const addStatement = (table: RowTable): string => {
  const filled = [...table.columns, 'raw'].map(quote);
  return `
  WITH added AS (
    INSERT INTO ${table.name}
      (connection${table.shared ? ', export' : ''}, content_hash, ordinal, ${filled.join(', ')}, first_result, last_result, run_id)
    SELECT $3${table.shared ? ', $4' : ''}, staged.content_hash, ordinal, ${filled.map((column) => `staged.${column}`).join(', ')},
      sent.sequence, CASE WHEN sent.open THEN NULL ELSE sent.sequence END, sent.run_id
    FROM ${placed(table)}, generate_series(1, sent.times) AS ordinal
    ON CONFLICT DO NOTHING
    RETURNING content_hash
  )
  SELECT row_number::float8 AS row FROM ${table.staged}
  WHERE result = $2::text::bigint AND content_hash IN (SELECT content_hash FROM added)`;
};
